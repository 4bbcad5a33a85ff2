import {
  COMMANDS,
  type Commands,
  EXECUTOR,
  type Executor,
  LEDGER,
  type Ledger,
  LOCK,
  type Lock,
  REPORTER,
  type Reporter,
} from '@pipewright/plugin';
import { apply } from './apply/apply.js';
import { runCommands } from './apply/commands.js';
import { replacedBy } from './apply/replaced.js';
import { inject, injectable } from './di.js';
import type { Source } from './parse/index.js';
import { draft, type PipelineParts, planDown, planUp } from './pipeline.js';
import { Registries } from './registry/registry.js';
import type { ApplyReport, Draft, Planned } from './stages.js';

/** A topology to bring up: its text, and the folder that paths in it are relative to. */
export interface TopologyInput {
  readonly source: Source;
  readonly base: string;
}

/** Topologies on this host: planned, applied, taken down. */
@injectable()
export class Topologies {
  constructor(
    @inject(Registries) readonly registries: Registries,
    @inject(EXECUTOR) private readonly executor: Executor,
    @inject(LEDGER) private readonly ledger: Ledger,
    @inject(COMMANDS) private readonly commands: Commands,
    @inject(LOCK) private readonly lock: Lock,
    @inject(REPORTER) private readonly reporter: Reporter,
  ) {}

  /** Runs what plans and changes while no other command does. `waiting` hears who has to end first. */
  exclusively<T>(run: () => Promise<T>, waiting: (holder: string) => void): Promise<T> {
    return this.lock.exclusively(run, waiting);
  }

  /** Throws all mistakes of the text at once. Touches nothing, asks nobody. */
  draft({ source }: TopologyInput): Draft {
    return draft(source, this.registries);
  }

  async plan(input: TopologyInput): Promise<Planned> {
    const drafted = this.draft(input);
    return planUp(drafted, await this.#parts(drafted.topology.name));
  }

  /** `drafted` lets nodes be found that carry no mark of ours: those of pids. */
  async planDown(name: string, drafted?: Draft): Promise<Planned> {
    return planDown(name, drafted?.targets ?? [], await this.#parts(name));
  }

  async up(input: TopologyInput, planned: Planned, signal: AbortSignal): Promise<ApplyReport> {
    const name = planned.plan.topology;
    let commands: ApplyReport['commands'] = [];
    await this.#apply(
      planned,
      signal,
      () => this.plan(input),
      async () => {
        commands = await runCommands(planned, this.registries, this.commands);
        const replaced = replacedBy(planned, await this.ledger.read(name), this.registries.types);
        const { source, base } = input;
        await this.ledger.write({ topology: name, source: source.tree, base, resources: planned.desired, replaced });
      },
    );
    return { topology: name, changes: planned.plan.changes, commands };
  }

  async down(planned: Planned, drafted: Draft | undefined, signal: AbortSignal): Promise<ApplyReport> {
    const name = planned.plan.topology;
    await this.#apply(
      planned,
      signal,
      () => this.planDown(name, drafted),
      () => this.ledger.remove(name),
    );
    return { topology: name, changes: planned.plan.changes, commands: [] };
  }

  async #parts(name: string): Promise<PipelineParts> {
    return { registries: this.registries, executor: this.executor, last: await this.ledger.read(name) };
  }

  async #apply(
    planned: Planned,
    signal: AbortSignal,
    again: () => Promise<Planned>,
    finish: () => Promise<void>,
  ): Promise<void> {
    await apply(planned.plan, {
      executor: this.executor,
      reporter: this.reporter,
      before: planned.survey.actual,
      observe: async () => (await this.executor.survey(planned.request)).actual,
      remaining: async () => (await again()).plan.changes,
      finish,
      signal,
    });
  }
}
