import { countOf, type PublishedPorts } from '../published-ports.js';
import type { ExposedPorts } from '../service.js';

/** Each port of a run by itself, as Docker calls it: `53/udp`. */
export const portsOf = ({ ports: [first, last], protocol }: ExposedPorts): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);

/** The host's part for the port at `index` of a run: `8080`, `8000-8010` to choose from, or nothing. */
export function hostPortOf({ host, ports }: PublishedPorts, index: number): string {
  if (host === null) return '';
  if (countOf(ports) === 1 && countOf(host) > 1) return host.join('-');
  return String(host[0] + index);
}
