import {
  type Compiled,
  definePlugin,
  device,
  keyOf,
  type NetworkContext,
  networkDriver,
  type NetworkSpec,
  type Nic,
  PLUGIN_API,
  portMac,
  problem,
  type Ref,
  warning,
  z,
} from '@pipewright/plugin';
import { tunDevice } from './device-kind.js';
import { errors } from './errors.js';

const id = z.int().min(0).max(4_294_967_294);

const options = z.object({
  bridge: z
    .string()
    .optional()
    .describe(
      'The network of kind bridge that the nics, of a node of kind host, are ports of; without it they are of none.',
    ),
  user: id.optional().describe('Number of the user who may open the nics without rights of his own: `id -u qemu`.'),
  group: id.optional().describe('Number of the group whose members may: `id -g qemu`.'),
  'multi-queue': z.boolean().default(false).describe('It may be opened several times, for a queue each.'),
  'vnet-hdr': z
    .boolean()
    .default(false)
    .describe('Each frame has a header of virtio-net before it: offloads reach the guest.'),
});

type Network = NetworkSpec<z.output<typeof options>>;

export const tap = networkDriver({
  kind: 'tap',
  summary:
    'Nics for virtual machines, each opened by one by its name; ports of a bridge of the host, or with addresses.',
  options,
  compile: (network, { switchOf, names }) => {
    const { members, options: it } = network;
    const master = masterOf(network, switchOf);
    const made = {
      kind: 'tun',
      mode: 'tap',
      up: true,
      user: it.user ?? null,
      userGroup: it.group ?? null,
      multiQueue: it['multi-queue'],
      vnetHdr: it['vnet-hdr'],
      ...(master ? { master } : {}),
    };
    return [
      ...(it.bridge !== undefined && !master
        ? [problem(errors.noBridge(network.name, it.bridge), [...network.path, 'bridge'])]
        : []),
      ...members.flatMap((nic) => nicProblems(nic, it.bridge)),
      ...members.map(({ on, device: name, id: nic, mac, given, mtu, altnames, ...it }) => {
        const own = master && given.mac === undefined ? portMac(names, it.node, it.name) : mac;
        return device(on, name, { ...made, mac: own, mtu, altnames }, { id: nic });
      }),
    ];
  },
});

function masterOf({ segment, options: { bridge } }: Network, switchOf: NetworkContext['switchOf']): Ref | undefined {
  const found = bridge === undefined ? undefined : switchOf(bridge);
  return found?.isBridge ? { ref: keyOf('device', segment, found.name) } : undefined;
}

const nicProblems = ({ id: nic, on, addresses, hostDevice, path }: Nic, bridge: string | undefined): Compiled => [
  ...(bridge !== undefined && on.node !== undefined ? [problem(errors.notOnHost(nic, bridge), path)] : []),
  ...(bridge !== undefined && addresses.length > 0 ? [problem(errors.addressed(nic, bridge), path)] : []),
  ...(hostDevice === undefined ? [] : [warning(errors.noHostDevice(nic, hostDevice), path)]),
];

export default definePlugin({
  name: 'tap',
  api: PLUGIN_API,
  drivers: { networks: [tap] },
  deviceKinds: [tunDevice],
});
