import {
  type Commands,
  type Engines,
  fail,
  type HostTarget,
  type NodeTarget,
  type SurveyedNode,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { type FarEngines, farSockets } from '../../ssh/far-engines.js';
import { toolsOf, toolsSought } from '../survey/facts.js';
import type { NamespacePath } from '../survey/answers.js';
import { NAMED } from '../survey/locate.js';
import { locateContainer } from '../survey/containers.js';
import { absent, type Located, refused } from '../survey/located.js';
import type { Look, Machine, Sought as SoughtOf } from '../survey/machine.js';
import type { Kinds } from '../survey/observe.js';
import { withProcesses } from '../survey/processes.js';
import { helpersFolder } from '../survey/read.js';
import { enterThere } from './far-containers.js';
import type { FarCommands } from './far-commands.js';
import { textsThere } from './far-files.js';
import { identityOf, lookAt, textOf } from './far-questions.js';

/** Where engines that there are plugins for may listen. */
export const socketsSought = ({ types }: Kinds): readonly string[] => [
  ...new Set(
    types.all().flatMap(({ queries }) => queries.flatMap(({ engine }) => (engine ? farSockets(engine.of) : []))),
  ),
];

/** With what files in it say, where something may stand in them. */
async function withTexts(located: Located, { files, nodes }: SoughtOf['inside'], engines: Engines): Promise<Located> {
  const { locator, state, name } = located.node;
  if (locator.by !== 'container' || state !== 'present' || !nodes.has(name)) return located;
  return { ...located, texts: await textsThere(engines, locator, files) };
}

/** A namespace that was seen: `device:inode`. */
type Identity = string;

/** The machine at the other end of a connection. */
export function farMachine(
  { name: host }: HostTarget,
  commands: FarCommands,
  engines: FarEngines,
  kinds: Kinds,
): Machine {
  const tools = toolsSought(kinds);
  const sockets = socketsSought(kinds);
  const enter = enterThere(commands);
  return {
    host,
    engines,
    look: async ({ nodes, paths, files, inside }, asker) => {
      const [words, ipVersion, texts, located] = await Promise.all([
        commands.ask(lookAt(tools, [...paths, ...sockets])),
        asker.ipVersion(),
        Promise.all(files.map(async (it) => (await commands.ask(textOf(it))).stdout)),
        Promise.all(nodes.map((it) => seek(it, commands))),
      ]);
      const seen = seenOf(words.stdout);
      const texted = new Map(files.map((it, index) => [it, texts[index] ?? '']));
      const there = new Set(seen.of('path'));
      engines.found(sockets.filter((it) => there.has(it)));
      return {
        ...{ facts: factsOf(seen, ipVersion), named: namedOf(seen), isRoot: seen.one('user') === '0' },
        located: await Promise.all(
          nodes.map(async (it, index) =>
            it.locator.by === 'container'
              ? withTexts(await locateContainer(it, it.locator, engines, { enter }), inside, engines)
              : placed(it, located[index], seen),
          ),
        ),
        exists: (path) => there.has(path),
        textOf: (file) => texted.get(file) ?? '',
      };
    },
    // All is there that is asked for.
    guess: ({ nodes }) => ({
      ...{ named: { namespaces: [], stale: new Set() }, isRoot: true },
      located: nodes.map(awaited),
      exists: (path) => path !== helpersFolder(),
    }),
    withProcesses: (nodes) => withFarProcesses(nodes, commands),
    needRoot: () => fail(errors.hostNeedsRoot(host)),
  };
}

function awaited(target: NodeTarget): Located {
  const path = pathOf(target);
  return path === undefined && target.locator.by !== 'host'
    ? absent(target, undefined)
    : { node: { ...target, state: 'present' }, path };
}

/** The file of a namespace, where there is no need to ask for it. */
function pathOf({ locator }: NodeTarget): NamespacePath {
  if (locator.by === 'name') return `${NAMED}/${locator.name}`;
  if (locator.by === 'path') return locator.path;
  return locator.by === 'pid' ? `/proc/${locator.pid}/ns/net` : undefined;
}

interface Seen {
  of(word: string): readonly string[];
  one(word: string): string;
  /** Files in /run/netns with what they are. */
  readonly names: ReadonlyMap<string, Identity>;
}

function seenOf(text: string): Seen {
  const lines = text.split('\n').map((line) => line.split(/ (.*)/s) as readonly (string | undefined)[]);
  const of = (word: string): readonly string[] =>
    lines.flatMap(([first, rest]) => (first === word && rest !== undefined ? [rest] : []));
  return {
    of,
    one: (word) => lines.find(([first]) => first === word)?.[1] ?? '',
    names: new Map(of('name').map((it) => [it.slice(it.indexOf(' ') + 1), it.slice(0, it.indexOf(' '))])),
  };
}

const factsOf = (seen: Seen, ipVersion: string): Look['facts'] => ({
  machineId: seen.one('machine'),
  kernel: seen.one('kernel'),
  tools: toolsOf(seen.of('tool'), ipVersion),
});

const deviceOf = (identity: Identity): string => identity.replace(/:.*/, '');

const inodeOf = (identity: Identity): number => Number(identity.replace(/.*:/, ''));

/** All namespaces are files of one file system, nsfs. */
const isNamespace = (identity: Identity, seen: Seen): boolean => deviceOf(identity) === deviceOf(seen.one('own'));

function namedOf(seen: Seen): Look['named'] {
  const names = [...seen.names].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    namespaces: names.flatMap(([name, identity]) => (isNamespace(identity, seen) ? [name] : [])),
    stale: new Set(names.flatMap(([name, identity]) => (isNamespace(identity, seen) ? [] : [name]))),
  };
}

/** The file of a namespace without a name of ours, and what it was when it was found; why not, where it was not. */
interface Sought {
  readonly path?: string;
  readonly identity?: Identity;
  readonly words?: string;
}

async function seek(target: NodeTarget, commands: FarCommands): Promise<Sought> {
  const { locator } = target;
  const path = pathOf(target);
  if (path !== undefined && locator.by !== 'name') return identify(path, commands);
  if (locator.by !== 'query') return {};
  const { code, stdout, stderr } = await commands.run(locator.argv, { timeoutMs: 10_000 });
  const pid = stdout.trim();
  return code === 0 && /^[1-9]\d*$/.test(pid)
    ? identify(`/proc/${pid}/ns/net`, commands)
    : { words: (code === 0 ? stdout : stderr).trim() };
}

async function identify(path: string, commands: FarCommands): Promise<Sought> {
  const { code, stdout } = await commands.ask(identityOf(path));
  return code === 0 ? { path, identity: stdout.trim() } : {};
}

function placed(target: NodeTarget, sought: Sought | undefined, seen: Seen): Located {
  const { locator, name } = target;
  if (locator.by === 'host') return { node: { ...target, state: 'present' }, path: undefined };
  const path = locator.by === 'name' ? pathOf(target) : sought?.path;
  const identity = locator.by === 'name' ? seen.names.get(locator.name) : sought?.identity;
  if (path === undefined || identity === undefined) return absent(target, missing(target, sought));
  if (identity === seen.one('own')) return refused(target, errors.hostNamespace(name));
  if (isNamespace(identity, seen)) return { node: { ...target, state: 'present' }, path, inode: inodeOf(identity) };
  // What is left of a crash between making the file and mounting the namespace on it is no namespace.
  return locator.by === 'name' ? absent(target, undefined) : refused(target, errors.notANamespace(name, path));
}

function missing(
  { name, locator }: NodeTarget,
  sought: Sought | undefined,
): ReturnType<typeof errors.notRunning> | undefined {
  if (locator.by === 'path') return errors.noSuchNamespace(name, locator.path);
  if (locator.by === 'pid') return errors.noSuchProcess(name, locator.pid);
  return locator.by === 'query' ? errors.notRunning(name, locator.argv, sought?.words ?? '') : undefined;
}

const PROCESSES = `stat -Lc '%d:%i %n' ${NAMED}/* /proc/[0-9]*/ns/net 2> /dev/null; true`;

async function withFarProcesses(nodes: readonly SurveyedNode[], commands: Commands): Promise<readonly SurveyedNode[]> {
  const { stdout } = await commands.run(['sh', '-c', PROCESSES]);
  const identities = new Map(
    stdout.split('\n').map((it) => [it.slice(it.indexOf(' ') + 1), it.slice(0, it.indexOf(' '))]),
  );
  const pids = [...identities.keys()].flatMap((path) => /^\/proc\/(\d+)\//.exec(path)?.[1] ?? []);
  return withProcesses(nodes, pids.map(Number), (path) => identities.get(path));
}
