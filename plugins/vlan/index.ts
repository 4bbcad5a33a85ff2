import {
  type CompileContext,
  type Compiled,
  definePlugin,
  device,
  type DeviceAttrs,
  hostDevice,
  ifname,
  networkDriver,
  type NetworkSpec,
  type Nic,
  parentProblems,
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
  parent: ifname
    .optional()
    .describe(
      'The device of the host whose frames with that tag the nic gets; it is left as it is. Without it each nic is a VLAN of another nic of its node, which it names by a `parent` of its own.',
    ),
  id: vlanId.describe('The id in the tag, from 1 to 4094.'),
  protocol: z.enum(protocols).default('802.1Q').describe('What the tag is: 802.1ad is the outer one of two (QinQ).'),
});

type Options = z.output<typeof options>;
type Network = NetworkSpec<Options>;

export const vlan = networkDriver({
  kind: 'vlan',
  summary: 'A VLAN: of a device of the host, as the nic of one node, or of other nics of any nodes.',
  options,
  nicOn: (parent, { id }) => `${parent}.${String(id)}`,
  join: ({ name, kind, vlan: id, asked }) =>
    asked && kind !== undefined && id !== undefined ? { parent: name, id } : undefined,
  compile: (network, context) => {
    const { parent, ...it } = network.options;
    if (parent === undefined) return onNics(network);
    return onHostDevice({ ...network, options: { ...it, parent } }, context);
  },
});

const tagged = ({ id, protocol }: Omit<Options, 'parent'>): Omit<DeviceAttrs, 'name'> => ({
  kind: 'vlan',
  id,
  protocol,
  up: true,
});

function onHostDevice(
  network: NetworkSpec<Options & { readonly parent: string }>,
  { facts }: CompileContext,
): Compiled {
  const { segment, name: id, members, options: it, path } = network;
  const parent = hostDevice(segment, it.parent, facts, id);
  const ids = members.map((nic) => nic.id);
  return [
    parent,
    ...parentProblems(network, facts, { faults: errors, mustBeUp: true }),
    ...(ids.length > 1 ? [problem(errors.taken(id, ids), path)] : []),
    ...members.flatMap((nic) => [
      ...nicProblems(nic),
      ...(nic.parent ? [problem(errors.twoParents(nic.id, id, it.parent), [...nic.path, 'parent'])] : []),
    ]),
    ...members.map(({ on, device: name, id: nic, mac, mtu, altnames }) =>
      device(on, name, { ...tagged(it), link: ref(parent), mac, mtu, altnames }, { id: nic }),
    ),
  ];
}

function onNics({ name: network, members, options: it }: Network): Compiled {
  return members.flatMap((nic): Compiled => {
    const { on, device: name, id, given, altnames, parent, path } = nic;
    const made = device(on, name, { ...tagged(it), altnames, ...given }, { id });
    if (!parent) return [problem(errors.whichParent(id, network), path), made];
    const other = members.slice(0, members.indexOf(nic)).find((one) => one.parent?.ref === parent.ref);
    return [
      ...nicProblems(nic),
      ...(other ? [problem(errors.twice(network, other.id, id), path)] : []),
      { ...made, attrs: { ...made.attrs, link: parent }, within: [parent] },
    ];
  });
}

const nicProblems = ({ id, hostDevice, path }: Nic): Compiled =>
  hostDevice === undefined ? [] : [warning(errors.noHostDevice(id, hostDevice), path)];

export default definePlugin({
  name: 'vlan',
  api: PLUGIN_API,
  drivers: { networks: [vlan] },
  deviceKinds: [vlanDevice],
});
