import { type ReadyPlugin, compose, Registries, Topologies } from '@pipewright/core';
import { FileAllotments, FileJournal, FileLedger } from '@pipewright/host';
import {
  ALLOTMENTS,
  CLOCK,
  COMMANDS,
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
import { MemoryExecutor } from '../memory/executor.js';
import { MemoryFileSystem } from '../memory/file-system.js';
import type { MemoryKernel } from '../memory/kernel/memory-kernel.js';
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

/** A host in memory with what outlives a command: its kernel and its files. */
export class World {
  #files: MemoryFileSystem;

  constructor(
    readonly kernel: MemoryKernel,
    private readonly plugins: readonly ReadyPlugin[],
    files = new MemoryFileSystem(),
  ) {
    this.#files = files;
  }

  copy(): World {
    return new World(this.kernel.copy(), this.plugins, this.#files.killed());
  }

  /** The engine as it is after a start. */
  live(hazard: Hazard = () => undefined): Life {
    const hazards = new Hazards(hazard, () => (this.#files = this.#files.killed()));
    const files = this.#files.killed((operation) => hazards.fails(operation));
    this.#files = files;
    const container = compose(
      [service(LEDGER, FileLedger), service(JOURNAL, FileJournal), service(ALLOTMENTS, FileAllotments)],
      this.plugins,
    );
    container.register(FILE_SYSTEM, { useValue: files });
    container.register(CLOCK, { useValue: new ManualClock(1) });
    container.register(COMMANDS, { useValue: new MemoryCommands() });
    container.register(LOCK, { useValue: new MemoryLock() });
    container.register(REPORTER, { useValue: new MemoryReporter() });
    const kernel = new MemoryExecutor(this.kernel, container.resolve(Registries), { wire: hazards.wire });
    const executor = hazards.guard(kernel);
    container.register(EXECUTOR, { useValue: executor });
    return { topologies: container.resolve(Topologies), executor, ledger: container.resolve(LEDGER), hazards };
  }
}
