import {
  address,
  asArray,
  type CompileContext,
  type Compiled,
  definePlugin,
  device,
  type DeviceAttrs,
  familyOf,
  hostDevice,
  ifname,
  type Names,
  networkDriver,
  type NetworkSpec,
  type Nic,
  ownAddresses,
  PLUGIN_API,
  problem,
  ref,
  type Resource,
  route,
  vlanId,
  warning,
  z,
} from '@pipewright/plugin';
import { macvlanDevice, modes } from './device-kind.js';
import { errors } from './errors.js';
import { isJoinable, problemsOfParent } from './parent.js';

const options = z.object({
  parent: ifname.describe('The device of the host that all nics are made on; it is left as it is.'),
  vlan: vlanId
    .optional()
    .describe(
      'The VLAN of the parent that they are in: on eth1 in VLAN 30 they are made on eth1.30, which is made if missing.',
    ),
  mode: z
    .enum(modes)
    .default('bridge')
    .describe(
      'Whom nics reach. bridge: each other and the wire; private: the wire only; vepa: each other by a switch that sends back; passthru: one nic has the whole device; source: only listed senders.',
    ),
  'host-access': z
    .boolean()
    .default(false)
    .describe(
      'Give the host a device of its own on the parent, without which it and the nodes do not reach each other.',
    ),
  address: ownAddresses
    .optional()
    .describe("Address of the host's own device, which it thereby gets; the way out for its nodes."),
});

type Options = z.output<typeof options>;

type Network = NetworkSpec<Options>;

export const macvlan = networkDriver({
  kind: 'macvlan',
  summary: 'Nics with MAC addresses of their own, made directly on a device of the host.',
  options,
  addresses: (it) => asArray(it.address),
  join: ({ name, kind, vlan }) =>
    kind !== undefined && isJoinable(kind) ? { parent: name, ...(vlan === undefined ? {} : { vlan }) } : undefined,
  compile: (network, context) => {
    const { members } = network;
    const devices = parentDevices(network, context);
    const [parent] = devices;
    return [
      ...devices,
      ...problemsOfParent(network, context),
      ...modeProblems(network, context),
      ...hostResources(network, parent, context),
      ...members.flatMap((nic) => [nicDevice(nic, network, parent), ...nicProblems(nic)]),
    ];
  },
});

/** What all are made on, and what that in turn is made on. */
function parentDevices(
  { segment, name: id, options: { parent: name, vlan } }: Network,
  { facts }: CompileContext,
): readonly [Resource<DeviceAttrs>, ...(readonly Resource<DeviceAttrs>[])] {
  const parent = hostDevice(segment, name, facts, id);
  if (vlan === undefined) return [parent];
  const tagged = { kind: 'vlan', link: ref(parent), id: vlan, up: true };
  return [device(segment, `${name}.${String(vlan)}`, tagged, { id: `${id}:vlan`, shared: true }), parent];
}

function nicDevice(
  { on, device: name, id, mac, mtu, altnames }: Nic,
  { options: { mode } }: Network,
  parent: Resource,
) {
  // In passthru it has the parent's: setting it would set the parent's too.
  const own = mode === 'passthru' ? {} : { mac };
  return device(on, name, { ...made(mode, parent), ...own, mtu, altnames }, { id });
}

/**
 * The parent lets nothing through between itself and what is on it: the host is another one on it. It has a route to each
 * node, as without one the host would go by the parent where that has an address of the same subnet.
 */
function hostResources(
  { segment, name, mtu, members, addresses, options: { mode, 'host-access': access } }: Network,
  parent: Resource,
  { names }: CompileContext,
): Compiled {
  if (!access && addresses.length === 0) return [];
  const own: Resource<DeviceAttrs> = device(
    segment,
    names.device(name),
    { ...made(mode, parent), mac: names.mac(name), mtu, altnames: names.altnames(name) },
    { id: `${name}:host` },
  );
  // Who asks over IPv6 for an address of the parent's is not answered by this device, as over IPv4.
  const isAnswered = (it: string): boolean => familyOf(it) === 4 || addresses.some((one) => familyOf(one) === 6);
  return [
    own,
    ...addresses.map((it) => address(own, it)),
    ...members.flatMap((nic) => nic.addresses.filter(isAnswered).map((it) => route(segment, own, toOnly(it)))),
  ];
}

const toOnly = (address: string) => {
  const [ip = '', family] = [address.split('/')[0], familyOf(address)] as const;
  return { family, to: `${ip}/${family === 6 ? '128' : '32'}` };
};

const made = (mode: Options['mode'], parent: Resource) => ({ kind: 'macvlan', link: ref(parent), mode, up: true });

function modeProblems(network: Network, { names }: CompileContext): Compiled {
  const { mode } = network.options;
  return [
    ...(mode === 'bridge' ? [] : hostApart(network)),
    ...(mode === 'passthru' ? passthruProblems(network, names) : []),
  ];
}

const hostApart = ({ name, options: it, path }: Network): Compiled => [
  ...(it['host-access'] ? [problem(errors.hostApart(name, 'host-access', it.mode), [...path, 'host-access'])] : []),
  ...(it.address === undefined ? [] : [problem(errors.hostApart(name, 'address', it.mode), [...path, 'address'])]),
];

function passthruProblems({ name, members, options: { parent }, path }: Network, names: Names): Compiled {
  const ids = members.map(({ id }) => id);
  const chosen = members.filter(({ node, name: nic, mac }) => mac !== names.mac(node, nic));
  return [
    ...(ids.length > 1 ? [problem(errors.passthruTaken(name, ids), [...path, 'mode'])] : []),
    ...chosen.map(({ id, mac, path: at }) => problem(errors.passthruMac(id, mac, parent), at)),
  ];
}

const nicProblems = ({ id, hostDevice, path }: Nic): Compiled =>
  hostDevice === undefined ? [] : [warning(errors.noHostDevice(id, hostDevice), path)];

export default definePlugin({
  name: 'macvlan',
  api: PLUGIN_API,
  drivers: { networks: [macvlan] },
  deviceKinds: [macvlanDevice],
});
