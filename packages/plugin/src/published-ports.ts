import { parseIp } from './ip.js';
import { type ExposedPorts, parseExposed, parsePortRange, type PortRange } from './service.js';

/** Ports of a node that are reached by the host's. */
export interface PublishedPorts extends ExposedPorts {
  /** The host's address; `null`: all of them. */
  readonly ip: string | null;
  /** As many as the node's, or a run from which a container engine takes a free one; `null`: any that is free. */
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

/** How many ports a run has. */
export const countOf = ([first, last]: PortRange): number => last - first + 1;
