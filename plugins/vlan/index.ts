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
  vlanId,
  warning,
  z,
} from '@pipewright/plugin';
import { protocols, vlanDevice } from './device-kind.js';
import { errors } from './errors.js';

const options = z.object({
  parent: ifname.describe('The device of the host whose frames with that tag the nic gets; it is left as it is.'),
  id: vlanId.describe('The id in the tag, from 1 to 4094.'),
  protocol: z.enum(protocols).default('802.1Q').describe('What the tag is: 802.1ad is the outer one of two (QinQ).'),
});

type Network = NetworkSpec<z.output<typeof options>>;

export const vlan = networkDriver({
  kind: 'vlan',
  summary: 'A VLAN of a device of the host, as the nic of one node.',
  options,
  join: ({ name, kind, vlan: id, asked }) =>
    asked && kind !== undefined && id !== undefined ? { parent: name, id } : undefined,
  compile: (network, context) => {
    const { segment, name: id, members, options: it } = network;
    const kind = context.facts.devices.find(({ name }) => name === it.parent)?.kind ?? 'physical';
    const parent = device(segment, it.parent, { kind }, { id, adopt: true });
    const tagged = { kind: 'vlan', link: ref(parent), id: it.id, protocol: it.protocol, up: true };
    return [
      parent,
      ...parentProblems(network, context),
      ...memberProblems(network),
      ...members.map(({ on, device: name, id: nic, mac, mtu, altnames }) =>
        device(on, name, { ...tagged, mac, mtu, altnames }, { id: nic }),
      ),
    ];
  },
});

function parentProblems(
  { name, mtu, options: { parent }, path }: Network,
  { facts: { devices } }: CompileContext,
): Compiled {
  const at = [...path, 'parent'];
  const found = devices.find((it) => it.name === parent);
  const others = devices.filter(({ kind }) => kind !== 'loopback').map((it) => it.name);
  // A host has a loopback device at least: with no device at all nothing is known of it.
  if (!found) return devices.length === 0 ? [] : [problem(errors.noParent(name, parent, others), at)];
  return [
    ...(found.mtu !== undefined && mtu > found.mtu
      ? [problem(errors.mtuOverParent(name, mtu, parent, found.mtu), path)]
      : []),
    ...(found.up === false ? [problem(errors.parentDown(name, parent), at)] : []),
  ];
}

const memberProblems = ({ name, members, path }: Network): Compiled => [
  ...(members.length > 1
    ? [
        problem(
          errors.taken(
            name,
            members.map(({ id }) => id),
          ),
          path,
        ),
      ]
    : []),
  ...members.flatMap(nicProblems),
];

const nicProblems = ({ id, hostDevice, path }: Nic): Compiled =>
  hostDevice === undefined ? [] : [warning(errors.noHostDevice(id, hostDevice), path)];

export default definePlugin({
  name: 'vlan',
  api: PLUGIN_API,
  drivers: { networks: [vlan] },
  deviceKinds: [vlanDevice],
});
