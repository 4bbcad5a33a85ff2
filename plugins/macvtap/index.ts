import {
  type CompileContext,
  type Compiled,
  definePlugin,
  device,
  ifname,
  networkDriver,
  type NetworkSpec,
  type Nic,
  PLUGIN_API,
  problem,
  ref,
  warning,
  z,
} from '@pipewright/plugin';
import { macvtapDevice, modes } from './device-kind.js';
import { errors } from './errors.js';

const options = z.object({
  parent: ifname.describe('The device of the host that all nics are made on; it is left as it is.'),
  mode: z
    .enum(modes)
    .default('bridge')
    .describe(
      'Whom nics reach. bridge: each other and the wire; private: the wire only; vepa: each other by a switch that sends back; passthru: one nic has the whole device.',
    ),
});

type Network = NetworkSpec<z.output<typeof options>>;

export const macvtap = networkDriver({
  kind: 'macvtap',
  summary: 'Nics on a device of the host for virtual machines, each with a character device that carries its frames.',
  options,
  compile: (network, context) => {
    const { segment, name: id, members, options: it } = network;
    const kind = context.facts.devices.find(({ name }) => name === it.parent)?.kind ?? 'physical';
    const parent = device(segment, it.parent, { kind }, { id, adopt: true });
    const made = { kind: 'macvtap', link: ref(parent), mode: it.mode, up: true };
    return [
      parent,
      ...parentProblems(network, context),
      ...passthruProblems(network),
      ...members.flatMap(({ on, device: name, id: nic, mac, mtu, altnames }) =>
        // In passthru it has the parent's MAC address: setting it would set the parent's too.
        device(on, name, { ...made, ...(it.mode === 'passthru' ? {} : { mac }), mtu, altnames }, { id: nic }),
      ),
      ...members.flatMap(nicProblems),
    ];
  },
});

/** They carry no Ethernet, or are on a parent of their own. */
const UNFIT: ReadonlySet<string> = new Set(['loopback', 'ipoib', 'wireguard', 'macvlan', 'macvtap']);

function parentProblems(
  { name, mtu, options: { parent }, path }: Network,
  { facts: { devices } }: CompileContext,
): Compiled {
  const at = [...path, 'parent'];
  const found = devices.find((it) => it.name === parent);
  const others = devices.filter(({ kind }) => !UNFIT.has(kind)).map((it) => it.name);
  // A host has a loopback device at least: with no device at all nothing is known of it.
  if (!found) return devices.length === 0 ? [] : [problem(errors.noParent(name, parent, others), at)];
  if (UNFIT.has(found.kind)) return [problem(errors.unfitParent(name, parent, found.kind), at)];
  return [
    ...(found.mtu !== undefined && mtu > found.mtu
      ? [problem(errors.mtuOverParent(name, mtu, parent, found.mtu), path)]
      : []),
    ...(found.master === undefined ? [] : [problem(errors.parentIsPort(name, parent, found.master), at)]),
    ...(found.up === false ? [warning(errors.parentDown(name, parent), at)] : []),
  ];
}

function passthruProblems({ name, members, options: { mode }, path }: Network): Compiled {
  const ids = members.map(({ id }) => id);
  return mode === 'passthru' && ids.length > 1 ? [problem(errors.passthruTaken(name, ids), [...path, 'mode'])] : [];
}

const nicProblems = ({ id, addresses, hostDevice, path }: Nic): Compiled => [
  ...(addresses.length > 0 ? [problem(errors.addressed(id), path)] : []),
  ...(hostDevice === undefined ? [] : [warning(errors.noHostDevice(id, hostDevice), path)]),
];

export default definePlugin({
  name: 'macvtap',
  api: PLUGIN_API,
  drivers: { networks: [macvtap] },
  deviceKinds: [macvtapDevice],
});
