import { readdirSync } from 'node:fs';
import { type EngineAnswer, type Engines, type EngineSpec, isFine, type NodeTarget } from '@pipewright/plugin';
import { ownName } from '../../engine/list.js';
import { textOf } from '../../text-of.js';
import { type Inspected, type Inspection, inspection } from './containers.js';

/** From so many on, one long answer takes less than so many short ones. */
const MANY = 4;

/** A container in the answer to `GET /containers/json`; of more than these nobody here asks. */
interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[] | null;
  readonly State: string;
  readonly HostConfig?: Inspected['HostConfig'];
}

/**
 * How containers are asked for: where there are many, by one list an engine and one look at all processes. What those do
 * not tell for sure is asked of the engine one by one, and so is what it has nothing of: it has the words for that.
 */
export async function inspectionOf(nodes: readonly NodeTarget[], engines: Engines): Promise<Inspection> {
  const known = new Map<string, ReadonlyMap<string, Inspected>>();
  for (const [engine, count] of enginesOf(nodes))
    if (count >= MANY && engines.isThere(engine)) known.set(engine.title, await listed(engine, engines));
  const one = inspection(engines);
  return async (engine, name) => {
    const body = known.get(engine.title)?.get(name);
    return body ? { status: 200, body } : one(engine, name);
  };
}

function enginesOf(nodes: readonly NodeTarget[]): ReadonlyMap<EngineSpec, number> {
  const counts = new Map<EngineSpec, number>();
  for (const { locator } of nodes)
    if (locator.by === 'container') counts.set(locator.engine, (counts.get(locator.engine) ?? 0) + 1);
  return counts;
}

/** By name and by id. Empty where the engine does not answer: each node then has its own trouble with it. */
async function listed(engine: EngineSpec, engines: Engines): Promise<ReadonlyMap<string, Inspected>> {
  const asked = { method: 'GET', path: '/containers/json?all=true' } as const;
  const answer: EngineAnswer | undefined = await engines.request(engine, asked).catch(() => undefined);
  if (!answer || !isFine(answer) || !Array.isArray(answer.body)) return new Map();
  return knownOf(answer.body as readonly ListedContainer[], firstProcesses());
}

/** What the list and the processes tell for sure. */
export function knownOf(
  all: readonly ListedContainer[],
  pids: ReadonlyMap<string, number>,
): ReadonlyMap<string, Inspected> {
  const entries = all.flatMap(({ Id: id, Names: names, State: state, HostConfig: config }) => {
    const name = ownName(names);
    const its = stateOf(state, pids.get(id));
    if (name === undefined || !its) return [];
    const inspected: Inspected = { Id: id, Name: `/${name}`, State: its, ...(config ? { HostConfig: config } : {}) };
    return [[id, inspected] as const, [name, inspected] as const];
  });
  return new Map(entries);
}

function stateOf(state: string, pid: number | undefined): Inspected['State'] | undefined {
  if (state === 'running') return pid === undefined ? undefined : { Status: state, Running: true, Pid: pid };
  return state === 'exited' || state === 'created' ? { Status: state, Running: false } : undefined;
}

/**
 * The first process of each container, by its id: its control group names that, and in a pid namespace of its own it is
 * number 1. Who is the first where a container has none is not to be seen.
 */
export function firstProcesses(folder = '/proc'): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const entry of readdirSync(folder)) {
    const pid = Number(entry);
    const id = Number.isInteger(pid) ? containerOf(`${folder}/${entry}`) : undefined;
    if (id !== undefined && isFirst(`${folder}/${entry}`)) found.set(id, pid);
  }
  return found;
}

const containerOf = (process: string): string | undefined => /[0-9a-f]{64}/.exec(textOf(`${process}/cgroup`))?.[0];

/** `NSpid:  4711  1`: in the namespace that we see it from, and in its own. */
const isFirst = (process: string): boolean => /^NSpid:\t\d+\t1$/m.test(textOf(`${process}/status`));
