import {
  type Compiled,
  type CompileContext,
  device,
  deviceTowards,
  type DeviceAttrs,
  type Diagnostic,
  type FabricDriver,
  fabricDriver,
  type FabricSpec,
  fdb,
  hostDevice,
  isMulticast,
  parseIp,
  portMac,
  problem,
  ref,
  type Resource,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { type FabricOptions, fabricOptions, IDS, overheadOver } from './options.js';
import { EVERYBODY, tunnelAttrs } from './tunnel-attrs.js';

/** Of IP protocols. */
const UDP = 17;

/** One tunnel a host; a bridge never sends back into it what came by it. */
export const vxlanFabric: FabricDriver = fabricDriver({
  kind: 'vxlan',
  summary: 'Ethernet in UDP, each host straight to each other.',
  options: fabricOptions,
  default: true,
  ids: IDS,
  id: (it) => it.id,
  idOf: ({ attrs: { kind, id, port } }, it) =>
    kind === 'vxlan' && typeof id === 'number' && port === it.port ? id : undefined,
  overhead: (_, family) => overheadOver(family),
  traffic: ({ group, port }) => (group === undefined ? { protocol: UDP, port } : undefined),
  compile: (fabric, context) => [...groupProblems(fabric), ...joined(fabric, context)],
  // Born in the node, its packets are still sent and received by the host.
  link: ({ nic: { on, device: name, id: nicId, mac, mtu, altnames }, link, id, options, here, other, path }) => {
    const way = { id, local: here.underlay, remote: other.underlay, link: null };
    const group = options.group === undefined ? [] : [problem(errors.groupOfLink(link), [...path, 'fabric', 'group'])];
    return [...group, device(on, name, { ...tunnelAttrs(options, way), mac, mtu, altnames }, { id: nicId })];
  },
});

/** What is for everybody goes to each of the others, or once to a group of the underlay. */
function joined(fabric: FabricSpec<FabricOptions>, context: CompileContext): Compiled {
  const { network, segment, id, options, here, others, switch: master, mtu } = fabric;
  const { names } = context;
  const under = options.group === undefined ? [] : underlayOf(fabric, context);
  const words = [network, 'vxlan'];
  const link = under[0] ? ref(under[0]) : null;
  const way = { id, local: here.underlay, remote: options.group ?? null, link };
  const own = { mac: portMac(names, ...words), mtu, altnames: names.altnames(...words), master };
  const tunnel = device(
    segment,
    names.device(...words),
    { ...tunnelAttrs(options, way), ...own },
    { id: `${network}:vxlan` },
  );
  const each = options.group === undefined ? others : [];
  return [...under, tunnel, ...each.map(({ underlay }) => fdb(tunnel, EVERYBODY, underlay))];
}

/** The device that the host reaches the others by, left as it is; unknown where nobody looked. */
function underlayOf(
  { network, segment, others }: FabricSpec<FabricOptions>,
  { facts }: CompileContext,
): readonly Resource<DeviceAttrs>[] {
  const dev = others.flatMap(({ underlay }) => deviceTowards(underlay, facts) ?? [])[0];
  return dev ? [hostDevice(segment, dev.name, facts, `${network}:underlay`)] : [];
}

/** Said of the host whose name is first alone: it is the same on all. */
function groupProblems({ network, options: { group }, here, others, path }: FabricSpec<FabricOptions>) {
  if (group === undefined || others.some(({ host }) => host < here.host)) return [];
  const at = [...path, 'fabric', 'group'];
  const families = new Set([group, here.underlay].map((it) => parseIp(it)?.family));
  const found: Diagnostic[] = [];
  if (!isMulticast(group)) found.push(problem(errors.groupAddress(network, group), at));
  if (families.size > 1) found.push(problem(errors.families(network, [group, here.underlay]), at));
  return found;
}
