import {
  type Commands,
  type Engines,
  LOCAL_HOST,
  type NodeTarget,
  type SurveyedNode,
  type Placement,
  type RawObserved,
  type ReadQuery,
  type SurveyRequest,
} from '@pipewright/plugin';
import { type Answers, questionOf } from '../executor/survey/answers.js';
import { type Kinds, observe, parserOf } from '../executor/survey/observe.js';
import { namedTarget, type Read } from '../executor/survey/read.js';
import { sideBySide } from '../executor/survey/side-by-side.js';
import { containerIdIn, containerOf, type KnownEngine, listContainers } from './containers.js';
import { type DeviceReader, type NamespaceNumbers, openDeviceReader } from './device-reader.js';
import { type DeviceReport, deviceReports, type Sight } from './device-reports.js';
import { deviceNamed, isWanted, leadOf, wantedNumbers } from './leads.js';
import { type FoundNamespace, namespacesHere, namespacesThere, type SeenNamespaces } from './namespaces.js';

/** What devices are traced with. */
export interface TraceParts {
  readonly commands: Commands;
  readonly engines: Engines;
  readonly kinds: Kinds;
  /** Those that may know the names of containers. */
  readonly known: readonly KnownEngine[];
  /** What the machine is called that all of that is of, where it is another. */
  readonly far?: string | undefined;
}

/** A device of the host, by its name or another that it has; or all of them. Reads no more namespaces than that takes. */
export async function traceDevices(asked: string | undefined, parts: TraceParts): Promise<readonly DeviceReport[]> {
  const reader = await openDeviceReader(parts.commands, parts.kinds, parts.far !== undefined);
  try {
    return await traceWith(reader, asked, parts);
  } finally {
    reader.close();
  }
}

async function traceWith(
  reader: DeviceReader,
  asked: string | undefined,
  parts: TraceParts,
): Promise<readonly DeviceReport[]> {
  const { kinds, commands, far } = parts;
  const queries = queriesOf(kinds);
  const answers = await reader.read(queries, undefined);
  const parse = parserOf([], requestOf([]), kinds);
  const host = parse(readOf({ host: LOCAL_HOST }, answers, [], kinds)).filter(isDevice);
  const traced = asked === undefined ? undefined : deviceNamed(asked, host, far);
  const seen = far !== undefined ? await namespacesThere(commands) : namespacesHere();
  const candidates = seen.all;
  const numbers = await reader.numbersOf(candidates);
  const wanted = wantedNumbers(host, traced);
  const likely = candidates.filter(({ inode }) => isWanted(numbers.get(inode), wanted));
  const reads = await sideBySide(likely, async (it) => readNamespace(it, queries, reader));
  const reports = deviceReports(await sightOf({ answers, host, reads: reads.flat(), numbers, seen }, parts));
  return traced === undefined ? reports : reports.filter(({ device }) => device === traced.attrs['name']);
}

const isDevice = ({ type }: RawObserved): boolean => type === 'device';

const DUMPS: readonly unknown[] = ['link', 'address'];

/** Of all questions those about devices and addresses. */
const queriesOf = ({ types }: Kinds): readonly ReadQuery[] =>
  types
    .all()
    .flatMap((type) => type.queries)
    .filter(({ dump }) => DUMPS.includes(dump?.object));

interface NamespaceRead {
  readonly namespace: FoundNamespace;
  readonly answers: Answers;
}

/** One that ended meanwhile has no device left that could be anybody's other end. */
async function readNamespace(
  namespace: FoundNamespace,
  queries: readonly ReadQuery[],
  reader: DeviceReader,
): Promise<readonly NamespaceRead[]> {
  try {
    return [{ namespace, answers: await reader.read(queries, namespace.path) }];
  } catch {
    return [];
  }
}

interface Reads {
  /** Of the host's own namespace, and the devices in them. */
  readonly answers: Answers;
  readonly host: readonly RawObserved[];
  readonly reads: readonly NamespaceRead[];
  readonly numbers: NamespaceNumbers;
  readonly seen: SeenNamespaces;
}

async function sightOf({ answers, host, reads, numbers, seen }: Reads, parts: TraceParts): Promise<Sight> {
  const { kinds } = parts;
  const nodes = reads.map(({ namespace }) => targetOf(namespace));
  const request = requestOf(nodes);
  const own = readOf({ host: LOCAL_HOST }, answers, namesOf(reads, numbers), kinds);
  const others = reads.map((it) => readOf(targetOf(it.namespace).on, it.answers, [], kinds));
  return {
    observed: observe([own, ...others].flatMap(parserOf(nodes, request, kinds)), request, kinds),
    leads: new Map(host.map((it) => [it.key, leadOf(it)])),
    namespaces: await describe(
      reads.map(({ namespace }) => namespace),
      seen,
      parts,
    ),
  };
}

/** Every namespace stands as a node under its inode, so that what relates the ends of cables knows which is which. */
const targetOf = ({ inode }: FoundNamespace): SurveyedNode => ({
  ...namedTarget(LOCAL_HOST, String(inode), String(inode)),
  state: 'present',
});

/** Rows as `ip netns list` prints them. */
const namesOf = (reads: readonly NamespaceRead[], numbers: NamespaceNumbers): readonly object[] =>
  reads.flatMap(({ namespace: { inode } }) => {
    const id = numbers.get(inode);
    return typeof id === 'number' ? [{ name: String(inode), id }] : [];
  });

function readOf(on: Placement, answers: Answers, names: readonly object[], { types }: Kinds): Read {
  const queries = types.all().flatMap((type) => type.queries.filter(({ dump }) => dump?.object === 'netns'));
  const named = queries.map((query) => [questionOf(query), names] as const);
  return { on, path: undefined, answers: new Map([...answers, ...named]), pointed: [] };
}

const requestOf = (nodes: readonly NodeTarget[]): SurveyRequest => ({ topology: '', nodes, wanted: [], applied: [] });

async function describe(
  namespaces: readonly FoundNamespace[],
  { controlGroupsOf }: SeenNamespaces,
  { known, engines }: TraceParts,
): Promise<Sight['namespaces']> {
  const ids = new Map(namespaces.map(({ inode, pids }) => [inode, containerIds(pids.map(controlGroupsOf))]));
  // Some engines start their daemon when they are spoken to.
  const asked = [...ids.values()].some((it) => it.length > 0) ? known : [];
  const sharing = new Set([...ids.values()].filter((it) => it.length > 1).flat());
  const listed = await listContainers(asked, engines, sharing);
  return new Map(
    namespaces.map(({ inode, name, path, pids }) => [
      String(inode),
      { name, path, pids, container: containerOf(ids.get(inode) ?? [], listed) },
    ]),
  );
}

const containerIds = (controlGroups: readonly string[]): readonly string[] => [
  ...new Set(controlGroups.flatMap((it) => containerIdIn(it) ?? [])),
];
