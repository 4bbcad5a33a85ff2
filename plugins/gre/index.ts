import {
  asArray,
  type CompileContext,
  definePlugin,
  device,
  type DeviceAttrs,
  featureDriver,
  narrowest,
  type NetworkDriver,
  networkDriver,
  overIpv6,
  PLUGIN_API,
  problem,
  ref,
  remotesOf,
  type Resource,
  segmentSwitch,
  tunnelProblems,
  underlay,
} from '@pipewright/plugin';
import { gretapDevice, ip6gretapDevice, switchDevices } from './device-kind.js';
import { errors } from './errors.js';
import { type Network, options, type Options } from './options.js';

const [ETHERNET, GRE, FIELD, IPV4, IPV6] = [14, 4, 4, 20, 40];

/** What each frame grows by (RFC 2784, RFC 2890). */
const overhead = (it: Options): number =>
  ETHERNET + GRE + (it.key === undefined ? 0 : FIELD) + (it.csum ? FIELD : 0) + (overIpv6(it) ? IPV6 : IPV4);

export const gre: NetworkDriver = networkDriver({
  kind: 'gre',
  summary: 'A segment over several machines, each with a file of its own: Ethernet in GRE.',
  options,
  addresses: (it) => asArray(it.address),
  mtu: (it, facts) => narrowest(it, facts).mtu - overhead(it),
  compile: (network, context) => {
    const { name, options: it } = network;
    const under = underlay(network, context.facts);
    const { box, resources } = segmentSwitch(
      network,
      {
        kind: 'bridge',
        cable: 'veth',
        name: it.bridge,
        addresses: it.address,
        dropped: (bridge, program) => errors.forwardDrops(name, bridge, program),
      },
      context,
    );
    return [
      ...tunnelProblems({ network, overhead: overhead(it), faults: errors }, context.facts),
      ...under,
      ...resources,
      ...remotesOf(it).map((remote) => tunnel(network, remote, { box, under: under[0] }, context)),
    ];
  },
});

/** Isolated: what comes by one tunnel does not go into another, as its sender has one to everybody. */
function tunnel(
  { name, segment, mtu, options: it }: Network,
  remote: string,
  { box, under }: { readonly box: Resource; readonly under: Resource | undefined },
  { names }: CompileContext,
): Resource<DeviceAttrs> {
  const words = [name, remote.replaceAll(':', '-')]; // a device's name has no colon
  const six = overIpv6(it);
  return device(
    segment,
    names.device(...words),
    {
      kind: six ? 'ip6gretap' : 'gretap',
      remote,
      local: it.local ?? null,
      key: it.key ?? null,
      csum: it.csum,
      ttl: it.ttl,
      tos: it.tos,
      ...(six ? { plain: true } : {}),
      link: under ? ref(under) : null,
      mac: names.mac(...words),
      mtu,
      altnames: names.altnames(...words),
      master: ref(box),
      asPort: { of: 'bridge', isolated: true },
      up: true,
    },
    { id: `${name}:${remote}` },
  );
}

/** What no network sees of another. */
const apart = featureDriver({
  kind: 'gre-keys',
  summary: 'Tunnels of one host to the same machine need keys of their own.',
  compile: ({ networks }) => {
    const seen = new Map<string, string>();
    const own = networks.filter(({ kind }) => kind === gre.kind) as readonly Network[];
    const resources = own.flatMap(({ name, segment, options: it, path }) =>
      remotesOf(it).flatMap((remote) => {
        const tunnelKey = `${segment.host} ${remote} ${String(it.key)}`;
        const other = seen.get(tunnelKey);
        seen.set(tunnelKey, name);
        if (other === undefined || other === name) return [];
        return [problem(errors.sameKey(name, other, remote, it.key), [...path, it.key === undefined ? 'kind' : 'key'])];
      }),
    );
    return { resources };
  },
});

export default definePlugin({
  name: 'gre',
  api: PLUGIN_API,
  drivers: { networks: [gre], features: [apart] },
  deviceKinds: [gretapDevice, ip6gretapDevice, ...switchDevices],
});
