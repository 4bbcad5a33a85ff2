import { parseIp } from '../ip.js';
import { type ExposedPorts, parseExposed, parsePortRange, type PortRange } from '../service.js';

/** Ports of a container that are reached by the host's. */
export interface PublishedPorts extends ExposedPorts {
  /** The host's address; `null`: all of them. */
  readonly ip: string | null;
  /** As many as the container's, or a run from which Docker takes a free one; `null`: any that is free. */
  readonly host: PortRange | null;
}

const PUBLISHED = /^(?:(?:([0-9.]+|\[[0-9A-Fa-f:.]+\]):)?([0-9-]*):)?([0-9-]+(?:\/[A-Za-z]+)?)$/;

/** `8080:80`, `127.0.0.1:53:53/udp`, `[::1]::80`, `7000-7009:7000-7009`: as `docker run --publish` takes it. */
export function parsePublished(text: string | number): PublishedPorts | undefined {
  const [, address, hostNumbers = '', container = ''] = PUBLISHED.exec(String(text)) ?? [];
  const exposed = parseExposed(container);
  const ip = address === undefined ? null : parseIp(address.replaceAll(/[[\]]/g, ''))?.address;
  const host = hostNumbers === '' ? null : parsePortRange(hostNumbers);
  if (!exposed || ip === undefined || host === undefined) return undefined;
  return fits(host, exposed.ports) ? { ip, host, ...exposed } : undefined;
}

/** One port may take any of a run; each of several needs its own. */
const fits = (host: PortRange | null, ports: PortRange): boolean =>
  host === null || countOf(ports) === 1 || countOf(host) === countOf(ports);

const countOf = ([first, last]: PortRange): number => last - first + 1;

/** Each port of a run by itself, as Docker calls it: `53/udp`. */
export const portsOf = ({ ports: [first, last], protocol }: ExposedPorts): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);

/** The host's part for the port at `index` of a run: `8080`, `8000-8010` to choose from, or nothing. */
export function hostPortOf({ host, ports }: PublishedPorts, index: number): string {
  if (host === null) return '';
  if (countOf(ports) === 1 && countOf(host) > 1) return host.join('-');
  return String(host[0] + index);
}
