import { hostErrors } from '@pipewright/host';
import {
  type EngineSpec,
  type Fault,
  isFine,
  type Locator,
  type NodeTarget,
  type SurveyedNode,
} from '@pipewright/plugin';
import type { MemoryEngines } from './engines.js';
import type { MemoryKernel } from './kernel/memory-kernel.js';
import type { Namespace } from './kernel/state.js';
import { type Programs, runProgram } from './programs.js';

/** How a namespace is reached. */
export interface Way {
  readonly enter: () => Namespace;
  /** Its file, as the real kernel would have it; absent: the host's own. */
  readonly file?: string;
}

/** A node, and the way to it; by name whether or not there is one yet. */
export interface Located {
  readonly node: SurveyedNode;
  readonly way: Way | undefined;
}

/** What a host in memory is made of. */
export interface Hosting {
  readonly kernel: MemoryKernel;
  readonly engines: MemoryEngines;
  readonly programs: Programs;
}

export function locate(target: NodeTarget, host: Hosting): Located {
  const { locator } = target;
  const { kernel, programs } = host;
  const { named, processes } = kernel.state;
  switch (locator.by) {
    case 'host':
      return present(target, { enter: () => kernel.state.host });
    case 'name': {
      const file = `/run/netns/${locator.name}`;
      const found = entered(target, named.get(locator.name), file, kernel);
      // A named namespace may come and go while we work on it: its name is what lasts.
      return found.node.state === 'refused'
        ? found
        : { ...found, way: { enter: () => kernel.named(locator.name), file } };
    }
    case 'path':
      return entered(target, named.get(locator.path.replace(/^\/run\/netns\//, '')), locator.path, kernel);
    case 'pid':
      return entered(target, processes.get(locator.pid), fileOf(locator.pid), kernel);
    case 'container':
      return container(target, locator, host);
    case 'query': {
      const pid = Number(runProgram(programs, { argv: locator.argv }).stdout.trim());
      return entered(target, processes.get(pid), fileOf(pid), kernel);
    }
  }
}

const fileOf = (pid: number): string => `/proc/${String(pid)}/ns/net`;

function entered(target: NodeTarget, found: Namespace | undefined, file: string, { state }: MemoryKernel): Located {
  if (!found) return absent(target);
  if (found === state.host) return refused(target, hostErrors.hostNamespace(target.name));
  return present(target, { enter: () => found, file });
}

/** What `docker inspect` says that matters here. */
interface Inspected {
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Pid: number;
  };
}

function container(
  target: NodeTarget,
  { engine, name }: Extract<Locator, { by: 'container' }>,
  { kernel, engines }: Hosting,
): Located {
  const missing = hostErrors.noSuchContainer(target.name, engine.title, name);
  if (!engines.isThere(engine)) return absent(target, missing);
  const answer = engines.answer(engine, { method: 'GET', path: `/containers/${encodeURIComponent(name)}/json` });
  if (answer.status === 404) return absent(target, missing);
  if (!isFine(answer)) return refused(target, hostErrors.severalContainers(target.name, engine.title, name));
  return ofContainer(target, answer.body as Inspected, engine, kernel);
}

function ofContainer(
  target: NodeTarget,
  { State: { Status: status, Running: isRunning, Paused: isPaused, Pid: pid } }: Inspected,
  { title }: EngineSpec,
  kernel: MemoryKernel,
): Located {
  if (isPaused) return refused(target, hostErrors.containerPaused(target.name, title));
  if (!isRunning) {
    const { node, way } = absent(target, hostErrors.containerStopped(target.name, title, status));
    return { node: { ...node, stopped: true }, way };
  }
  return entered(target, kernel.state.processes.get(pid), fileOf(pid), kernel);
}

const present = (target: NodeTarget, way: Way): Located => ({ node: { ...target, state: 'present' }, way });

const absent = (target: NodeTarget, fault?: Fault): Located => ({
  node: { ...target, state: 'absent', ...(fault ? { fault } : {}) },
  way: undefined,
});

const refused = (target: NodeTarget, fault: Fault): Located => ({
  node: { ...target, state: 'refused', fault },
  way: undefined,
});
