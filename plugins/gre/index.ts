import {
  asArray,
  definePlugin,
  type Diagnostic,
  type FabricSpec,
  featureDriver,
  narrowest,
  type NetworkDriver,
  networkDriver,
  overIpv6,
  PLUGIN_API,
  problem,
  ref,
  remotesOf,
  tunnelProblems,
  tunnelSwitch,
  underlay,
} from '@pipewright/plugin';
import { gretapDevice, ip6gretapDevice, switchDevices } from './device-kind.js';
import { errors } from './errors.js';
import { greFabric, reachedBy } from './fabric.js';
import { type FabricOptions, type Network, options, type Options } from './options.js';
import { overheadOf, tunnel } from './tunnel.js';

const overhead = (it: Options): number => overheadOf(it, overIpv6(it));

export const gre: NetworkDriver = networkDriver({
  kind: 'gre',
  summary: 'A segment over several machines, each with a file of its own: Ethernet in GRE.',
  options,
  addresses: (it) => asArray(it.address),
  mtu: (it, facts) => narrowest(it, facts).mtu - overhead(it),
  compile: (network, context) => {
    const { name, options: it } = network;
    const under = underlay(network, context.facts);
    const { box, resources } = tunnelSwitch(network, { kind: 'bridge', cable: 'veth', faults: errors }, context);
    return [
      ...tunnelProblems({ network, overhead: overhead(it), faults: errors }, context.facts),
      ...under,
      ...resources,
      ...remotesOf(it).map((remote) =>
        tunnel(
          {
            segment: network.segment,
            words: [name, remote.replaceAll(':', '-')], // a device's name has no colon
            id: `${name}:${remote}`,
            six: overIpv6(it),
            remote,
            local: it.local ?? null,
            link: under[0] ? ref(under[0]) : null,
            master: ref(box),
            mtu: network.mtu,
            isolated: true, // its sender has one to everybody
          },
          it,
          context.names,
        ),
      ),
    ];
  },
});

/** What no network sees of another. */
const apart = featureDriver({
  kind: 'gre-keys',
  summary: 'Tunnels of one host to the same machine need keys of their own.',
  compile: ({ networks, fabrics }) => {
    const seen = new Map<string, string>();
    const woven = fabrics.filter(({ kind }) => kind === greFabric.kind) as readonly FabricSpec<FabricOptions>[];
    const carried = woven.map((it) => ({
      ...{ name: it.network, segment: it.segment, path: it.path, key: it.id },
      remotes: reachedBy(it).map(({ underlay }) => underlay),
    }));
    const own = (networks.filter(({ kind }) => kind === gre.kind) as readonly Network[]).map(
      ({ options: it, ...rest }) => ({ ...rest, key: it.key, remotes: remotesOf(it) }),
    );
    const resources = [...carried, ...own].flatMap(({ name, segment, key, remotes, path }) =>
      remotes.flatMap((remote) => {
        const tunnelKey = `${segment.host} ${remote} ${String(key)}`;
        const other = seen.get(tunnelKey);
        seen.set(tunnelKey, name);
        if (other === undefined || other === name) return [];
        return [problem(errors.sameKey(name, other, remote, key), [...path, key === undefined ? 'kind' : 'key'])];
      }),
    );
    return { resources: [...resources, ...hubProblems(woven)] };
  },
});

/** Once a network: each of its hosts knows the others. */
function hubProblems(woven: readonly FabricSpec<FabricOptions>[]): readonly Diagnostic[] {
  const networks = [...new Map(woven.map((it) => [it.network, it])).values()];
  return networks.flatMap(({ network, options: { hub }, here, others, path }) => {
    const hosts = [here, ...others].map(({ host }) => host);
    if (hub === undefined || hosts.includes(hub)) return [];
    return [problem(errors.noHub(network, hub, hosts), [...path, 'fabric', 'hub'])];
  });
}

export default definePlugin({
  name: 'gre',
  api: PLUGIN_API,
  drivers: { networks: [gre], fabrics: [greFabric], features: [apart] },
  deviceKinds: [gretapDevice, ip6gretapDevice, ...switchDevices],
});
