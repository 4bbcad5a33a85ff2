import {
  type Allotted,
  type Executor,
  type HostTarget,
  type Key,
  type LedgerEntry,
  LOCAL_HOST,
  type Model,
  type NodeTarget,
  PipewrightError,
  type Placement,
  type Resource,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { commandsNotRun } from './apply/ran.js';
import { madeAnew } from './apply/recreate.js';
import { compile } from './compile/compile.js';
import { complain } from './complain.js';
import { deepEqual } from './diff/compare.js';
import { withAtRest } from './diff/at-rest.js';
import { type Changes, diff, refuseFirst } from './diff/diff.js';
import { hostsIn, locateAll, parseTopology, type Source, sourceOf } from './parse/index.js';
import { impactByNetworks, impactOnOthers } from './plan/impact.js';
import { plan } from './plan/plan.js';
import type { Registries } from './registry/registry.js';
import { addressesBeside } from './resolve/beside.js';
import { HAD_NOTHING, inUseOf } from './resolve/in-use.js';
import { checkMachines, hostsOf, NO_FACTS } from './resolve/hosts.js';
import { factsAtHome } from './resolve/at-home.js';
import { knownTo } from './resolve/known.js';
import { type ContainerIds, type LastPlaces, lastPlaces, strayContainers } from './resolve/last-places.js';
import { place, PLACED_NOWHERE, type Placing } from './resolve/placement.js';
import { resolve } from './resolve/resolve.js';
import { checkNodes } from './resolve/survey.js';
import { imageWarnings, shippedBy, shippedQuestions, unknownImages } from './resolve/shipped.js';
import { placeNodes, targetOf } from './resolve/nodes.js';
import type { Draft, Outline, Plan, Planned } from './stages.js';

/** Text → what it asks for, before any host is looked at. All that can be wrong with a text is found here. */
export function draft(source: Source, registries: Registries, placing: Placing): Draft {
  const { written, topology, placed, diagnostics: early } = readPlaced(source, registries, placing);
  const { model, contextOn, targets, diagnostics } = resolve(topology, registries, { facts: NO_FACTS }, HAD_NOTHING);
  const desired = compile(topology, model, registries, contextOn);
  const found = [...early, ...diagnostics, ...desired.diagnostics];
  const warnings = locateAll(found, written);
  const drafted = { topology, source: written, placed, model, desired: desired.resources, targets, warnings };
  return complain(written, drafted, found);
}

/** The same, no further than to where its nodes are: what is wrong with the rest of it keeps nobody from taking it down. */
export function outline(source: Source, registries: Registries, placing: Placing): Outline {
  const { written, topology, placed, diagnostics } = readPlaced(source, registries, placing);
  const targets = placeNodes(topology, registries).map(targetOf);
  return complain(written, { topology, placed, targets }, diagnostics);
}

function readPlaced(source: Source, registries: Registries, placing: Placing) {
  const parsed = parseTopology(source, registries);
  const { source: written } = parsed; // with defaults and groups written out: later paths are of that
  const asked = complain(written, parsed.topology, parsed.diagnostics);
  const { diagnostics, ...found } = place(asked, placing);
  return { written, ...found, diagnostics: [...parsed.diagnostics, ...diagnostics] };
}

/** What the whole run works on besides the text. */
export interface PipelineParts {
  readonly registries: Registries;
  readonly executor: Executor;
  /** What was applied last, where that is known. */
  readonly last: LedgerEntry | undefined;
  /** What other topologies applied, where that may matter to what is shared. */
  readonly others: readonly LedgerEntry[];
  /** Hosts that are left out. */
  readonly without?: ReadonlySet<string> | undefined;
  /** As in a TopologyInput. */
  readonly partly?: true | undefined;
  readonly recreate?: readonly string[] | undefined;
}

const NO_HOSTS: ReadonlySet<string> = new Set();

const isOutside =
  (hosts: ReadonlySet<string>) =>
  ({ on }: { readonly on: Placement }): boolean =>
    !hosts.has(on.host);

/** Whether a feature has to know which ports of the host are taken. */
export const asksForListeners = (model: Model, { features }: Registries): boolean =>
  features.some((it) => it.asks?.(model).includes('listeners'));

/** The look that a plan of `up` begins with. */
export function upRequest(
  { topology, model, desired, targets: all }: Draft,
  { last, left }: PlacesOfLast,
  registries: Registries,
  without = NO_HOSTS,
): SurveyRequest {
  const isAsked = isOutside(without);
  const targets = all.filter(isAsked);
  const applied = (last?.resources ?? []).filter(isAsked);
  return {
    topology: topology.name,
    ...askingHosts(hostsOf([...hostsIn(last?.source), ...topology.hosts], targets, applied)),
    nodes: [...targets, ...left.filter(isAsked)],
    wanted: desired.filter(isAsked),
    applied,
    ...(last ? {} : { search: 'may' }),
    ...(asksForListeners(model, registries) ? { listeners: true } : {}),
    ...shippedQuestions(topology, model, targets, registries),
  };
}

/** As LastPlaces; without anything where nothing was applied. */
interface PlacesOfLast extends Pick<LastPlaces, 'left'> {
  readonly last: LedgerEntry | undefined;
}

/**
 * What was applied last, by the names of today, and where else it is: what a node has of the topology goes when it is declared
 * no more or is another, also where it stays and nothing on it tells of it.
 */
export const placesOf = (
  last: LedgerEntry | undefined,
  { source, targets }: Pick<Draft, 'source' | 'targets'>,
  registries: Registries,
): PlacesOfLast =>
  !last || deepEqual(last.source, source.tree) ? { last, left: [] } : placesAmong(targets, last, registries);

function placesAmong(
  now: readonly NodeTarget[],
  last: LedgerEntry,
  registries: Registries,
  ids?: ContainerIds,
): PlacesOfLast {
  try {
    const text = sourceOf(last.source, `the last state of ${last.topology}`);
    return lastPlaces(last, { then: outline(text, registries, PLACED_NOWHERE).targets, now }, registries.types, ids);
  } catch (error) {
    if (error instanceof PipewrightError) return { last, left: [] }; // a plugin that it needs is not there
    throw error;
  }
}

interface Looked {
  readonly places: PlacesOfLast;
  readonly request: SurveyRequest;
  readonly survey: Survey;
}

/** A look; where containers that something was applied to have other names by now, once more, where they are. */
async function look(
  places: PlacesOfLast,
  targets: readonly NodeTarget[],
  requestOf: (places: PlacesOfLast) => SurveyRequest,
  { registries, executor, without = NO_HOSTS, partly }: PipelineParts,
): Promise<Looked> {
  const asked = (at: PlacesOfLast): SurveyRequest => ({ ...requestOf(at), ...(partly ? { partly } : {}) });
  const request = asked(places);
  const survey = await executor.survey(request);
  const { last } = places;
  const away = new Set(targets.filter(({ on }) => without.has(on.host)).map(({ name }) => name));
  const ids = strayContainers(last, survey, (node) => !away.has(node));
  if (!last || !ids || survey.silent) return { places, request, survey };
  const found = placesAmong(targets, last, registries, ids);
  const again = asked(found);
  return { places: found, request: again, survey: await executor.survey(again) };
}

/** By itself, as what `left` is kept with would keep the draft, too: V8 has one context for all closures of a function. */
const asking =
  (drafted: Draft, { registries, without }: PipelineParts) =>
  (places: PlacesOfLast): SurveyRequest =>
    upRequest(drafted, places, registries, without);

/** The figure of the architecture page: one look at the host, then nothing but functions. */
export async function planUp(drafted: Draft, parts: PipelineParts, before: Allotted): Promise<Planned> {
  const { topology, source, placed, targets, warnings } = drafted;
  const { registries, without = NO_HOSTS, recreate = [] } = parts;
  const others = parts.others.flatMap((it) => it.resources);
  const isAsked = isOutside(without);
  const looked = await look(placesOf(parts.last, drafted, registries), targets, asking(drafted, parts), parts);
  const { request, places } = looked;
  const { last } = places;
  const { applied } = request;
  const survey = withPortsOf(others, looked.survey, registries);
  const known = knownTo(survey, registries);
  const shipped = shippedBy(topology, drafted.model, last?.shipped, survey);
  const inUse = inUseOf([...(last?.resources ?? []), ...survey.actual]);
  const unseen = (last?.resources ?? []).filter((it) => !isAsked(it));
  const beside = addressesBeside(drafted.desired, parts.others, registries.deviceKinds);
  const { actual, given } = survey;
  const absent = new Set(survey.nodes.flatMap(({ name, state }) => (state === 'absent' ? [name] : [])));
  const had = { inUse, allotted: before, shipped, actual, given, absent, beside, unseen };
  const replaced = (last?.replaced ?? []).filter(isAsked);
  const facts = factsAtHome(survey, { topology: topology.name, replaced }, registries.types);
  const { model, contextOn, allotted, diagnostics } = resolve(topology, registries, facts, had);
  const desired = compile(topology, model, registries, contextOn);
  const resources = known.of(withAtRest(desired.resources.filter(isAsked), applied, registries));
  const changesBy = ({ actual }: Survey, anew?: ReadonlySet<Key>): Changes =>
    diff(
      {
        topology: topology.name,
        desired: resources,
        actual: known.of(actual.filter(isAsked)),
        scope: () => true,
        applied: known.of(applied),
        replaced,
        unseen: others,
        origins: desired.origins,
        ...(anew ? { anew } : {}),
      },
      registries,
    );
  const changes = changesBy(survey, madeAnew(recreate, resources));
  const unknown = imageWarnings(model, unknownImages(request, survey));
  const complaints = [
    ...diagnostics,
    ...unknown,
    ...checkMachines(topology, last, survey),
    ...checkNodes({ nodes: model.nodes.filter(known.node) }, survey),
    ...desired.diagnostics,
    ...changes.diagnostics,
    ...commandsNotRun(
      topology.nodes.filter(({ host, name: node }) => !without.has(host) && known.node({ on: { host, node } })),
      last,
      { changes: changes.changes, desired: resources, actual, nodes: survey.nodes },
    ),
  ];
  complain(source, model, complaints);
  const planned = plan(topology.name, changes, registries);
  const cut = [
    ...impactByNetworks(changes.changes, model.networks, desired.origins),
    ...impactOnOthers(topology.name, changes.changes, actual),
  ];
  return {
    draft: { topology, source, placed, targets },
    last,
    request: { ...request, wanted: resources },
    survey,
    model,
    allotted,
    ...(shipped ? { shipped } : {}),
    desired: resources,
    without,
    plan: noticed(planned, cut),
    left: (later) => changesBy(later),
    warnings: [...warnings, ...newWarnings(locateAll(complaints, source), warnings)],
  };
}

/** Where listeners were asked for, with the ports of this host that other topologies have. */
function withPortsOf(others: readonly Resource[], survey: Survey, { features }: Registries): Survey {
  const { listeners } = survey.facts;
  const taken = others
    .filter(({ on }) => on.host === LOCAL_HOST)
    .flatMap((it) => features.flatMap((feature) => feature.takesPorts?.(it) ?? []));
  return listeners && taken.length > 0
    ? { ...survey, facts: { ...survey.facts, listeners: [...listeners, ...taken] } }
    : survey;
}

/** A topology of one host asks as if there were no others. */
const askingHosts = (hosts: readonly HostTarget[]): Pick<SurveyRequest, 'hosts'> => (hosts.length > 0 ? { hosts } : {});

/** What only the look at the host told: the text's own warnings come again with every compilation. */
function newWarnings(found: Draft['warnings'], known: Draft['warnings']): Draft['warnings'] {
  const wordsOf = ({ code, message }: Draft['warnings'][number]): string => `${code} ${message}`;
  const said = new Set(known.map(wordsOf));
  return found.filter((it) => it.severity === 'warning' && !said.has(wordsOf(it)));
}

/** The look that a plan of `down` begins with. */
export function downRequest(
  name: string,
  drafted: Outline | undefined,
  { last, left }: PlacesOfLast,
  without = NO_HOSTS,
): SurveyRequest {
  const isAsked = isOutside(without);
  const targets = (drafted?.targets ?? []).filter(isAsked);
  const known = [...hostsIn(last?.source), ...(drafted?.topology.hosts ?? [])];
  const hosts = known.filter((it) => !without.has(it.name));
  const applied = (last?.resources ?? []).filter(isAsked);
  // Where nobody remembers who was put where, it may be on any: its mark tells.
  const isAnywhere = !last && drafted !== undefined && drafted.placed.size > 0;
  return {
    topology: name,
    ...askingHosts(isAnywhere ? hosts : hostsOf(hosts, targets, applied)),
    nodes: [...targets, ...left.filter(isAsked)],
    wanted: applied,
    applied,
    processes: true,
    ...(last ? {} : { search: 'must' }),
  };
}

/** Nothing is wanted any more: all that carries the topology's mark, or stands in its ledger, goes. */
export async function planDown(name: string, drafted: Outline | undefined, parts: PipelineParts): Promise<Planned> {
  const { registries, without = NO_HOSTS } = parts;
  const isAsked = isOutside(without);
  const { places, request, survey } = await look(
    { last: parts.last, left: [] },
    drafted?.targets ?? [],
    (it) => downRequest(name, drafted, it, without),
    parts,
  );
  const { last } = places;
  const known = knownTo(survey, registries);
  const staying = known.unsure(request.applied);
  const stays = new Set(staying.map(({ key }) => key));
  const applied = request.applied.filter(({ key }) => !stays.has(key));
  const left = ({ actual }: Survey): Changes =>
    diff(
      {
        topology: name,
        desired: [],
        actual,
        scope: (it) => !stays.has(it.key) && known.of([it]).length > 0,
        applied,
        replaced: (last?.replaced ?? []).filter((it) => isAsked(it) && !stays.has(it.key)),
        unseen: [...parts.others.flatMap((it) => it.resources), ...staying],
      },
      registries,
    );
  const changes = left(survey);
  refuseFirst(changes);
  const planned = plan(name, changes, registries);
  return {
    draft: undefined,
    last,
    // Who is silent now is not asked for what is done, or undone, without it.
    request: { ...request, wanted: applied, applied, nodes: request.nodes.filter(known.node) },
    survey,
    model: undefined,
    allotted: new Map(),
    desired: [],
    without,
    staying: stays,
    plan: noticed(planned, impactOnOthers(name, changes.changes, survey.actual)),
    left,
    warnings: [],
  };
}

const noticed = (planned: Plan, more: Plan['impact']): Plan =>
  more.length > 0 ? { ...planned, impact: [...planned.impact, ...more] } : planned;
