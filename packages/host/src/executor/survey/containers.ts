import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import {
  type EngineAnswer,
  type Engines,
  engineSays,
  type EngineSpec,
  isFine,
  type NodeTarget,
  PipewrightError,
} from '@pipewright/plugin';
import { isOfSeveral } from '../../engine/several.js';
import { errors } from '../../errors.js';
import { absent, hold, type Located, refused, release } from './located.js';

/** A container as its engine tells of it; of more than these nobody here asks. */
export interface Inspected {
  readonly Id: string;
  /** With a slash before it. */
  readonly Name: string;
  readonly State: {
    readonly Status?: string;
    readonly Running?: boolean;
    readonly Paused?: boolean;
    readonly Pid?: number;
    readonly ExitCode?: number;
  };
  readonly HostConfig?: { readonly NetworkMode?: string };
}

/** Asks what a container is, by its name or id. */
export type Inspection = (engine: EngineSpec, name: string) => Promise<EngineAnswer>;

/** Each by a question of its own. */
export const inspection =
  (engines: Engines): Inspection =>
  async (engine, name) =>
    engines.request(engine, { method: 'GET', path: `/containers/${encodeURIComponent(name)}/json` });

/** The way into a container that runs. */
export type Entering = (target: NodeTarget, it: Inspected, engine: EngineSpec, engines: Engines) => Promise<Located>;

/** Other ways than those of this machine. */
export interface ContainerWays {
  readonly inspect?: Inspection | undefined;
  readonly enter?: Entering | undefined;
}

/** Where the namespace of a container is, held open. Whatever the engine has to say is the trouble of that node alone. */
export async function locateContainer(
  target: NodeTarget,
  { engine, name }: { readonly engine: EngineSpec; readonly name: string },
  engines: Engines,
  { inspect = inspection(engines), enter = enterHere }: ContainerWays = {},
): Promise<Located> {
  if (!engines.isThere(engine)) return absent(target, errors.noSuchContainer(target.name, engine.title, name));
  try {
    const answer = await inspect(engine, name);
    if (!isFine(answer)) return missing(target, engine, answer);
    const it = inspected(answer);
    const found = notRunning(target, it, engine) ?? (await enter(target, it, engine, engines));
    return withPause(known(found, it), it, engine);
  } catch (error) {
    if (!(error instanceof PipewrightError)) throw error;
    const { code, message, fix, exit } = error;
    return absent(target, { code, message, fix, exit });
  }
}

export const inspected = ({ body }: EngineAnswer): Inspected => body as Inspected;

function missing(target: NodeTarget, { title }: EngineSpec, answer: EngineAnswer): Located {
  const name = target.locator.by === 'container' ? target.locator.name : target.name;
  if (isOfSeveral(answer)) return refused(target, errors.severalContainers(target.name, title, name));
  if (answer.status === 404) return absent(target, errors.noSuchContainer(target.name, title, name));
  return refused(target, errors.engineFailed(title, `GET /containers/${name}/json`, engineSays(answer)));
}

async function enterHere(target: NodeTarget, it: Inspected, engine: EngineSpec, engines: Engines): Promise<Located> {
  const located = holdProcess(target, it, engine);
  if (located.held === undefined || (await isStill(it, located, engine, engines))) return located;
  release(located);
  return absent(target, errors.containerMoved(target.name, engine.title));
}

function notRunning(target: NodeTarget, { State }: Inspected, { title }: EngineSpec): Located | undefined {
  const { Status: status = '', Running: running, Pid: pid = 0 } = State;
  if (running === true && pid > 0) return undefined;
  const located = absent(target, errors.containerStopped(target.name, title, status));
  return { ...located, node: { ...located.node, stopped: true } };
}

/** Nothing is to be made in one that is paused; what was made can be taken out. */
function withPause(located: Located, { State: { Paused: paused } }: Inspected, { title }: EngineSpec): Located {
  const { node } = located;
  if (paused !== true || node.state !== 'present') return located;
  return { ...located, node: { ...node, fault: errors.containerPaused(node.name, title) } };
}

function holdProcess(target: NodeTarget, { State: { Pid: pid = 0 } }: Inspected, { title }: EngineSpec): Located {
  const gone = errors.containerMoved(target.name, title);
  let process: number;
  try {
    process = openSync(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return absent(target, gone);
  }
  const located = hold(target, `/proc/self/fd/${process}/ns/net`, gone);
  if (located.held === undefined) closeSync(process);
  return located.held === undefined ? located : { ...located, pid, process };
}

/** The process we hold is the container's: its control group names it, or its engine says so once more. */
async function isStill(
  { Id: id, State }: Inspected,
  { process }: Located,
  engine: EngineSpec,
  engines: Engines,
): Promise<boolean> {
  try {
    if (readFileSync(`/proc/self/fd/${process}/cgroup`, 'utf8').includes(id)) return true;
  } catch {
    return false; // it ended
  }
  const again = await inspection(engines)(engine, id);
  return isFine(again) && inspected(again).State.Pid === State.Pid;
}

/** An id, or the beginning of one, is for typing; a name is for keeping. */
function known(found: Located, { Id: container, Name: name, HostConfig: config }: Inspected): Located {
  const { locator } = found.node;
  const called = name.replace(/^\//, '');
  const isByName = locator.by !== 'container' || called === locator.name;
  return {
    ...found,
    ...(config?.NetworkMode?.startsWith('container:') ? { joined: true } : {}),
    node: { ...found.node, container, ...(isByName ? {} : { called }) },
  };
}
