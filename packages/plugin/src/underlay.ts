import { contains, parseCidr, parseIp } from './ip.js';
import type { HostFacts, HostRoute } from './model.js';

type Facts = Pick<HostFacts, 'devices' | 'routes'>;

/**
 * The device by which the host reaches an address, as its main table says: the longest prefix, then the lowest metric.
 * Undefined where no route leads there, or nothing is known of the host.
 */
export function deviceTowards(
  address: string,
  { devices, routes = [] }: Facts,
): HostFacts['devices'][number] | undefined {
  const route = routeTo(address, routes);
  return route && devices.find(({ name }) => name === route.dev);
}

function routeTo(address: string, routes: readonly HostRoute[]): HostRoute | undefined {
  const target = parseIp(address);
  if (!target) return undefined;
  const fitting = routes.flatMap((route) => {
    const prefix = parseCidr(route.to.includes('/') ? route.to : `${route.to}/${target.family === 6 ? '128' : '32'}`);
    return prefix && contains(prefix, target) ? [{ route, length: prefix.prefix }] : [];
  });
  return fitting.sort((a, b) => b.length - a.length || a.route.metric - b.route.metric)[0]?.route;
}

/** Whether an address is a group's: 224.0.0.0/4, ff00::/8 (RFC 5771, RFC 4291). */
export const isMulticast = (address: string): boolean => {
  const it = parseIp(address);
  return it !== undefined && (it.family === 4 ? it.value >> 28n === 0xen : it.value >> 120n === 0xffn);
};
