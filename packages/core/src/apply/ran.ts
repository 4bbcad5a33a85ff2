import {
  type Change,
  type Diagnostic,
  type LedgerEntry,
  type NodeTarget,
  type Observed,
  placeKey,
  type Resource,
  sha256,
  warning,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Planned } from '../stages.js';
import type { NodeEntry } from '../topology.js';

/** What becomes of nodes. */
interface Making {
  readonly changes: readonly Change[];
  readonly desired: readonly Resource[];
  readonly actual: readonly Observed[];
  readonly nodes: readonly Pick<NodeTarget, 'name' | 'on' | 'locator'>[];
}

export const makingOf = ({ plan, desired, survey }: Planned): Making => ({
  changes: plan.changes,
  desired,
  actual: survey.actual,
  nodes: survey.nodes,
});

/**
 * Those whose namespace is made, also as that of a container that was started again, or the first of what they have of the
 * topology where it was there before.
 */
export function newNodes(making: Making): ReadonlySet<string> {
  const { changes, desired, actual } = making;
  const made = changes.flatMap(({ action, after }) => (action === 'update' ? [] : (after?.makes ?? [])));
  const managed = managedIn(desired);
  const there = new Set(actual.map(({ key }) => key));
  const adopted = desired.filter(({ on }) => on.node !== undefined && !managed.has(on.node));
  const known = new Set(adopted.flatMap(({ on, key }) => (there.has(key) ? (on.node ?? []) : [])));
  const unknown = adopted.flatMap(({ on }) => on.node ?? []).filter((it) => !known.has(it));
  return new Set([...made, ...unknown, ...startedAgain(making, managed)]);
}

/** A container of ours stays what it is when it stops, but for its namespace, with all its nics and addresses. */
function startedAgain({ desired, actual, nodes }: Making, managed: ReadonlySet<string>): readonly string[] {
  const connected = (all: readonly Resource[]) =>
    new Set(all.flatMap(({ type, on }) => (GONE_WITH_IT.includes(type) ? [placeKey(on)] : [])));
  const [wanted, found] = [connected(desired), connected(actual.filter(({ owner }) => owner !== undefined))];
  return nodes
    .filter(({ name, locator }) => locator.by === 'container' && managed.has(name))
    .filter(({ on }) => wanted.has(placeKey(on)) && !found.has(placeKey(on)))
    .map(({ name }) => name);
}

const managedIn = (desired: readonly Resource[]): ReadonlySet<string> =>
  new Set(desired.flatMap(({ makes }) => makes ?? []));

/** Unlike its files; a node without nics has an address on its loopback. */
const GONE_WITH_IT = ['device', 'address'];

type Nodes = readonly Pick<NodeEntry, 'name' | 'host' | 'commands' | 'path'>[];

/** What nodes were told to run since they were made: those that are made now, all that is declared; the others what they were. */
export function ranBy(nodes: Nodes, last: LedgerEntry | undefined, making: Making): NonNullable<LedgerEntry['ran']> {
  const before = last?.ran && new Map(Object.entries(last.ran));
  if (nodes.every(({ commands }) => commands.length === 0) && !before?.size) return {};
  const made = newNodes(making);
  const ran = nodes.map((it) => [it.name, before && !made.has(it.name) ? before.get(it.name) : sumOf(it)] as const);
  return Object.fromEntries(ran.filter((it): it is readonly [string, string] => it[1] !== undefined));
}

/** Nodes that stay as they are, and are to have run other commands than they have. */
export function commandsNotRun(nodes: Nodes, last: LedgerEntry | undefined, making: Making): readonly Diagnostic[] {
  if (!last?.ran) return [];
  const ran = new Map(Object.entries(last.ran));
  const others = nodes.filter((it) => sumOf(it) !== ran.get(it.name));
  if (others.length === 0) return [];
  const [made, managed] = [newNodes(making), managedIn(making.desired)];
  return others
    .filter(({ name }) => !made.has(name))
    .map(({ name, path }) => warning(errors.commandsNotRun(name, managed.has(name)), [...path, 'commands']));
}

/** In short, as they may hold secrets; undefined where there are none. */
const sumOf = ({ commands }: Pick<NodeEntry, 'commands'>): string | undefined =>
  commands.length === 0
    ? undefined
    : Buffer.from(sha256(JSON.stringify(commands)))
        .toString('hex')
        .slice(0, 16);
