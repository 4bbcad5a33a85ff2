import {
  type Compiled,
  definePlugin,
  deviceSysctl,
  familyOf,
  featureDriver,
  isDiagnostic,
  keyOf,
  type Nic,
  PLUGIN_API,
  problem,
  processIn,
  ref,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { type SlaacOptions, options } from './options.js';
import { WATCH_SCRIPT } from './script.js';

/** RFC 8200, 5. */
const LEAST_MTU = 1280;

export const slaac = featureDriver({
  kind: 'slaac',
  summary: 'IPv6 addresses and the default route that a router announces (SLAAC).',
  addressing: options,
  compile: ({ nodes }, { topology }) => ({
    resources: nodes.flatMap(({ nics }) => nics.flatMap((nic) => nicResources(nic, topology))),
  }),
});

function nicResources(nic: Nic, topology: string): Compiled {
  const dynamic = nic.dynamic.find(({ by }) => by === slaac.kind);
  if (!dynamic) return [];
  // With less the kernel has no IPv6 on it, and no parameters for that.
  if (nic.mtu < LEAST_MTU) return [problem(errors.mtu(nic.id, nic.mtu, LEAST_MTU), nic.path)];
  const { timeout } = dynamic.options as SlaacOptions;
  const within = [{ ref: keyOf('device', nic.on, nic.device) }];
  const ready = { withinMs: timeout * 1000, otherwise: `no router announced an address within ${String(timeout)} s` };
  const argv = ['./watch', nic.device, dynamic.gateway ? 'route' : 'no-route'];
  const run = { argv, files: { watch: WATCH_SCRIPT }, ready };
  const said = parameters(nic, dynamic.gateway);
  const needs = said.flatMap((it) => (isDiagnostic(it) ? [] : [ref(it)]));
  return [...said, processIn(nic.on, topology, `${nic.id}/slaac`, run, { within, needs })];
}

/** Whether the kernel listens, however much the node forwards, and to what. What the file says too, it may not say otherwise. */
function parameters(nic: Nic, gateway: boolean): Compiled {
  const wanted = {
    // With an IPv6 address of its own it has IPv6 on anyway.
    ...(nic.addresses.some((it) => familyOf(it) === 6) ? {} : { disable_ipv6: '0' }),
    accept_ra: '2',
    accept_ra_pinfo: '1',
    accept_ra_defrtr: gateway ? '1' : '0',
    autoconf: '1',
  };
  const said = nic.settings.sysctls ?? {};
  return Object.entries(wanted).flatMap(([parameter, value]): Compiled => {
    const written = `net.ipv6.conf.IFNAME.${parameter}`;
    const own = said[written];
    if (own === undefined) return [deviceSysctl(nic.on, nic.device, written, value)];
    return own === value ? [] : [problem(errors.deaf(nic.id, written, own, value), [...nic.path, 'sysctls', written])];
  });
}

export default definePlugin({ name: 'slaac', api: PLUGIN_API, drivers: { features: [slaac] } });
