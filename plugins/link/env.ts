import type { ExposedPorts, PortProtocol, ServiceLink } from '@pipewright/plugin';

type Env = Readonly<Record<string, string>>;

interface Port {
  readonly number: number;
  readonly protocol: PortProtocol;
}

/** What a process has of its own. */
const NOT_TOLD = ['HOME', 'PATH'];

/**
 * The variables of a service link, by the rules of `docker run --link` in Docker 28 (moby, daemon/links/links.go,
 * Link.ToEnv). `told` is the environment of the node whose service it is.
 */
export function linkEnv({ from, alias, addresses: [address = ''], ports }: ServiceLink, told: Env): Env {
  const name = prefixOf(alias);
  const all = portsInOrder(ports);
  const url = (it: Port): string => `${it.protocol}://${hostOf(address)}:${it.number}`;
  return Object.fromEntries([
    ...all.slice(0, 1).map((it) => [`${name}_PORT`, url(it)]),
    ...all.flatMap((it) => {
      const key = keyOf(name, it);
      return [
        [key, url(it)],
        [`${key}_ADDR`, address],
        [`${key}_PORT`, String(it.number)],
        [`${key}_PROTO`, it.protocol],
      ];
    }),
    ...runsOf(all).flatMap(([first, last]) => {
      const key = keyOf(name, first);
      return [
        [`${key}_START`, url(first)],
        [`${key}_PORT_START`, String(first.number)],
        [`${key}_END`, url(last)],
        [`${key}_PORT_END`, String(last.number)],
      ];
    }),
    [`${name}_NAME`, `/${from}/${alias}`],
    ...Object.entries(told)
      .filter(([it]) => !NOT_TOLD.includes(it))
      .map(([it, value]) => [`${name}_ENV_${it}`, value]),
  ]) as Env;
}

/** Docker's: dots and leading digits stay, though no shell takes such a name. */
const prefixOf = (alias: string): string => alias.toUpperCase().replaceAll('-', '_');

const keyOf = (name: string, { number, protocol }: Port): string => `${name}_PORT_${number}_${protocol.toUpperCase()}`;

/** Docker tells IPv4 alone; a service with nothing else has its IPv6 address, in brackets where a port follows. */
const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** TCP first, then the other protocols by name; by number within each. Every port once. */
function portsInOrder(given: readonly ExposedPorts[]): readonly Port[] {
  const rank = ({ protocol }: Port): string => (protocol === 'tcp' ? '' : protocol);
  const all = given.flatMap(({ ports: [first, last], protocol }) =>
    Array.from({ length: last - first + 1 }, (_, index): Port => ({ number: first + index, protocol })),
  );
  const once = [...new Map(all.map((it) => [`${it.number}/${it.protocol}`, it])).values()];
  return once.sort((a, b) => rank(a).localeCompare(rank(b)) || a.number - b.number);
}

/** Runs of two ports and more, one after the other, of one protocol. */
function runsOf(all: readonly Port[]): readonly (readonly [first: Port, last: Port])[] {
  const runs: [Port, Port][] = [];
  for (const it of all) {
    const last = runs.at(-1);
    if (last && last[1].protocol === it.protocol && last[1].number + 1 === it.number) last[1] = it;
    else runs.push([it, it]);
  }
  return runs.filter(([first, last]) => first !== last);
}

export const countOf = (all: readonly ExposedPorts[]): number =>
  all.reduce((sum, { ports: [first, last] }) => sum + last - first + 1, 0);
