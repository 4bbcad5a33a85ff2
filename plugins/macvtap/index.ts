import {
  type Compiled,
  definePlugin,
  device,
  hostDevice,
  ifname,
  networkDriver,
  type NetworkSpec,
  type Nic,
  parentProblems,
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
    const parent = hostDevice(segment, it.parent, context.facts, id);
    const made = { kind: 'macvtap', link: ref(parent), mode: it.mode, up: true };
    return [
      parent,
      ...parentProblems(network, context.facts, { faults: errors, unfit: UNFIT }),
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
