import { inject, injectable, Registries } from '@pipewright/core';
import {
  type Batch,
  CLOCK,
  type Clock,
  COMMANDS,
  type Commands,
  ENGINES,
  type Engines,
  type Executor,
  fail,
  type Listening,
  type OpFailure,
  type Pinger,
  type Placement,
  REPORTER,
  type Reporter,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { loadLibc } from '../sys/libc.js';
import { NetlinkExecutor } from './netlink/netlink-executor.js';
import { ShellExecutor } from './shell/shell-executor.js';
import type { ExecutorParts } from './parts.js';
import { needRights } from './rights.js';
import type { Kinds } from './survey/observe.js';

const CHOICES = ['netlink', 'shell'] as const;

/**
 * This host's executor: by rtnetlink in process, where the foreign function library loads; else by the programs of
 * iproute2, which it says. $PIPEWRIGHT_EXECUTOR chooses. The library is loaded at the first question to the host.
 */
@injectable()
export class LocalExecutor implements Executor {
  readonly #open: () => Promise<Executor>;
  #opening: Promise<Executor> | undefined;
  #executor: Executor | undefined;

  constructor(
    @inject(COMMANDS) commands: Commands,
    @inject(ENGINES) engines: Engines,
    @inject(CLOCK) clock: Clock,
    @inject(Registries) kinds: Kinds,
    @inject(REPORTER) reporter: Reporter,
  ) {
    this.#open = async () => openExecutor({ commands, engines, clock, kinds }, reporter);
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    return (await this.#opened()).survey(request);
  }

  needRights(batches: readonly Batch[]): void {
    needRights(batches);
  }

  async run(batches: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]> {
    return (await this.#opened()).run(batches, options);
  }

  async announce(batches: readonly Batch[]): Promise<readonly Batch[]> {
    return (await this.#executor?.announce?.(batches)) ?? [];
  }

  /** Of what nobody surveyed there is none. */
  way(on: Placement): string | undefined {
    return this.#executor?.way(on);
  }

  /** By what was surveyed with. */
  listen(): Listening | undefined {
    return this.#executor?.listen?.();
  }

  pinger(on: Placement): Pinger | undefined {
    return this.#executor?.pinger?.(on);
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  async #opened(): Promise<Executor> {
    return (this.#executor = await (this.#opening ??= this.#open()));
  }
}

async function openExecutor(parts: ExecutorParts, reporter: Reporter): Promise<Executor> {
  const chosen = process.env['PIPEWRIGHT_EXECUTOR'] ?? '';
  if (chosen !== '' && !CHOICES.some((it) => it === chosen)) fail(errors.unknownExecutor(chosen, CHOICES));
  if (chosen !== 'shell')
    try {
      const sys = await loadLibc();
      return new NetlinkExecutor(sys, parts);
    } catch (error) {
      const why = String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
      if (chosen === 'netlink') fail(errors.noNetlink(why), { cause: error });
      reporter.event({
        type: 'note',
        text: `rtnetlink cannot be used in process (${why}): iproute2's programs are, which is slower, and neighbours hear of no new MAC address`,
      });
    }
  return new ShellExecutor(parts);
}
