import type { Namespace } from './state.js';

/** Of a device, and gone with it. */
const OF_DEVICE = /^net\/ipv4\/conf\/([^/]+)\/route_localnet$/;

/** The value at a path below /proc/sys; undefined where there is none. */
export function sysctlAt(path: string, { sysctls, devices }: Namespace): string | undefined {
  const [, name] = OF_DEVICE.exec(path) ?? [];
  if (name === undefined) return sysctls.get(path);
  return [...devices.values()].some((it) => it.name === name) ? (sysctls.get(path) ?? '0') : undefined;
}

/** Those of a device that goes. */
export function forgetSysctls(name: string, { sysctls }: Namespace): void {
  for (const path of [...sysctls.keys()]) if (OF_DEVICE.exec(path)?.[1] === name) sysctls.delete(path);
}
