import {
  address,
  asArray,
  cable,
  type CompileContext,
  type Compiled,
  definePlugin,
  device,
  ifname,
  letThrough,
  networkDriver,
  type NetworkSpec,
  nicEnd,
  ownAddresses,
  PLUGIN_API,
  problem,
  ref,
  segmentEnd,
  vlanId,
  z,
} from '@pipewright/plugin';
import { mtuWith, uplinkOf } from './uplink.js';
import { bridgeDevice, portDevice } from './device-kind.js';
import { errors } from './errors.js';
import { hasVlans, hostVlan, vlanProblems, vlansOf } from './vlans.js';

const options = z.object({
  bridge: ifname.optional().describe('Name of the bridge device; made from topology and network where none is given.'),
  adopt: z.boolean().default(false).describe('Use a bridge that is there already and leave it as it is.'),
  shared: z
    .boolean()
    .default(false)
    .describe('Make the bridge if it is missing, use it as it is if it is there; ours goes when nothing is on it.'),
  address: ownAddresses.optional().describe("The host's own address on the bridge; the way out for its nodes."),
  uplink: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/, 'a device of the host (eth1), or a VLAN of one (eth0.63)')
    .max(15, 'a name of at most 15 bytes')
    .optional()
    .describe(
      'The device of the host by which the bridge reaches the outside: eth1, which is a port while the bridge is there and then as it was; or eth0.63 for VLAN 63 of eth0, which is made, and goes with the bridge.',
    ),
  vlan: vlanId
    .optional()
    .describe('The VLAN of the bridge that the network is: that of its nics, its uplink and its address, untagged.'),
  stp: z.boolean().optional().describe('Spanning tree; a port then forwards only after twice the forward delay.'),
  ageing: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Seconds until a MAC that is not seen is forgotten; 0: at once.'),
  'forward-delay': z.int().min(2).max(30).optional().describe('Seconds of listening and of learning (IEEE 802.1D).'),
  priority: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('Bridge priority in the spanning tree; the lowest is the root.'),
  'multicast-snooping': z.boolean().optional().describe('Forward multicast only to ports that asked for it.'),
});

type Options = z.output<typeof options>;

export const bridge = networkDriver({
  kind: 'bridge',
  summary: 'A Linux bridge; each nic is a cable with its other end in it.',
  options,
  addresses: (it) => asArray(it.address),
  vlans: true,
  device: (network, names) => ({
    name: network.options.bridge ?? names.device(network.name),
    isBridge: true,
    ...(network.options.adopt || network.options.shared ? {} : { mac: names.mac(network.name) }),
  }),
  join: ({ name, kind, vlan }) =>
    vlan === undefined && (kind === undefined || kind === 'bridge') ? { bridge: name, shared: true } : undefined,
  compile: (network, context) => {
    const { names } = context;
    const { segment, members, mtu } = network;
    const device = bridgeOf(
      network,
      names.device(network.name),
      names.altnames(network.name),
      names.mac(nameOf(network)),
      mtuWith(network, context),
    );
    return [
      device,
      ...problemsOf(network),
      ...kindProblems(network, context),
      ...uplinkOf(network, device, context),
      ...hostVlan(network, device),
      ...network.addresses.map((it) => address(device, it)),
      ...members.flatMap((nic) => {
        const ends = cable('veth', { ...segmentEnd(nic, segment, names, mtu), master: ref(device) }, nicEnd(nic));
        return [...ends, ...vlansOf(ends[0], nic.vlans, network, device)];
      }),
      ...vlanProblems(network, context),
      ...letThrough(
        network,
        { box: device, dropped: (program) => errors.forwardDrops(network.name, device.attrs.name, program) },
        context,
      ),
    ];
  },
});

/** One that several networks may be on has what its own name comes to, whichever of them makes it. */
const nameOf = ({ name, options: { shared, bridge } }: NetworkSpec<Options>): string =>
  shared && bridge !== undefined ? bridge : name;

function bridgeOf(network: NetworkSpec<Options>, made: string, altnames: readonly string[], mac: string, mtu: number) {
  const { name: id, segment, options: it } = network;
  if (it.adopt) return device(segment, it.bridge ?? made, { kind: 'bridge' }, { id, adopt: true });
  const attributes = {
    stp: it.stp,
    ageing: it.ageing,
    forwardDelay: it['forward-delay'],
    priority: it.priority,
    mcastSnooping: it['multicast-snooping'],
    vlanFiltering: hasVlans(network) || undefined,
  };
  const given = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  const extra = it.bridge === undefined ? { altnames } : {};
  const attrs = { kind: 'bridge', mac, mtu, up: true, ...extra, ...given };
  return device(segment, it.bridge ?? made, attrs, it.shared ? { id, shared: true } : { id });
}

/** What is adopted or shared is left as it is: an option that would change it is a mistake. */
function problemsOf({ options: it, name, path }: NetworkSpec<Options>): Compiled {
  const way = it.adopt ? 'adopt' : it.shared ? 'shared' : undefined;
  if (way === undefined) return [];
  const changing = (['stp', 'ageing', 'forward-delay', 'priority', 'multicast-snooping'] as const).filter(
    (key) => it[key] !== undefined,
  );
  return [
    ...changing.map((key) => problem(errors.leftAsItIs(name, key, way), [...path, key])),
    ...(it.bridge === undefined ? [problem(errors.unnamed(name, way), [...path, way])] : []),
  ];
}

/** What is adopted has its kind already. */
function kindProblems(network: NetworkSpec<Options>, { facts }: CompileContext): Compiled {
  const { name, path, options: it } = network;
  const found = facts.devices.find((device) => device.name === it.bridge);
  if (!it.adopt || !found || found.kind === 'bridge') return [];
  const bridges = facts.devices.filter(({ kind }) => kind === 'bridge').map((device) => device.name);
  return [problem(errors.noBridge(name, found.name, found.kind, bridges), [...path, 'bridge'])];
}

export default definePlugin({
  name: 'bridge',
  api: PLUGIN_API,
  drivers: { networks: [bridge] },
  deviceKinds: [bridgeDevice, portDevice],
});
