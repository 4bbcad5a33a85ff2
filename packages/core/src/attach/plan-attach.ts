import {
  type Allotted,
  type Diagnostic,
  type HostFacts,
  type HostTarget,
  fail,
  keyOf,
  type LedgerEntry,
  type Key,
  type Nic,
  type Path,
  type Resource,
  type Survey,
} from '@pipewright/plugin';
import { lastingOnes, movedFrom } from '../apply/replaced.js';
import { compile, type DesiredState } from '../compile/compile.js';
import { complain } from '../complain.js';
import { withAtRest } from '../diff/at-rest.js';
import { type Changes, diff } from '../diff/diff.js';
import { errors } from '../errors.js';
import { locateAll, parseTopology, type Source, sourceOf } from '../parse/index.js';
import { onCommandLine, type TreeMap } from '../parse/source.js';
import type { Positions } from '../parse/value.js';
import type { PipelineParts } from '../pipeline.js';
import { plan } from '../plan/plan.js';
import type { Registries } from '../registry/registry.js';
import { type Had, inUseOf } from '../resolve/in-use.js';
import { type Resolved, resolve } from '../resolve/resolve.js';
import { checkNodes } from '../resolve/survey.js';
import { type AppliedByOthers, whoHasThem } from './beside-nic.js';
import { containerOf, findGuest, type FoundGuest } from './find-guest.js';
import { goneNics } from './gone.js';
import { type Known, knownOf } from './known.js';
import { type Narrowed, narrow } from './narrow.js';
import { behind } from './last-gateway.js';
import { joinNetwork, type JoinedNetwork } from './networks.js';
import { chooseNic, nicTree } from './nic.js';
import { containersIn, isRemembered, type State, withoutNics, withResources } from './remember.js';
import { raisings, withRaised } from './raised.js';
import type { AttachRequest, ChosenNetwork, PlannedNic } from './request.js';
import { nicScope, ofNic, unseen } from './scope.js';
import { takenAddresses } from './taken.js';
import { entryIn, type NicTree, nicsIn, withEntry, withNic } from './tree.js';

/** One nic of one guest as it should be: resolved as part of its topology, changed as if nothing else were in it. */
export async function planAttach(
  asked: AttachRequest,
  parts: PipelineParts,
  before: Allotted,
  applied: AppliedByOthers,
): Promise<PlannedNic> {
  const { registries, last } = parts;
  const known = knownOf(asked.topology, last, registries);
  const { host } = asked;
  if (host) refuseOther(host, known.topology.hosts);
  const seen = await findGuest(asked.guest, { ...parts, known, host });
  const { guest } = seen;
  const chosen: ChosenNetwork =
    typeof asked.network === 'string' ? { network: asked.network } : asked.network(seen.facts.devices, movedIn(seen));
  const { network: word, vlan = asked.vlan, raised = [] } = chosen;
  const first = withRaised(seen, raised);
  const network = joinNetwork(
    { word, mtu: asked.mtu },
    { known, facts: first.facts, host: guest.target.on.host, registries },
  );
  const situation = { known, survey: first.survey, registries };
  const nic = nicTree({ ...asked, vlan }, network, chooseNic(asked, guest, network.name, situation));
  const words = { ...OPTIONS, ...asked.words };
  const addition = {
    found: first,
    network,
    nic,
    known,
    before,
    words,
    shipped: last?.shipped,
    yields: asked.lastGatewayWins === true,
    raised,
  };
  const alone = compiled(addition, registries);
  const beside = await whoHasThem(
    asked.topology,
    alone.part.nic,
    alone.desired.resources,
    first.survey,
    registries,
    applied,
  );
  const { merged, part, desired } = beside ? compiled({ ...addition, beside }, registries) : alone;
  const resources = withAtRest(desired.resources, merged.state.resources, registries);
  const found = await withUnasked(first, resources, parts);
  const { request, survey } = found;
  const left = (later: Survey): Changes => diffNic(merged, part.nic, later, { ...desired, resources }, parts);
  const changes = left(survey);
  const complaints = [
    ...merged.diagnostics,
    ...checkNodes(part.model, survey),
    ...desired.diagnostics,
    ...takenAddresses(part.nic, desired.resources, survey.actual),
    ...changes.diagnostics,
  ];
  const container = containerOf(guest.name, survey);
  const remembered: LedgerEntry = {
    topology: asked.topology,
    source: merged.state.tree,
    base: last?.base ?? asked.base,
    resources: withResources(merged.state, ownIn(merged, merged.state.resources, registries.types), resources),
    replaced: [
      ...lastingOnes(last?.replaced ?? [], registries.types),
      ...movedFrom(changes.changes, survey.actual, last?.replaced ?? [], registries.types),
    ],
    ...(last?.shipped ? { shipped: last.shipped } : {}),
    ...(last?.placed ? { placed: last.placed } : {}),
    ...(last?.machines ? { machines: last.machines } : {}),
    ...(last?.ran ? { ran: last.ran } : {}),
    ...containersIn(merged.state, {
      ...known.containers,
      ...(container === undefined ? {} : { [guest.name]: container }),
    }),
  };
  return complain(
    merged.source,
    {
      draft: undefined,
      request,
      survey,
      model: part.model,
      allotted: merged.resolved.allotted,
      desired: resources,
      plan: plan(asked.topology, changes, registries),
      left,
      warnings: locateAll(complaints, merged.source),
      node: guest.name,
      nic: nic.name,
      remembered,
      current: changes.changes.length === 0 && isRemembered(last, remembered),
    },
    complaints,
  );
}

/** A topology knows one machine by one name. */
function refuseOther({ name, ssh }: HostTarget, known: readonly HostTarget[]): void {
  const other = known.find((it) => it.name === name);
  if (other && other.ssh !== ssh) fail(errors.hostOtherwise(name, other.ssh, ssh));
}

/** Devices of the host that it has lent: what they are called when they are back. */
const movedIn = ({ survey, guest: { target } }: FoundGuest): HostFacts['devices'] =>
  survey.actual.flatMap(({ type, on, moved, attrs: { kind, mac } }) =>
    type === 'device' && moved?.name !== undefined && on.host === target.on.host
      ? [{ name: moved.name, kind: String(kind), ...(typeof mac === 'string' ? { mac } : {}) }]
      : [],
  );

/** With what no dump tells and was not known to be asked for: a kernel parameter that the nic has had no word about. */
async function withUnasked(
  found: FoundGuest,
  desired: readonly Resource[],
  { registries: { types }, executor }: PipelineParts,
): Promise<FoundGuest> {
  const known = new Set(found.request.applied.map((it) => it.key));
  const wanted = desired.filter((it) => types.need(it.type).point && !known.has(it.key));
  if (wanted.length === 0) return found;
  const request = { ...found.request, wanted };
  return { ...found, request, survey: await executor.survey(request) };
}

interface Addition {
  readonly found: FoundGuest;
  readonly network: JoinedNetwork;
  readonly nic: NicTree;
  readonly known: Known;
  readonly before: Allotted;
  readonly shipped: LedgerEntry['shipped'];
  /** Others with a gateway of the same family make way. */
  readonly yields: boolean;
  readonly raised: readonly string[];
  /** Absent: none of its addresses is one of theirs. */
  readonly beside?: NonNullable<Had['beside']>;
  /** By key of the nic. */
  readonly words: Readonly<Record<string, string>>;
}

function compiled(it: Addition, registries: Registries) {
  const merged = merge(it, registries);
  return { merged, ...compileNic(merged, registries) };
}

/** A topology with the nic in it. */
interface Merged {
  /** Of the nic. */
  readonly id: string;
  /** Of those that make way for it. */
  readonly behind: readonly string[];
  readonly raised: readonly string[];
  readonly state: State;
  readonly source: Source;
  readonly topology: NonNullable<ReturnType<typeof parseTopology>['topology']>;
  readonly resolved: Resolved;
  readonly diagnostics: readonly Diagnostic[];
}

/** The topology with the nic. Nics that are gone are forgotten where they stand in its way. */
function merge(it: Addition, registries: Registries): Merged {
  const { known, found, nic, network } = it;
  const id = `${found.guest.name}/${nic.name}`;
  const moved = known.nics.filter((other) => other.nic.id === id && other.nic.network !== network.name);
  const moves = moved.map((other) => other.nic.id);
  const others = known.nics.map((other) => other.nic.id).filter((other) => other !== id);
  const gone = goneNics(others, known.resources, found.survey.actual, found.guest.target.on);
  const first = attempt(id, without(known, moves, registries), it, gone, registries);
  const fine = gone.size === 0 || !first.diagnostics.some(({ severity }) => severity === 'error');
  const { source, merged, diagnostics } = fine
    ? first
    : attempt(id, without(known, [...moves, ...gone], registries), it, gone, registries);
  return complain(source, merged, diagnostics);
}

const without = (known: Known, ids: readonly string[], { types }: Registries): State =>
  ids.length === 0 ? known : withoutNics(known, new Set(ids), types);

interface Attempt {
  readonly source: Source;
  readonly diagnostics: readonly Diagnostic[];
  readonly merged: Merged | undefined;
}

function attempt(
  id: string,
  { tree, resources }: State,
  it: Addition,
  gone: ReadonlySet<string>,
  registries: Registries,
): Attempt {
  const { survey } = it.found;
  const { guest } = it.found;
  const others = it.yields ? behind(entryIn(tree, 'nodes', guest.name), it.nic, namesOf(gone, guest.name)) : [];
  const state = { tree: withGuest(tree, it, others), resources };
  const read = sourceOf(state.tree, 'the topology', positionsOf(state.tree, it), it.known.source);
  const { topology, source, diagnostics } = parseTopology(read, registries);
  if (!topology) return { source, diagnostics, merged: undefined };
  const inUse = inUseOf([...resources, ...survey.actual]);
  const { before: allotted, shipped, beside } = it;
  const had = { inUse, allotted, shipped, actual: survey.actual, given: survey.given, ...(beside ? { beside } : {}) };
  const resolved = resolve(topology, registries, survey, had);
  const found = [...diagnostics, ...resolved.diagnostics];
  return {
    source,
    diagnostics: found,
    merged: {
      id,
      behind: others.map(({ name }) => `${guest.name}/${name}`),
      raised: it.raised,
      state,
      source,
      topology,
      resolved,
      diagnostics: found,
    },
  };
}

const namesOf = (ids: ReadonlySet<string>, node: string): ReadonlySet<string> =>
  new Set([...ids].flatMap((id) => (id.startsWith(`${node}/`) ? [id.slice(node.length + 1)] : [])));

function withGuest(
  tree: TreeMap,
  { found: { guest, host }, network, nic, known }: Addition,
  others: readonly NicTree[],
): TreeMap {
  const node = entryIn(tree, 'nodes', guest.name);
  const there = host ? { host: host.name } : {};
  const isNode = Object.keys(node).length > 0 && !guest.renamed;
  const own = isNode ? node : { ...node, ...(guest.options as TreeMap), kind: guest.kind, ...there };
  const isNew = host && !known.topology.hosts.some(({ name }) => name === host.name);
  const reached = isNew ? withEntry(tree, 'hosts', host.name, { ssh: host.ssh }) : tree;
  const joined = withEntry(reached, 'networks', network.name, network.entry);
  return withEntry(joined, 'nodes', guest.name, [nic, ...others].reduce(withNic, own));
}

const OPTIONS: Readonly<Record<string, string>> = {
  guest: 'GUEST',
  network: '--network',
  name: '--nic',
  parent: '--parent',
  'host-device': '--host-device',
  address: '--address',
  gateway: '--address',
  mac: '--mac',
  mtu: '--mtu',
  vlan: '--vlan',
  trunk: '--trunk',
  up: '--down',
  promisc: '--promisc',
  offload: '--offload',
  qdisc: '--qdisc',
  sysctls: '--sysctl',
};

/** A complaint about what was asked for names the word that says it. */
function positionsOf(tree: TreeMap, { found: { guest }, network, nic, words }: Addition): Positions {
  const index = nicsIn(entryIn(tree, 'nodes', guest.name)).findIndex((it) => it.name === nic.name);
  const option = ([section, name, , item, key]: Path): string | undefined => {
    if (section === 'networks') return name === network.name ? words['network'] : undefined;
    return name === guest.name && (item === undefined || item === index)
      ? (words[String(key)] ?? words['guest'])
      : undefined;
  };
  return (path) => {
    const file = option(path);
    return file === undefined ? undefined : onCommandLine(file);
  };
}

function compileNic(
  { id, behind, topology, resolved }: Merged,
  registries: Registries,
): { readonly part: Narrowed & { readonly nic: Nic }; readonly desired: DesiredState } {
  const nics = resolved.model.nodes.flatMap((it) => it.nics);
  const nic = nics.find((it) => it.id === id);
  if (!nic) throw new Error(`the model has no nic ${id}`);
  const far = resolved.model.networks.find((it) => it.name === nic.network && it.fabric !== undefined);
  const isElsewhere = nics.some((it) => it.network === nic.network && it.on.host !== nic.on.host);
  if (far || isElsewhere) fail(errors.attachAcrossHosts(nic.network ?? ''));
  const part = narrow(topology, resolved.model, nic.node, [nic, ...nics.filter((it) => behind.includes(it.id))]);
  const whole = compile(part.topology, part.model, registries, resolved.contextOn, resolved.model);
  // What there is once for all of the topology stays as it is on hosts that nobody looked at.
  const desired = { ...whole, resources: whole.resources.filter(({ on }) => on.host === nic.on.host) };
  return { part: { ...part, nic }, desired: onlyRoutes(behind, desired, registries) };
}

/** Of those that make way nothing else is touched. */
function onlyRoutes(ids: readonly string[], desired: DesiredState, { types }: Registries): DesiredState {
  const theirs = new Set(ids.flatMap((id) => [...ofNic(id, desired.resources, types)]));
  return { ...desired, resources: desired.resources.filter((it) => !theirs.has(it.key) || it.type === 'route') };
}

/** All that is of the nic, and the routes of those that make way for it. */
function ownIn(
  { id, behind }: Merged,
  all: readonly Resource[],
  types: Registries['types'],
  more?: ReadonlySet<Key>,
): ReadonlySet<Key> {
  const routes = new Set(all.flatMap((it) => (it.type === 'route' ? [it.key] : [])));
  const theirs = behind.flatMap((other) => [...ofNic(other, all, types)].filter((key) => routes.has(key)));
  return new Set([...ofNic(id, all, types, more), ...theirs]);
}

/** Only the nic is made, changed and deleted, whatever else of the topology is there or missing. */
function diffNic(
  merged: Merged,
  { on, device, path }: Nic,
  survey: Survey,
  desired: DesiredState,
  { registries, others, last }: PipelineParts,
): Changes {
  const { state, topology, raised } = merged;
  const applied = ownIn(merged, state.resources, registries.types);
  const own = diff(
    {
      topology: topology.name,
      desired: desired.resources,
      actual: survey.actual,
      scope: nicScope(ownIn(merged, survey.actual, registries.types, applied)),
      applied: [],
      replaced: last?.replaced ?? [],
      unseen: unseen(others, state.resources, survey),
      origins: new Map([...desired.origins, [keyOf('device', on, device), [...path, 'name']]]),
    },
    registries,
  );
  return { ...own, changes: [...raisings(raised, on.host, survey.actual), ...own.changes] };
}
