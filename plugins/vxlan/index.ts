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
  segmentSwitch,
  underlay,
} from '@pipewright/plugin';
import { switchDevices, vxlanDevice } from './device-kind.js';
import { errors } from './errors.js';
import { type Network, options, type Options, overhead } from './options.js';
import { problemsOf } from './problems.js';

/** RFC 7348: whom a frame without a known way goes to is kept under this MAC address. */
const EVERYBODY = '00:00:00:00:00:00';

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
  const words = [name, 'vxlan'];
  const own = { mac: names.mac(...words), mtu, altnames: names.altnames(...words), master: ref(box) };
  const tunnel = device(
    segment,
    names.device(...words),
    { ...tunnelAttrs(it, it.group, under), ...own },
    { id: `${name}:vxlan` },
  );
  return [...resources, tunnel, ...remotesOf(it).map((remote) => fdb(tunnel, EVERYBODY, remote))];
}

/** Born in the node, its packets are still sent and received by the host. */
const nicTunnel = ({ members, options: it }: Network, under: Resource | undefined): Compiled =>
  members.map(({ on, device: name, id, mac, mtu, altnames }) =>
    device(on, name, { ...tunnelAttrs(it, it.group ?? remotesOf(it)[0], under), mac, mtu, altnames }, { id }),
  );

const tunnelAttrs = (it: Options, remote: string | undefined, under: Resource | undefined) => ({
  kind: 'vxlan',
  id: it.id,
  remote: remote ?? null,
  local: it.local ?? null,
  port: it.port,
  ttl: it.ttl,
  tos: it.tos,
  learning: it.learning,
  ageing: it.ageing,
  link: under ? ref(under) : null,
  up: true,
});

/** What no network sees of another. */
const apart = featureDriver({
  kind: 'vxlan-ids',
  summary: 'Networks of one host need VXLAN ids of their own.',
  compile: ({ networks }) => {
    const seen = new Map<string, string>();
    const resources = networks
      .filter(({ kind }) => kind === vxlan.kind)
      .flatMap(({ name, segment, options: it, path }) => {
        const { id, port } = it as Options;
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
  drivers: { networks: [vxlan], features: [apart] },
  deviceKinds: [vxlanDevice, ...switchDevices],
});
