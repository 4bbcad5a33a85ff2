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
    const parent = hostDevice(segment, it.parent, context.facts, id);
    const tagged = { kind: 'vlan', link: ref(parent), id: it.id, protocol: it.protocol, up: true };
    return [
      parent,
      ...parentProblems(network, context.facts, { faults: errors, mustBeUp: true }),
      ...memberProblems(network),
      ...members.map(({ on, device: name, id: nic, mac, mtu, altnames }) =>
        device(on, name, { ...tagged, mac, mtu, altnames }, { id: nic }),
      ),
    ];
  },
});

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
