import {
  asArray,
  type CompileContext,
  type Compiled,
  definePlugin,
  device,
  fdb,
  featureDriver,
  narrowest,
  type NetworkDriver,
  networkDriver,
  PLUGIN_API,
  problem,
  ref,
  remotesOf,
  type Resource,
  tunnelSwitch,
  underlay,
} from '@pipewright/plugin';
import { switchDevices, vxlanDevice } from './device-kind.js';
import { errors } from './errors.js';
import { vxlanFabric } from './fabric.js';
import { type FabricOptions, type Network, options, type Options, overhead } from './options.js';
import { problemsOf } from './problems.js';
import { EVERYBODY, tunnelAttrs } from './tunnel-attrs.js';

export const vxlan: NetworkDriver = networkDriver({
  kind: 'vxlan',
  summary: 'A segment over several machines, each with a file of its own: Ethernet in UDP.',
  options,
  addresses: (it) => asArray(it.address),
  mtu: (it, facts) => narrowest(it, facts).mtu - overhead(it),
  compile: (network, context) => {
    const under = underlay(network, context.facts);
    return [
      ...problemsOf(network, context.facts),
      ...under,
      ...(network.options.direct ? nicTunnel(network, under[0]) : bridged(network, under[0], context)),
    ];
  },
});

function bridged(network: Network, under: Resource | undefined, context: CompileContext): Compiled {
  const { name, segment, mtu, options: it } = network;
  const { names } = context;
  const { box, resources } = tunnelSwitch(network, { kind: 'bridge', cable: 'veth', faults: errors }, context);
  const words = [name, 'vxlan'];
  const own = { mac: names.mac(...words), mtu, altnames: names.altnames(...words), master: ref(box) };
  const tunnel = device(
    segment,
    names.device(...words),
    { ...tunnelAttrs(it, wayOf(it, it.group, under)), ...own },
    { id: `${name}:vxlan` },
  );
  return [...resources, tunnel, ...remotesOf(it).map((remote) => fdb(tunnel, EVERYBODY, remote))];
}

/** Born in the node, its packets are still sent and received by the host. */
const nicTunnel = ({ members, options: it }: Network, under: Resource | undefined): Compiled =>
  members.map(({ on, device: name, id, mac, mtu, altnames }) =>
    device(
      on,
      name,
      { ...tunnelAttrs(it, wayOf(it, it.group ?? remotesOf(it)[0], under)), mac, mtu, altnames },
      { id },
    ),
  );

const wayOf = (it: Options, remote: string | undefined, under: Resource | undefined) => ({
  id: it.id,
  remote: remote ?? null,
  local: it.local ?? null,
  link: under ? ref(under) : null,
});

/** What no network sees of another. */
const apart = featureDriver({
  kind: 'vxlan-ids',
  summary: 'Networks of one host need VXLAN ids of their own.',
  compile: ({ networks, fabrics, fabricLinks }) => {
    const seen = new Map<string, string>();
    const carried = fabrics
      .filter(({ kind }) => kind === vxlanFabric.kind)
      .map(({ network: name, id, options: it, segment, path }) => ({
        ...{ name, segment, path },
        ...{ id, port: (it as FabricOptions).port },
      }));
    const cables = fabricLinks
      .filter(({ kind }) => kind === vxlanFabric.kind)
      .map(({ link: name, id, options: it, here, path }) => ({
        ...{ name, segment: { host: here.host }, path },
        ...{ id, port: (it as FabricOptions).port },
      }));
    const own = networks
      .filter(({ kind }) => kind === vxlan.kind)
      .map(({ options: it, ...rest }) => ({ ...rest, id: (it as Options).id, port: (it as Options).port }));
    const resources = [...carried, ...cables, ...own].flatMap(({ name, segment, id, port, path }) => {
      const key = `${segment.host} ${String(id)} ${String(port)}`;
      const other = seen.get(key);
      seen.set(key, name);
      return other === undefined ? [] : [problem(errors.sameId(name, other, id, port), [...path, 'id'])];
    });
    return { resources };
  },
});

export default definePlugin({
  name: 'vxlan',
  api: PLUGIN_API,
  drivers: { networks: [vxlan], fabrics: [vxlanFabric], features: [apart] },
  deviceKinds: [vxlanDevice, ...switchDevices],
});
