import { hostErrors } from '@pipewright/host';
import {
  type CommandStreams,
  type ContainerCommand,
  type ContainerEvent,
  type ContainerLog,
  type EngineAnswer,
  type EngineRequest,
  type Engines,
  type EngineSpec,
  fail,
} from '@pipewright/plugin';
import type { ContainerPicture, MemoryImage } from './engine/container.js';
import { MemoryEngine } from './engine/memory-engine.js';
import { EngineRefusal } from './engine/refusals.js';
import type { MemoryKernel } from './kernel/memory-kernel.js';

/** An engine of a test. */
export interface MemoryEngineOptions {
  /** By name and tag: `{ 'bb:1': {} }`. */
  readonly images?: Readonly<Record<string, MemoryImage>>;
}

/** By socket, then by name. */
export type EnginesPicture = Readonly<Record<string, Readonly<Record<string, ContainerPicture>>>>;

/** Container engines on a kernel in memory, by the sockets where they listen. They answer as dockerd 20.10 does. */
export class MemoryEngines implements Engines {
  readonly #engines = new Map<string, MemoryEngine>();

  constructor(kernel: MemoryKernel, engines: Readonly<Record<string, MemoryEngineOptions>> = {}) {
    for (const [socket, { images = {} }] of Object.entries(engines))
      this.#engines.set(socket, new MemoryEngine(kernel, images));
  }

  /** Others like them, on a copy of the kernel. */
  copy(kernel: MemoryKernel): MemoryEngines {
    const copy = new MemoryEngines(kernel);
    for (const [socket, engine] of this.#engines) copy.#engines.set(socket, engine.copy(kernel));
    return copy;
  }

  isThere(engine: EngineSpec): boolean {
    return this.#find(engine) !== undefined;
  }

  async request(engine: EngineSpec, request: EngineRequest): Promise<EngineAnswer> {
    return this.answer(engine, request);
  }

  /** The same at once. */
  answer(engine: EngineSpec, request: EngineRequest): EngineAnswer {
    return this.#need(engine).answer(request);
  }

  async exec(command: ContainerCommand, streams: CommandStreams): Promise<number> {
    const { engine, container } = command;
    try {
      return await this.#need(engine).exec(command, streams);
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      return fail(hostErrors.noExec(engine.title, container, error.message));
    }
  }

  async logs({ engine, ...log }: ContainerLog, write: CommandStreams['write']): Promise<boolean> {
    return this.#need(engine).logs(log, write);
  }

  async *follow(engine: EngineSpec, signal: AbortSignal): AsyncGenerator<ContainerEvent> {
    yield* this.#need(engine).follow(signal);
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  /** All containers, as a value to compare: without ids and moments. */
  picture(): EnginesPicture {
    return Object.fromEntries([...this.#engines].map(([socket, engine]) => [socket, engine.picture()]));
  }

  /** What runs, by pid: `container web`. */
  processes(): ReadonlyMap<number, string> {
    return new Map([...this.#engines.values()].flatMap((engine) => engine.processes()));
  }

  #need(engine: EngineSpec): MemoryEngine {
    const { title, sockets, variables, start } = engine;
    return this.#find(engine) ?? fail(hostErrors.noEngine(title, sockets, variables, start));
  }

  #find({ sockets }: EngineSpec): MemoryEngine | undefined {
    return sockets.map((socket) => this.#engines.get(socket)).find((it) => it !== undefined);
  }
}
