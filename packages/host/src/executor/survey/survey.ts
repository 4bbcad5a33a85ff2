import { markOfPlace } from '@pipewright/kernel';
import {
  fail,
  LOCAL_HOST,
  PipewrightError,
  type RawObserved,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { textOf } from '../../text-of.js';
import { lackingIn } from '../rights.js';
import { readAround } from './around.js';
import type { Asker } from './asker.js';
import { BRIDGE_CALL_FILES, bridgeFilterOf } from './bridge-filter.js';
import { askEngines } from './engines.js';
import { devicesOf, routesOf } from './facts.js';
import { LISTENER_FILES, readListeners } from './listeners.js';
import { mayBeOf, NAMED } from './locate.js';
import type { Located } from './located.js';
import { readGiven } from './given.js';
import { readInitial } from './initial.js';
import type { Guess, Machine, Sought } from './machine.js';
import { type Kinds, observe, parserOf } from './observe.js';
import {
  askedOf,
  helpersFolder,
  namedTarget,
  type Reading,
  readingOf,
  readNode,
  readPlace,
  readPointed,
  withAnswers,
  writtenIn,
} from './read.js';
import { shareNamespaces } from './same.js';
import { readShipped } from './shipped.js';
import { sideBySide } from './side-by-side.js';

/** A survey, and the ways into the namespaces it saw. */
export interface Surveyed {
  readonly survey: Survey;
  readonly located: readonly Located[];
  /** Names in /run/netns that stand for no namespace. */
  readonly stale: ReadonlySet<unknown>;
}

/** What a host is read with. */
export interface SurveyParts {
  readonly machine: Machine;
  readonly asker: Asker;
  readonly kinds: Kinds;
}

/** Asks all that a look takes and most likely leads to, in one turn: for who is far, and who asks the same again then. */
export function askAhead(request: SurveyRequest, { machine, asker, kinds }: SurveyParts): void {
  const sought = soughtBy(request, kinds);
  void machine.look(sought, asker);
  const guess = machine.guess?.(sought);
  if (!guess || request.nodesOnly) return;
  const reading = readingOf(request, kinds.types.all(), asker, { host: machine.host, exists: guess.exists });
  void readPlace({ host: machine.host }, undefined, reading);
  void readNodes(guess, unasked(guess.named.namespaces, request), reading, { machine, kinds });
}

function soughtBy(request: SurveyRequest, kinds: Kinds): Sought {
  const { nodes, listeners } = request;
  const { types } = kinds;
  const given = types.all().flatMap(({ queries }) => queries.flatMap((it) => it.given ?? []));
  return {
    nodes,
    paths: [...given, helpersFolder()],
    files: [...BRIDGE_CALL_FILES, ...(listeners ? LISTENER_FILES : [])],
    inside: {
      files: types.all().flatMap(({ queries }) => queries.flatMap((it) => it.files?.node ?? [])),
      nodes: writtenIn(request, types.all()),
    },
  };
}

export async function surveyHost(request: SurveyRequest, { machine, asker, kinds }: SurveyParts): Promise<Surveyed> {
  const types = kinds.types.all();
  const look = await machine.look(soughtBy(request, kinds), asker);
  const { facts, named } = look;
  if (request.nodesOnly) {
    const located = shareNamespaces(look.located, ({ inode }) => inode, request);
    const nodes = located.map(({ node }) => node);
    const around = request.around ? { around: await readAround(request.nodes, named.namespaces, machine.engines) } : {};
    return {
      survey: { facts: { ...facts, devices: [] }, nodes, ...around, actual: [], initial: [] },
      located,
      stale: named.stale,
    };
  }
  const others = unasked(named.namespaces, request);
  asker.makeSure?.(look.located.length + others.length);
  const reading = readingOf(request, types, asker, { host: machine.host, exists: look.exists });
  const [told, shipped, given, asked, read] = await Promise.all([
    askEngines(reading, machine.engines, machine.host),
    request.shipped ? readShipped(request.shipped, machine.engines) : undefined,
    readGiven(request, types, machine.engines),
    readPlace({ host: machine.host }, undefined, reading),
    readNodes(look, others, reading, { machine, kinds }),
  ]).catch((error: unknown) => explain(error, look, machine));
  const host = withAnswers(asked, told.answers);
  const seen = read.map(({ located }) => located.node);
  const nodes = request.processes ? await machine.withProcesses(seen) : seen;
  const parsed = [...parserOf(nodes, request, kinds)(host), ...read.flatMap(({ found }) => found)];
  const all = observe(parsed, request, kinds);
  const actual = all.filter((it) => it.type !== 'namespace' || !named.stale.has(it.attrs['name']));
  const located = read.map((it) => it.located);
  const initial = look.isRoot
    ? await readInitial(request, located, reading.types, asker).catch((error: unknown) => explain(error, look, machine))
    : [];
  return {
    survey: {
      facts: {
        ...facts,
        devices: devicesOf(actual),
        routes: routesOf(actual),
        ...bridgeFilterOf(host.answers, look.textOf),
        ...(request.listeners ? { listeners: readListeners(look.textOf) } : {}),
      },
      nodes,
      ...(shipped ? { shipped } : {}),
      actual,
      ...(given.length > 0 ? { given } : {}),
      ...(told.silent.length > 0 ? { silent: told.silent } : {}),
      initial,
    },
    located,
    stale: named.stale,
  };
}

function explain(error: unknown, { isRoot }: Guess, machine: Machine): never {
  if (isRefused(error)) {
    if (!isRoot) machine.needRoot();
    const lacking = machine.host === LOCAL_HOST ? lackingIn(textOf('/proc/self/status')) : [];
    if (lacking.length > 0) fail(errors.lacksCapability(lacking), { cause: error });
    fail(errors.confined(machine.host), { cause: error });
  }
  throw error;
}

/** In the words of the kernel or of a program: neither reads all of itself to everybody. */
const isRefused = (error: unknown): boolean =>
  error instanceof PipewrightError &&
  error.code === errors.surveyFailed.code &&
  /EPERM|EACCES|not permitted|permission denied/i.test(error.message);

/** A node with what was found in its namespace: what that answered is not kept, as there may be thousands. */
interface SeenNode {
  readonly located: Located;
  readonly found: readonly RawObserved[];
}

type Parser = ReturnType<typeof parserOf>;

/** The nodes asked for, then those of `others` that only a mark tells of. */
async function readNodes(
  look: Guess,
  others: readonly string[],
  reading: Reading,
  { machine, kinds }: Omit<SurveyParts, 'asker'>,
): Promise<readonly SeenNode[]> {
  const { request, asker } = reading;
  const located = shareNamespaces(look.located, ({ inode }) => inode, request);
  if (!look.isRoot && (others.length > 0 || located.some(({ path }) => path !== undefined))) machine.needRoot();
  const nodes = located.map(({ node }) => node);
  const parse = parserOf(nodes, request, kinds);
  const [asked, found] = await Promise.all([
    sideBySide(located, async (it) => readAsked(it, reading, parse), asker.atOnce),
    sideBySide(others, async (name) => readUnasked(name, reading, machine.host, parse), asker.atOnce),
  ]);
  const byName = new Map<string, SeenNode>();
  for (const it of [...asked, ...found.flatMap((one) => one ?? [])]) {
    const { name } = it.located.node;
    // Two namespaces that carry one node's mark: the first is it.
    if (!byName.has(name)) byName.set(name, it);
  }
  return [...byName.values()];
}

async function readAsked(node: Located, reading: Reading, parse: Parser): Promise<SeenNode> {
  const { located, read } = await readNode(node, reading);
  return { located, found: read ? parse(read) : [] };
}

/** Namespaces that by their names may be of the topology, and of nodes in no file any more. */
function unasked(names: readonly string[], { topology, nodes, alone }: SurveyRequest): readonly string[] {
  if (alone) return [];
  const asked = new Set(nodes.map(({ locator }) => (locator.by === 'name' ? locator.name : undefined)));
  return names.filter((name) => mayBeOf(topology, name) && !asked.has(name));
}

/** Its mark decides whether such a namespace is the topology's, and which node it is. */
async function readUnasked(name: string, reading: Reading, host: string, parse: Parser): Promise<SeenNode | undefined> {
  const path = `${NAMED}/${name}`;
  const { located, read } = await readNode(
    { node: { ...namedTarget(host, name, name), state: 'present' }, path },
    reading,
  );
  const mark = read && markOfPlace(parse(read));
  if (!read || mark?.topology !== reading.request.topology) return undefined;
  const target = namedTarget(host, mark.id, name);
  const { on } = target;
  // Only now it is known which of them may be there.
  const pointed = await readPointed(askedOf(on, path, reading.asker), reading);
  return { located: { ...located, node: { ...target, state: 'present' } }, found: parse({ ...read, on, pointed }) };
}
