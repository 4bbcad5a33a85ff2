import {
  type CompileContext,
  type Compiled,
  definePlugin,
  device,
  type HostFacts,
  ifname,
  mac,
  networkDriver,
  type NetworkSpec,
  type Nic,
  PLUGIN_API,
  problem,
  warning,
  z,
} from '@pipewright/plugin';
import { errors } from './errors.js';

const options = z.object({
  parent: ifname.optional().describe('The device of the host that becomes the nic of the one node in this network.'),
  mac: mac.optional().describe('The same device by its MAC address, where its name may be another after a reboot.'),
});

type Network = NetworkSpec<z.output<typeof options>>;

/** Those that the kernel does not let into another namespace. */
const IMMOVABLE: ReadonlySet<string> = new Set(['bridge', 'loopback', 'openvswitch']);

export const phys = networkDriver({
  kind: 'phys',
  summary: 'A device of the host itself, moved into one node and given back.',
  options,
  join: ({ name, kind, asked, vlan }) =>
    asked && vlan === undefined && !IMMOVABLE.has(kind ?? '') ? { parent: name } : undefined,
  compile: (network, context) => [
    ...deviceProblems(network, context),
    ...memberProblems(network),
    ...network.members.flatMap((nic) => [...nicProblems(nic, network), nicDevice(nic, network)]),
  ],
});

/** With its own MAC address and MTU, unless the file says otherwise. What it is, only the kernel knows. */
const nicDevice = ({ on, device: name, id, given }: Nic, { options: { parent, mac: address } }: Network) =>
  device(
    on,
    name,
    { kind: 'physical', up: true, ...given },
    {
      id,
      moved: { ...(parent === undefined ? {} : { name: parent }), ...(address === undefined ? {} : { mac: address }) },
    },
  );

function deviceProblems({ name, options: it, path }: Network, { facts }: CompileContext): Compiled {
  if ((it.parent === undefined) === (it.mac === undefined)) return [problem(errors.whichDevice(name), path)];
  const found = facts.devices.find((device) => isMeant(device, it));
  const at = [...path, it.parent === undefined ? 'mac' : 'parent'];
  if (!found) return []; // it is in its node already, or will be missed
  if (IMMOVABLE.has(found.kind)) return [problem(errors.unfit(name, found.name, found.kind), at)];
  return found.master === undefined ? [] : [problem(errors.port(name, found.name, found.master), at)];
}

const isMeant = (device: HostFacts['devices'][number], { parent, mac: address }: Network['options']): boolean =>
  parent === undefined ? device.kind === 'physical' && device.mac === address?.toLowerCase() : device.name === parent;

function memberProblems({ name, members, path }: Network): Compiled {
  const ids = members.map(({ id }) => id);
  return ids.length > 1 ? [problem(errors.taken(name, ids), path)] : [];
}

const nicProblems = ({ id, on, hostDevice, path }: Nic, { name }: Network): Compiled => [
  ...(on.node === undefined ? [problem(errors.onHost(name, id), path)] : []),
  ...(hostDevice === undefined ? [] : [warning(errors.noHostDevice(id, hostDevice), path)]),
];

export default definePlugin({ name: 'phys', api: PLUGIN_API, drivers: { networks: [phys] } });
