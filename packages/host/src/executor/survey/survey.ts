import { markOfPlace } from '@pipewright/kernel';
import { fail, type Survey, type SurveyedNode, type SurveyRequest } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { Asker } from './asker.js';
import { bridgeFilterOf } from './bridge-filter.js';
import { askEngines } from './engines.js';
import { inspectionOf } from './list-containers.js';
import { devicesOf, readFacts } from './facts.js';
import { type Finders, locate, NAMED, namedNamespaces } from './locate.js';
import type { Located } from './located.js';
import { readInitial } from './initial.js';
import { type Kinds, observe, parseRead } from './observe.js';
import { namedTarget, type Reading, readingOf, type ReadNode, readNode, readPlace, withAnswers } from './read.js';
import { withProcesses } from './processes.js';
import { shareNamespaces } from './same.js';
import { sideBySide } from './side-by-side.js';

/** The host this executor is on. */
const HOST = 'local';

/** A survey, and the ways into the namespaces it saw. */
export interface Surveyed {
  readonly survey: Survey;
  readonly located: readonly Located[];
}

/** What a host is read with. */
export interface SurveyParts extends Finders {
  readonly asker: Asker;
  readonly kinds: Kinds;
}

export async function surveyHost(
  request: SurveyRequest,
  { asker, commands, engines, kinds }: SurveyParts,
): Promise<Surveyed> {
  const reading = readingOf(request, kinds.types.all(), asker);
  const facts = await readFacts(asker);
  const named = namedNamespaces();
  const told = await askEngines(reading, engines);
  const host = withAnswers(await readPlace({ host: HOST }, undefined, reading), told);
  const read = await readNodes(named.namespaces, reading, { kinds, commands, engines });
  const seen = read.map(({ located }) => located.node);
  const nodes = request.processes ? withProcesses(seen) : seen;
  const all = observe([host, ...read.flatMap((it) => it.read ?? [])], nodes.filter(isPresent), request, kinds);
  const actual = all.filter((it) => it.type !== 'namespace' || !named.stale.has(it.attrs['name']));
  const located = read.map((it) => it.located);
  const initial = isRoot() ? await readInitial(request, located, reading.types, asker) : [];
  return {
    survey: {
      facts: { ...facts, devices: devicesOf(actual), ...bridgeFilterOf(host.answers) },
      nodes,
      actual,
      initial,
    },
    located,
  };
}

const isPresent = ({ state }: SurveyedNode): boolean => state === 'present';

/** The nodes asked for, then those that only a mark tells of. */
async function readNodes(
  names: readonly string[],
  reading: Reading,
  { kinds, ...finders }: Omit<SurveyParts, 'asker'>,
): Promise<readonly ReadNode[]> {
  const { request } = reading;
  const inspect = await inspectionOf(request.nodes, finders.engines);
  const located = shareNamespaces(
    await sideBySide(request.nodes, async (node) => locate(node, { ...finders, inspect })),
    ({ inode }) => inode,
    request,
  );
  const others = unasked(names, request);
  if (others.length > 0 || located.some(({ path }) => path !== undefined)) needRoot();
  const asked = await sideBySide(located, async (it) => readNode(it, reading));
  const found = await sideBySide(others, async (name) => readUnasked(name, reading, kinds));
  const all = [...asked, ...found.flatMap((it) => it ?? [])];
  const nameOf = (it: ReadNode | undefined): string | undefined => it?.located.node.name;
  // Two namespaces that carry one node's mark: the first is it.
  return all.filter((it, index) => all.findIndex((other) => nameOf(other) === nameOf(it)) === index);
}

const isRoot = (): boolean => process.geteuid?.() === 0;

export function needRoot(): void {
  if (!isRoot()) fail(errors.needsRoot());
}

/** Namespaces that by their names may be of the topology, and of nodes in no file any more. */
function unasked(names: readonly string[], { topology, nodes }: SurveyRequest): readonly string[] {
  const asked = new Set(nodes.map(({ locator }) => (locator.by === 'name' ? locator.name : undefined)));
  return names.filter((name) => name.startsWith(`${topology}-`) && !asked.has(name));
}

/** Its mark decides whether such a namespace is the topology's, and which node it is. */
async function readUnasked(name: string, reading: Reading, kinds: Kinds): Promise<ReadNode | undefined> {
  const path = `${NAMED}/${name}`;
  const { located, read } = await readNode(
    { node: { ...namedTarget(HOST, name, name), state: 'present' }, path },
    reading,
  );
  const mark = read && markOfPlace(parseRead(read, [], reading.request, kinds));
  if (!read || mark?.topology !== reading.request.topology) return undefined;
  const target = namedTarget(HOST, mark.id, name);
  return { located: { ...located, node: { ...target, state: 'present' } }, read: { ...read, on: target.on } };
}
