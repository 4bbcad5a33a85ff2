import { isUnknown, type Planned, resourceWords } from '@pipewright/core';
import {
  type Change,
  type ChangeAction,
  type DeviceAttrs,
  type Diagnostic,
  type Fault,
  isRef,
  type Key,
  keyOf,
  LOCAL_HOST,
  type Model,
  type ModelNode,
  type Nic,
  type Observed,
  type ProcessAttrs,
  type SilentEngine,
  type Survey,
  type SurveyedNode,
} from '@pipewright/plugin';
import { faultJson } from '../output/failure.js';
import type { Paint } from '../output/paint.js';
import { placeWords } from '../output/place.js';
import { type Cell, table } from '../output/table.js';
import { count, printable } from '../output/text.js';
import { differing, shownValue } from './attributes.js';
import { listOf, Seen } from './seen.js';
import { silentJson, silentLine } from './silent.js';

const UNKNOWN = 'unknown';

/** What `status` tells. */
export interface Status {
  readonly topology: string;
  readonly nodes: readonly NodeStatus[];
  readonly helpers: readonly HelperStatus[];
  readonly drift: readonly Drift[];
  /** Why hosts were not looked at, by their names. */
  readonly unreached: ReadonlyMap<string, Fault>;
  readonly silent: readonly SilentEngine[];
}

export interface NodeStatus {
  readonly name: string;
  /** `unknown` where only our marks tell of the node. */
  readonly kind: string;
  readonly host: string;
  /**
   * `partial`: there, but a declared nic is not. `refused`: there, but not to be entered. `unreached`: its host was not looked
   * at. `unknown`: its container engine does not answer.
   */
  readonly state: 'up' | 'partial' | 'absent' | 'refused' | 'unreached' | 'unknown';
  readonly interfaces: readonly InterfaceStatus[];
}

/** A long-lived helper of a node, and what it says of itself. */
interface HelperStatus {
  /** `web/eth0/dhcp`. */
  readonly id: string;
  /** Where it runs, and its log is. */
  readonly host: string;
  readonly node: string | null;
  /** `waiting`: it runs, and has not what it is for; `done`: it was to run once. */
  readonly state: string;
  readonly facts: Readonly<Record<string, string>>;
}

interface InterfaceStatus {
  readonly name: string;
  readonly mac: string | null;
  /** Bytes. */
  readonly mtu: number | null;
  /** With prefix lengths. */
  readonly addresses: readonly string[];
  readonly state: 'up' | 'down' | 'missing';
  /** Null where it is not up. False: its far end is down, or no cable is in. */
  readonly carrier: boolean | null;
  readonly peer: PeerStatus | null;
}

/** The far end of a nic's cable; of one that is made on a device of the host (macvlan), that device. */
interface PeerStatus {
  readonly host: string;
  readonly node: string | null;
  readonly device: string;
  /** The network it joins there. */
  readonly network?: string;
}

interface Drift {
  /** Where the change would be; null where none can be planned. */
  readonly host: string | null;
  readonly node: string | null;
  readonly type: string;
  readonly id: string;
  /** What a plan would do about it; `refuse`: nothing, the message says why. */
  readonly action: ChangeAction | 'refuse';
  readonly fields: readonly string[];
  readonly message: string;
}

/** As declared and as found. */
export function statusOf({ plan, survey, model }: Planned): Status {
  const { topology } = plan;
  const helpers = helpersOf(topology, survey);
  const drift = model ? plan.changes.map(driftOf) : [];
  const seen = new Seen(survey.actual);
  const nodes = model ? declaredNodes(model, survey) : survey.nodes.map((it) => markedNode(it, seen));
  return { topology, nodes, helpers, drift, unreached: new Map(), silent: survey.silent ?? [] };
}

/** What stands on hosts that were not looked at, nobody knows. */
export const withUnreached = (status: Status, unreached: Status['unreached']): Status => ({
  ...status,
  nodes: status.nodes.map((it) => (unreached.has(it.host) ? { ...it, state: 'unreached', interfaces: [] } : it)),
  unreached,
});

/** What --json prints. */
export const statusJson = ({ unreached, silent, ...status }: Status): object => ({
  ...status,
  unreached: Object.fromEntries([...unreached].map(([host, fault]) => [host, faultJson(fault)])),
  silentEngines: silentJson(silent),
});

/** The status of what cannot be planned: a node that is not there, a name that is taken. */
export const refusedStatus = (model: Model, survey: Survey, diagnostics: readonly Diagnostic[]): Status => ({
  topology: model.topology,
  nodes: declaredNodes(model, survey),
  helpers: helpersOf(model.topology, survey),
  unreached: new Map(),
  silent: survey.silent ?? [],
  drift: diagnostics.map(({ path, message }) => {
    const [section, name] = path;
    const id = String(name ?? model.topology);
    return {
      host: null,
      node: section === 'nodes' ? id : null,
      type: String(section ?? 'topology'),
      id,
      action: 'refuse',
      fields: [],
      message,
    };
  }),
});

const helpersOf = (topology: string, { actual }: Survey): readonly HelperStatus[] =>
  (actual as readonly Observed<ProcessAttrs>[])
    .filter((it) => it.type === 'process' && it.owner === topology)
    .map(({ id, on: { host }, attrs, facts = {} }) => ({
      id,
      host,
      node: attrs.node ?? null,
      state: attrs.state,
      facts,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

function declaredNodes(model: Model, survey: Survey): readonly NodeStatus[] {
  const sight: Sight = { seen: new Seen(survey.actual), across: cablesAcross(model) };
  const located = new Map(survey.nodes.map((it) => [it.name, it]));
  return model.nodes.map((it) => declaredNode(it, located.get(it.name), survey, sight));
}

/** What is known of devices. */
interface Sight {
  readonly seen: Seen;
  /** The far ends of cables that no kernel knows. */
  readonly across: ReadonlyMap<Key, Key>;
}

/** From end to end of each link whose ends are on two hosts: of such a tunnel, no kernel knows the other. */
const cablesAcross = ({ links }: Model): Sight['across'] =>
  new Map(
    links
      .filter(({ fabric }) => fabric !== undefined)
      .flatMap(({ ends: [one, other] }): [Key, Key][] => [
        [deviceKey(one), deviceKey(other)],
        [deviceKey(other), deviceKey(one)],
      ]),
  );

function declaredNode(
  node: ModelNode,
  located: SurveyedNode | undefined,
  { silent = [] }: Survey,
  sight: Sight,
): NodeStatus {
  if (located && isUnknown(located, silent)) return { ...whichNode(node), state: 'unknown', interfaces: [] };
  const found = interfacesOf(devicesOf(node, sight.seen), node.nics, sight);
  const missing = node.nics.filter((nic) => !sight.seen.has(deviceKey(nic))).map(missingNic);
  const state = located?.state ?? 'absent';
  return {
    ...whichNode(node),
    state: state !== 'present' ? state : missing.length > 0 ? 'partial' : 'up',
    interfaces: [...found, ...missing],
  };
}

const whichNode = ({ host, name, kind }: ModelNode): Pick<NodeStatus, 'host' | 'name' | 'kind'> => ({
  name,
  kind,
  host,
});

const markedNode = ({ name, on, state }: SurveyedNode, seen: Seen): NodeStatus => ({
  name,
  kind: UNKNOWN,
  host: on.host,
  state: state === 'present' ? 'up' : state,
  interfaces: interfacesOf(seen.devicesAt(on), [], { seen, across: new Map() }),
});

/** All devices of a namespace; in the host's own, only what is the topology's. */
function devicesOf({ on, nics }: ModelNode, seen: Seen): readonly Observed<DeviceAttrs>[] {
  const declared = new Set(nics.map(deviceKey));
  return seen.devicesAt(on).filter((it) => on.node !== undefined || declared.has(it.key));
}

const deviceKey = (nic: Nic): Key => keyOf('device', nic.on, nic.device);

/** The name the file gives a nic, where the device bears it as altname only. */
const longName = ({ key }: Observed, nics: readonly Nic[]): string | undefined =>
  nics.find((nic) => deviceKey(nic) === key && nic.altnames.includes(nic.name))?.name;

const interfacesOf = (
  devices: readonly Observed<DeviceAttrs>[],
  nics: readonly Nic[],
  { seen, across }: Sight,
): readonly InterfaceStatus[] =>
  devices.map((it) => ({
    name: longName(it, nics) ?? it.attrs.name,
    mac: it.attrs.mac ?? null,
    mtu: it.attrs.mtu ?? null,
    addresses: seen.addressesOf(it.key),
    ...linkState(it),
    peer: peerOf(seen.device(it.peer?.ref ?? across.get(it.key) ?? madeOn(it)), networkOf(it, nics), seen),
  }));

/** What has the name of a nic, and is not ours, is an engine's on a network of its own. */
const networkOf = ({ key, owner }: Observed, nics: readonly Nic[]): string | undefined =>
  owner === undefined ? undefined : nics.find((nic) => deviceKey(nic) === key)?.network;

const linkState = ({ attrs, facts }: Observed<DeviceAttrs>): Pick<InterfaceStatus, 'state' | 'carrier'> =>
  attrs.up === true ? { state: 'up', carrier: facts?.['carrier'] !== 'none' } : { state: 'down', carrier: null };

const madeOn = ({ attrs }: Observed<DeviceAttrs>): Key | undefined =>
  isRef(attrs['link']) ? attrs['link'].ref : undefined;

function peerOf(far: Observed<DeviceAttrs> | undefined, declared: string | undefined, seen: Seen): PeerStatus | null {
  if (!far) return null;
  const network = declared ?? seen.idOf(far.attrs.master?.ref);
  return {
    host: far.on.host,
    node: far.on.node ?? null,
    device: far.attrs.name,
    ...(network === undefined ? {} : { network }),
  };
}

const missingNic = ({ device, mac, mtu }: Nic): InterfaceStatus => ({
  name: device,
  mac,
  mtu,
  addresses: [],
  state: 'missing',
  carrier: null,
  peer: null,
});

const driftOf = (it: Change): Drift => ({
  host: it.on.host,
  node: it.on.node ?? servedBy(it),
  type: it.type,
  id: it.id,
  action: it.action,
  fields: it.fields,
  message: driftMessage(it),
});

/** A container and a helper are looked for on the host, and are a node's. */
function servedBy({ before, after }: Change): string | null {
  const node = (after ?? before)?.attrs['node'];
  return typeof node === 'string' ? node : null;
}

/** What is not as declared of a nic, its far end on the host too: `web/eth0`, `web/eth0/10.0.0.2/24`, `web/eth0:host`. */
export const isOfNic = ({ id }: Pick<Drift, 'id'>, nic: string): boolean =>
  id.startsWith(nic) && ['', '/', ':'].includes(id.charAt(nic.length));

function driftMessage(it: Change): string {
  const { action, fields, before, after, reason } = it;
  const why = reason === undefined ? '' : ` (${reason})`;
  const what = resourceWords(it);
  if (action === 'create') return `${what} is missing${why}`;
  if (action === 'delete') return `${what} is too much${why}`;
  const differences = fields.map((field) => {
    const [found, declared] = [before?.attrs[field], after?.attrs[field]];
    const names = differing(found, declared);
    if (names) return `${field} ${names.join(' ')} ${names.length === 1 ? 'is' : 'are'} not as declared`;
    return `${field} is ${shownValue(found)}, declared ${shownValue(declared)}`;
  });
  return `${what}: ${differences.join('; ') || `to be ${action}d`}${why}`;
}

/** What is not as declared of a node, and of none of its nics: its container, its routes. */
export const ofNodeItself = (
  { name, interfaces }: Pick<NodeStatus, 'name' | 'interfaces'>,
  drift: readonly Drift[],
): readonly Drift[] =>
  drift.filter((it) => it.node === name && !interfaces.some((one) => isOfNic(it, `${name}/${one.name}`)));

/** For people: a line an interface, drift marked there and listed under it. */
export function statusText(status: Status, paint: Paint): string {
  const { topology, nodes, helpers, drift, unreached, silent } = status;
  const title = `${paint('bold', printable(topology))}: ${summary(status)}`;
  const silence = silent.length > 0 ? ['', paint('bold', 'Not known'), ...silent.map(silentLine)] : [];
  if (nodes.length === 0) return [title, ...silence].join('\n');
  const near = nearNodes(drift);
  const rows = nodes.flatMap((node) => nodeRows(node, near.get(node.name) ?? []));
  const differences = isDown(status) ? [] : drift.map((it) => `  ${paint('yellow', '!')} ${printable(it.message)}`);
  return [
    title,
    '',
    table(['', 'NODE', 'KIND', 'STATE', 'INTERFACE', 'STATE', 'ADDRESSES', 'MTU', 'MAC', 'FAR END'], rows, paint),
    ...(helpers.length > 0 ? ['', paint('bold', 'Helpers'), ...helpers.map(helperLine)] : []),
    ...(differences.length > 0 ? ['', paint('bold', 'Not as declared'), ...differences] : []),
    ...(unreached.size > 0 ? ['', paint('bold', 'Not reached'), ...[...unreached].map(unreachedLine)] : []),
    ...silence,
  ].join('\n');
}

/** What may be of a node or of one of its nics, by its name. */
function nearNodes(drift: readonly Drift[]): ReadonlyMap<string, readonly Drift[]> {
  const near = new Map<string, Drift[]>();
  for (const it of drift)
    for (const name of new Set([it.node ?? '', it.id.split('/', 1)[0] ?? ''])) listOf(near, name).push(it);
  return near;
}

/** `web/eth0/dhcp is running: pid 49, address 10.6.0.72/24`. */
function helperLine({ id, host, state, facts }: HelperStatus): string {
  const where = host === LOCAL_HOST ? '' : ` on ${host}`;
  const words = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return `  ${printable([`${id} is ${state}${where}`, ...(words.length > 0 ? [words.join(', ')] : [])].join(': '))}`;
}

const unreachedLine = ([host, { message }]: readonly [string, Fault]): string =>
  `  ${printable(`${host}: ${message}`)}`;

/** Where nothing is there, a list of what is missing says no more. */
const isDown = ({ nodes, drift }: Status): boolean =>
  nodes.every((it) => it.state === 'absent') && drift.every((it) => it.action === 'create');

function summary(status: Status): string {
  const { nodes, drift } = status;
  if (isDown(status)) return 'not up';
  const up = nodes.filter((it) => it.state === 'up').length;
  const nodesUp = `${String(up)} of ${count(nodes.length, 'node')} up`;
  if (nodes.every((it) => it.kind === UNKNOWN)) return `${nodesUp}, known by our marks alone`;
  const isAsDeclared = drift.length === 0 ? 'as declared' : count(drift.length, 'difference');
  const unreached = [...status.unreached.keys()].map(printable);
  const unknown = nodes.filter((it) => it.state === 'unknown').length;
  return [
    `${nodesUp}, ${isAsDeclared}`,
    ...(unreached.length > 0 ? [`${unreached.join(', ')} not reached`] : []),
    ...(unknown > 0 ? [`of ${count(unknown, 'node')} nothing is known`] : []),
  ].join('; ');
}

function nodeRows(
  { name, kind, host, state, interfaces }: NodeStatus,
  drift: readonly Drift[],
): readonly (readonly Cell[])[] {
  const own = ofNodeItself({ name, interfaces }, drift);
  const node: readonly Cell[] = [placeWords({ host, node: name }), kind, coloured(state)];
  if (interfaces.length === 0) return [[mark(own.length > 0), ...node]];
  return interfaces.map((it, index) => {
    const drifts = drift.some((one) => isOfNic(one, `${name}/${it.name}`)) || (index === 0 && own.length > 0);
    return [mark(drifts), ...(index === 0 ? node : ['', '', '']), ...interfaceCells(it)];
  });
}

const interfaceCells = ({ name, state, carrier, addresses, mtu, mac, peer }: InterfaceStatus): readonly Cell[] => [
  name,
  coloured(carrier === false ? 'no-carrier' : state),
  addresses.join(' ') || '-',
  mtu === null ? '-' : String(mtu),
  mac ?? '-',
  peer ? farEnd(peer) : '-',
];

const farEnd = ({ node, device, network }: PeerStatus): string =>
  network === undefined ? `${node ?? 'host'}:${device}` : `${network} (${device})`;

const mark = (drifts: boolean): Cell => (drifts ? { text: '!', style: 'yellow' } : ' ');

const coloured = (state: string): Cell => ({
  text: state,
  style: state === 'up' ? 'green' : ['absent', 'missing', 'unreached'].includes(state) ? 'red' : 'yellow',
});
