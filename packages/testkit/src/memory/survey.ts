import {
  containersIn,
  devicesOf,
  routesOf,
  engineQuestions,
  enginesAround,
  type Kinds,
  listed,
  mayBeOf,
  mayHaveHelpers,
  namedTarget,
  namesAround,
  observe,
  parserOf,
  questionOf,
  type Read,
  shareNamespaces,
  withAnswers,
} from '@pipewright/host';
import { markOfPlace, OFFLOADS } from '@pipewright/kernel';
import {
  type FileText,
  type Found,
  type HostFacts,
  LOCAL_HOST,
  type NamedGuest,
  type NodeTarget,
  type Placement,
  placeKey,
  type ReadQuery,
  resource,
  type Resource,
  type ResourceType,
  samePlace,
  type Survey,
  type SurveyedNode,
  type SurveyRequest,
} from '@pipewright/plugin';
import type { MemoryKernel } from './kernel/memory-kernel.js';
import { listing } from './kernel/nft.js';
import { sysctlAt } from './kernel/sysctls.js';
import { type Listing, rowsOf } from './kernel/rows.js';
import type { KernelState, Namespace } from './kernel/state.js';
import { type Hosting, locate, type Located } from './locate.js';

type Answers = Read['answers'];

interface MemorySurvey {
  readonly survey: Survey;
  readonly located: readonly Located[];
}

interface Surroundings extends Hosting {
  readonly kinds: Kinds;
  readonly request: SurveyRequest;
}

/** What the memory kernel dumps, read by the readers of the real one. */
export function surveyMemory(around: Surroundings, facts: Omit<HostFacts, 'devices'>): MemorySurvey {
  const { kernel, kinds, request } = around;
  const asked = shareNamespaces(
    request.nodes.map((it) => find(it, around)),
    ({ node, way }) => (node.state === 'present' && node.locator.by !== 'host' ? way?.enter() : undefined),
    request,
  );
  if (request.nodesOnly) {
    const nodes = asked.map(({ node }) => node);
    const found = request.around ? { around: whatIsAround(around) } : {};
    return { located: asked, survey: { facts: { ...facts, devices: [] }, nodes, ...found, actual: [], initial: [] } };
  }
  const located = distinct([...asked, ...unasked(around)]);
  const nodes = located.map(({ node }) => node);
  const present = located.filter(({ node }) => node.state === 'present');
  const reads = present.flatMap(({ node, way }) =>
    way === undefined || node.on.node === undefined || node.same !== undefined
      ? []
      : [readPlace(node.on, way.enter(), around)],
  );
  const host = withAnswers(readPlace({ host: LOCAL_HOST }, kernel.state.host, around), engineAnswers(around));
  const actual = observe([host, ...reads].flatMap(parserOf(nodes, request, kinds)), request, kinds);
  return {
    located,
    survey: {
      facts: { ...facts, devices: devicesOf(actual), routes: routesOf(actual) },
      nodes,
      actual,
      initial: initial(nodes, around),
    },
  };
}

function whatIsAround({ kernel, engines, request: { nodes } }: Surroundings): readonly NamedGuest[] {
  const asked = enginesAround(nodes).filter((it) => engines.isThere(it));
  return [
    ...namesAround(nodes, [...kernel.state.named.keys()].sort()),
    ...asked.flatMap((it) => containersIn(it, engines.answer(it, { method: 'GET', path: '/containers/json' }))),
  ];
}

const distinct = (all: readonly Located[]): readonly Located[] =>
  all.filter((it, index) => all.findIndex(({ node }) => node.name === it.node.name) === index);

function find(target: NodeTarget, around: Surroundings): Located {
  const located = locate(target, around);
  const { node, way } = located;
  if (!around.request.processes || node.state !== 'present' || !way?.file) return located;
  const processes = processesIn(way.enter(), around.kernel);
  return processes.length > 0 ? { way, node: { ...node, processes } } : located;
}

const processesIn = (namespace: Namespace, { state }: MemoryKernel): readonly number[] =>
  [...state.processes].filter(([, it]) => it === namespace).map(([pid]) => pid);

/** Namespaces that only their mark says are the topology's. */
function unasked(around: Surroundings): readonly Located[] {
  const { kernel, request, kinds } = around;
  if (request.alone) return [];
  const asked = new Set(request.nodes.map(({ locator }) => (locator.by === 'name' ? locator.name : undefined)));
  const names = [...kernel.state.named.keys()].filter((it) => mayBeOf(request.topology, it) && !asked.has(it));
  return names.sort().flatMap((name) => {
    const read = readPlace({ host: LOCAL_HOST, node: name }, kernel.named(name), around);
    const mark = markOfPlace(parserOf([], request, kinds)(read));
    return mark?.topology === request.topology ? [find(namedTarget(LOCAL_HOST, mark.id, name), around)] : [];
  });
}

function readPlace(on: Placement, namespace: Namespace, { kernel, kinds, request }: Surroundings): Read {
  const types = kinds.types.all();
  const helpers = mayHaveHelpers(request, types) || kernel.state.helpers.size > 0;
  const queries = types
    .flatMap((type) => type.queries)
    .filter(({ once, helpers: isOfHelpers }) => (on.node === undefined || !once) && (!isOfHelpers || helpers));
  const answers = new Map(queries.map((it) => [questionOf(it), answerOf(it, namespace, kernel)]));
  const traces = request.search ? types.flatMap((type) => type.traces?.(request.topology, LOCAL_HOST) ?? []) : [];
  const named = [...request.applied, ...request.wanted, ...traces].filter((it) => samePlace(it.on, on));
  const pointed = types.map((type) => ({ type, found: pointAt(type, named, namespace) }));
  return { on, path: undefined, answers, pointed };
}

/** What the engines say: those that the topology has to do with. */
function engineAnswers({ kinds, engines, request }: Surroundings): Answers {
  const questions = engineQuestions(kinds.types.all(), request, engines);
  return new Map(
    [...questions].map(([question, engine]) => {
      const answer = engines.answer(engine.of, { method: 'GET', path: engine.path });
      return [question, listed(engine, answer)];
    }),
  );
}

const LISTINGS: readonly string[] = ['link', 'addr', 'route', 'rule', 'neigh', 'fdb', 'netns'] satisfies Listing[];

/** To what `ip` would be asked; of other programs nothing is known here. */
function answerOf({ argv, helpers, files }: ReadQuery, namespace: Namespace, { state }: MemoryKernel): unknown {
  if (helpers) return helperLines(state);
  if (files) return textsOf(namespace === state.host ? files.host : files.node, namespace);
  const listing = argv.find((it): it is Listing => LISTINGS.includes(it));
  const family = argv.includes('-6') ? 6 : argv.includes('-4') ? 4 : undefined;
  return (argv[0] === 'ip' || argv[0] === 'bridge') && listing ? rowsOf(listing, namespace, state, family) : [];
}

const helperLines = ({ helpers }: KernelState): string =>
  [...helpers]
    .flatMap(([mark, { record, alive, ready }], index) => [
      `record ${record}`,
      ...(ready ? ['ready -'] : []),
      ...(alive ? [`/proc/${String(index + 1)}/environ:PIPEWRIGHT_PROCESS=${mark}`] : []),
    ])
    .join('\n');

const textsOf = (paths: readonly string[], { files }: Namespace): readonly FileText[] =>
  [...files].flatMap(([path, text]) => (paths.some((it) => matches(it, path)) ? [{ path, text }] : []));

/** A `*` is the name of any folder. */
function matches(pattern: string, path: string): boolean {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return pattern === path;
  return path.startsWith(before) && path.endsWith(after) && !path.slice(before.length, -after.length).includes('/');
}

/** The number that ethtool is told. */
function offloadsAt(command: number, { devices }: Namespace, name: string): number | undefined {
  const device = [...devices.values()].find((it) => it.name === name);
  const asked = Object.entries(OFFLOADS).filter(([, { get }]) => get === command);
  const bits = asked.map(([feature, { bit = 1 }]) => (device?.off.has(feature) ? 0 : bit));
  return device && bits.reduce((all, it) => all | it, 0);
}

function pointAt(type: ResourceType, named: readonly Resource[], namespace: Namespace): readonly Found[] {
  const { sysctls, tables } = namespace;
  const all = named.filter((it) => it.type === type.type);
  const wanted = new Map(all.map((it) => [it.key, it]));
  const point = wanted.size > 0 ? type.point?.([...wanted.values()], all) : undefined;
  const found = point?.direct?.({
    text: (path) => sysctlAt(path.replace(/^\/proc\/sys\//, ''), namespace),
    ethtool: (device, command) => offloadsAt(command, namespace, device),
    nftTables: () => [...tables.keys()],
  });
  if (!point || found) return found ?? [];
  const settings = point.argv.filter((it) => sysctls.has(it)).map((it) => `${it}=${sysctls.get(it) ?? ''}`);
  const listed = [...tables].filter(([title]) => point.argv.join(' ').includes(title)).map(([, rows]) => listing(rows));
  return point.parse([...settings, ...listed].join('\n'));
}

/** As the lasting things are in a namespace that is not there yet. */
function initial(nodes: readonly SurveyedNode[], { kernel, kinds, request }: Surroundings): readonly Resource[] {
  const absent = new Set(nodes.filter(({ state }) => state === 'absent').map(({ on }) => placeKey(on)));
  const named = request.wanted.filter(({ on }) => absent.has(placeKey(on)));
  return kinds.types.all().flatMap((type) => {
    const own = type.point ? named.filter((it) => it.type === type.type) : [];
    if (own.length === 0) return [];
    const found = new Map(pointAt(type, own, kernel.newNamespace()).map(({ attrs }) => [type.name(attrs), attrs]));
    return own.flatMap(({ on, id, attrs }) => {
      const value = found.get(type.name(attrs));
      return value ? [resource(type.type, on, type.name(attrs), value, { id })] : [];
    });
  });
}
