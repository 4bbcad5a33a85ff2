import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { type Commands, type Engines, type NodeTarget, placeKey } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { NamespacePath } from './answers.js';
import { type Inspection, locateContainer } from './containers.js';
import { absent, hold, isOfNamespaces, isOwn, type Located, refused } from './located.js';

export const NAMED = '/run/netns';

const QUERY_TIMEOUT_MS = 10_000;

/** Whom to ask of what has no path. */
export interface Finders {
  readonly commands: Commands;
  readonly engines: Engines;
  /** How engines are asked for containers; absent: each by a question of its own. */
  readonly inspect?: Inspection;
}

export async function locate(target: NodeTarget, { commands, engines, inspect }: Finders): Promise<Located> {
  const { locator, name } = target;
  switch (locator.by) {
    case 'host':
      return { node: { ...target, state: 'present' }, path: undefined };
    case 'name':
      return named(target, `${NAMED}/${locator.name}`);
    case 'path':
      return hold(target, locator.path, errors.noSuchNamespace(name, locator.path));
    case 'pid':
      return ofProcess(target, locator.pid);
    case 'container':
      return locateContainer(target, locator, engines, { inspect });
    case 'query':
      return queried(target, locator.argv, commands);
  }
}

const pathOf = (pid: number): string => `/proc/${pid}/ns/net`;

const ofProcess = (target: NodeTarget, pid: number): Located => ({
  ...hold(target, pathOf(pid), errors.noSuchProcess(target.name, pid)),
  pid,
});

async function queried(target: NodeTarget, argv: readonly string[], commands: Commands): Promise<Located> {
  const { code, stdout, stderr } = await commands.run(argv, { timeoutMs: QUERY_TIMEOUT_MS });
  const pid = Number(stdout.trim());
  // Engines print 0 for a container that does not run.
  if (code !== 0 || !Number.isInteger(pid) || pid <= 0)
    return absent(target, errors.notRunning(target.name, argv, (code === 0 ? stdout : stderr).trim()));
  return ofProcess(target, pid);
}

/** A named namespace may come and go while we work on it: its path is what lasts. */
function named(target: NodeTarget, path: string): Located {
  const its = statSync(path, { throwIfNoEntry: false });
  // What is left of a crash between making the file and mounting the namespace on it is no namespace.
  if (!its || !isOfNamespaces(its)) return { node: { ...target, state: 'absent' }, path: its && path };
  return isOwn(its)
    ? refused(target, errors.hostNamespace(target.name))
    : { node: { ...target, state: 'present' }, path, inode: its.ino };
}

function isNamespace(path: string): boolean {
  const its = statSync(path, { throwIfNoEntry: false });
  return its !== undefined && isOfNamespaces(its);
}

/** Whether by its name a namespace may be one that a topology made. */
export const mayBeOf = (topology: string, name: string): boolean => name.startsWith(`${topology}-`);

/** Whether `ip netns` lists a namespace of this name that is one. */
export const isNamed = (name: string): boolean => isNamespace(`${NAMED}/${name}`);

/** A named namespace is found by its name even if it is made only later. */
export function wayOf({ node, path }: Located): readonly (readonly [string, NamespacePath])[] {
  if (node.state === 'refused') return [];
  const way = node.locator.by === 'name' ? `${NAMED}/${node.locator.name}` : path;
  return way === undefined ? [] : [[placeKey(node.on), way]];
}

/** Files of namespaces that last as long as what they are of; where that is a process, they say which. */
export function fileOf(it: Located): readonly (readonly [string, string])[] {
  const path = it.pid !== undefined && it.path !== undefined ? pathOf(it.pid) : wayOf(it)[0]?.[1];
  return path === undefined ? [] : [[placeKey(it.node.on), path]];
}

/** What is in /run/netns: namespaces, and files that are none (any more). */
export interface NamedNamespaces {
  readonly namespaces: readonly string[];
  readonly stale: ReadonlySet<unknown>;
}

export function namedNamespaces(): NamedNamespaces {
  const names = filesOfNames();
  const mounted = names.map((name) => isNamespace(`${NAMED}/${name}`));
  return {
    namespaces: names.filter((_, index) => mounted[index]),
    stale: new Set(names.filter((_, index) => mounted[index] === false)),
  };
}

/** What is in /run/netns, whatever it is. */
export function filesOfNames(): readonly string[] {
  try {
    return readdirSync(NAMED).sort();
  } catch {
    return [];
  }
}

/** Removes a file that a crash left between its making and the mounting of a namespace on it. */
export function removeStale(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() === true && file.size === 0 && !isNamespace(path)) unlinkSync(path);
}
