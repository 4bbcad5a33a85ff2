import { parseIp } from '../ip.js';
import { asArray } from '../schema.js';

/** What engines take for the address by which a container reaches their host. */
export const HOST_GATEWAY = 'host-gateway';

export const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;

/** Lines of a hosts file as a file has them: `db:10.0.0.5`, `db=fd00::5`, or a map from names to addresses. */
export type HostEntries = readonly string[] | Readonly<Record<string, string | readonly string[]>>;

export type HostEntry = readonly [name: string, address: string];

/** IPv6 in brackets or without. */
export const parseHostAddress = (text: string): string | undefined =>
  text === HOST_GATEWAY ? text : parseIp(text.replace(/^\[(.*)\]$/, '$1'))?.address;

/** As `docker run --add-host` takes it. */
export function parseHostEntry(text: string): HostEntry | undefined {
  const [, name = '', word = ''] = /^([^:=]+)[:=](.+)$/.exec(text) ?? [];
  const address = parseHostAddress(word);
  return HOST_NAME.test(name) && address !== undefined ? [name, address] : undefined;
}

export const hostEntriesOf = (given: HostEntries = []): readonly HostEntry[] =>
  isList(given)
    ? given.map(parseHostEntry).filter((it) => it !== undefined)
    : Object.entries(given).flatMap(([name, all]) =>
        asArray(all).map((it): HostEntry => [name, parseHostAddress(it) ?? it]),
      );

const isList = (given: HostEntries): given is readonly string[] => Array.isArray(given);
