import { type ReadyPlugin, compose, Registries, Topologies } from '@pipewright/core';
import { FileAllotments, FileJournal, FileLedger } from '@pipewright/host';
import {
  ALLOTMENTS,
  CLOCK,
  COMMANDS,
  ENGINES,
  EXECUTOR,
  type Executor,
  FILE_SYSTEM,
  JOURNAL,
  LEDGER,
  type Ledger,
  LOCK,
  REPORTER,
  service,
} from '@pipewright/plugin';
import { ManualClock } from '../memory/clock.js';
import { type MemoryEngineOptions, MemoryEngines } from '../memory/engines.js';
import { MemoryExecutor } from '../memory/executor.js';
import { MemoryFileSystem } from '../memory/file-system.js';
import type { MemoryKernel } from '../memory/kernel/memory-kernel.js';
import type { KernelPicture } from '../memory/kernel/picture.js';
import { MemoryLock } from '../memory/lock.js';
import { MemoryCommands } from '../memory/programs.js';
import { MemoryReporter } from '../memory/reporter.js';
import { type Hazard, Hazards } from './hazards.js';

/** One run of the engine. */
export interface Life {
  readonly topologies: Topologies;
  readonly executor: Executor;
  readonly ledger: Ledger;
  readonly hazards: Hazards;
}

/** What a host is made of in memory. */
export interface Machine {
  readonly kernel: MemoryKernel;
  readonly engines: MemoryEngines;
}

/** A kernel with engines on it, by socket. */
export const machineOf = (
  kernel: MemoryKernel,
  engines: Readonly<Record<string, MemoryEngineOptions>> = {},
): Machine => ({
  kernel,
  engines: new MemoryEngines(kernel, engines),
});

/** A host in memory with what outlives a command: its kernel, its containers and its files. */
export class World implements Machine {
  readonly kernel: MemoryKernel;
  readonly engines: MemoryEngines;
  readonly #plugins: readonly ReadyPlugin[];
  #files: MemoryFileSystem;

  constructor({ kernel, engines }: Machine, plugins: readonly ReadyPlugin[], files = new MemoryFileSystem()) {
    this.kernel = kernel;
    this.engines = engines;
    this.#plugins = plugins;
    this.#files = files;
  }

  copy(): World {
    const kernel = this.kernel.copy();
    return new World({ kernel, engines: this.engines.copy(kernel) }, this.#plugins, this.#files.killed());
  }

  /** All that its kernel holds, containers by their names. */
  picture(): KernelPicture {
    return this.kernel.picture(this.engines.processes());
  }

  /** The engine as it is after a start. */
  live(hazard: Hazard = () => undefined): Life {
    this.kernel.letGo();
    const hazards = new Hazards(hazard, () => (this.#files = this.#files.killed()));
    const files = this.#files.killed((operation) => hazards.fails(operation));
    this.#files = files;
    const container = compose(
      [service(LEDGER, FileLedger), service(JOURNAL, FileJournal), service(ALLOTMENTS, FileAllotments)],
      this.#plugins,
    );
    container.register(FILE_SYSTEM, { useValue: files });
    container.register(CLOCK, { useValue: new ManualClock(1) });
    container.register(COMMANDS, { useValue: new MemoryCommands() });
    container.register(LOCK, { useValue: new MemoryLock() });
    container.register(REPORTER, { useValue: new MemoryReporter() });
    container.register(ENGINES, { useValue: this.engines });
    const how = { engines: this.engines, wire: hazards.wire };
    const executor = hazards.guard(new MemoryExecutor(this.kernel, container.resolve(Registries), how));
    container.register(EXECUTOR, { useValue: executor });
    return { topologies: container.resolve(Topologies), executor, ledger: container.resolve(LEDGER), hazards };
  }
}
