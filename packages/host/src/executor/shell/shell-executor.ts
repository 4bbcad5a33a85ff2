import {
  type Batch,
  type CommandResult,
  type Executor,
  type Listening,
  type Op,
  type OpFailure,
  type Placement,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { awaitGone } from '../await-gone.js';
import type { NamespacePath } from '../survey/answers.js';
import { cutWhereOpened, runEngineOps } from '../engine-op.js';
import { retraceMoves, untraced } from '../find-moved.js';
import type { ExecutorParts } from '../parts.js';
import { rootOf, runFileBlock } from '../file-block-op.js';
import {
  type EngineJob,
  type FileBlockJob,
  type Job,
  type LinesJob,
  type ProgramJob,
  type Round,
  roundsOf,
} from './jobs.js';
import { anyLinkOf, linksBy } from './links.js';
import { InProcessAnnouncer } from './announce-in-process.js';
import { Monitor } from './monitor.js';
import { brokeOff, failuresOf, leftOf, lineByLine, programOf } from './outcomes.js';
import { NAMED, removeStale } from '../survey/locate.js';
import { type Located, release } from '../survey/located.js';
import { type Machine, needRoot, thisMachine } from '../survey/machine.js';
import { sideBySide } from '../survey/side-by-side.js';
import { outsideEnds } from '../survey/outside.js';
import { surveyHost } from '../survey/survey.js';
import { ShellAsker } from './shell-asker.js';
import { Together } from './together.js';
import { Ways } from './ways.js';

const LOOK_EVERY_MS = 20;

/** Places that are changed at a time: what is the same in each is carried out by few shells. */
const PLACES_AT_ONCE = 64;

/** Reads and changes this host by the programs of iproute2 and util-linux. */
export class ShellExecutor implements Executor {
  readonly #parts: ExecutorParts;
  readonly #together: Together;
  readonly #machine: Machine;
  readonly #ways: Ways;
  readonly #announcer = new InProcessAnnouncer();
  #announced: Promise<readonly Batch[]> | undefined;
  #located: readonly Located[] = [];
  /** Name of a namespace → the host's devices whose far end was in it when it was read. */
  #outside: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.#together = new Together(parts.commands);
    this.#machine = thisMachine(parts);
    const own = `/proc/${process.pid}/ns/net`;
    this.#ways = new Ways({ own, deviceKind: (kind) => parts.kinds.deviceKinds.get(kind) });
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    await this.#announced; // by the ways that the last look found
    await this.close();
    const { kinds } = this.#parts;
    const asker = new ShellAsker(this.#together);
    const { survey, located } = await surveyHost(request, { machine: this.#machine, asker, kinds });
    this.#located = located;
    this.#ways.renew(located);
    this.#outside = outsideEnds(survey);
    return survey;
  }

  async run(asked: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]> {
    needRoot();
    const links = linksBy(this.#parts.commands, (on) => this.#ways.to(on));
    const { batches, failures: lost } = options.undo ? await retraceMoves(asked, links) : untraced(asked);
    const parts = batches.map(({ ops }) => cutWhereOpened(ops));
    // All that can be is put into words before anything runs: what cannot be said stops it here.
    const first = parts.map(([ops = []]) => roundsOf(ops, this.#ways.context(options.undo)));
    const runPart = async (it: (typeof parts)[number]) => this.#runParts(it, first[parts.indexOf(it)] ?? [], options);
    const failures = await sideBySide(parts, runPart, PLACES_AT_ONCE);
    const anyLeft = (names: readonly string[]) => anyLinkOf(this.#parts.commands, names);
    await awaitGone(
      batches.flatMap(({ ops }) => ops),
      { outside: this.#outside, anyLeft, clock: this.#parts.clock, everyMs: LOOK_EVERY_MS },
    );
    return [...lost, ...failures.flatMap((it) => it[0] ?? [])];
  }

  announce(batches: readonly Batch[]): Promise<readonly Batch[]> {
    return (this.#announced = this.#announcer.announce(batches, this.#ways));
  }

  way(on: Placement): NamespacePath {
    return this.#ways.to(on);
  }

  listen(): Listening {
    return new Monitor();
  }

  close(): Promise<void> {
    this.#located.forEach(release);
    this.#located = [];
    this.#ways.forget();
    return Promise.resolve();
  }

  async #runParts(
    [, ...more]: readonly (readonly Op[])[],
    first: readonly Round[],
    options: RunOptions,
  ): Promise<readonly OpFailure[]> {
    const failures = [...(await this.#runRounds(first, options))];
    for (const ops of more) {
      if (failures.length > 0 && !options.undo) break;
      failures.push(...(await this.#runRounds(roundsOf(ops, this.#ways.context(options.undo)), options)));
    }
    return failures;
  }

  async #runRounds(rounds: readonly Round[], options: RunOptions): Promise<readonly OpFailure[]> {
    const failures: OpFailure[] = [];
    for (const round of rounds) {
      failures.push(...(await sideBySide(round, async (job) => this.#runJob(job, options), PLACES_AT_ONCE)).flat());
      if (failures.length > 0 && !options.undo) break;
    }
    return failures;
  }

  async #runJob(job: Job, options: RunOptions): Promise<readonly OpFailure[]> {
    if (job.type === 'lines') return this.#runLines(job, options);
    if (job.type === 'file-block') return this.#runFileBlock(job);
    return job.type === 'engine' ? this.#runEngine(job, options) : this.#runProgram(job, options);
  }

  #runFileBlock({ op }: FileBlockJob): readonly OpFailure[] {
    const message = runFileBlock(op, (on) => rootOf(on, this.#located));
    return message === undefined ? [] : [{ op, message }];
  }

  #runEngine({ ops }: EngineJob, { undo, stop }: RunOptions): Promise<readonly OpFailure[]> {
    const opened = (located: Located): void => {
      this.#located = [...this.#located, located];
      this.#ways.add(located);
    };
    return runEngineOps(ops, { ...this.#parts, opened, stop }, undo);
  }

  async #runProgram(job: ProgramJob, options: RunOptions): Promise<readonly OpFailure[]> {
    if (job.op.op === 'namespace' && job.op.verb === 'add') removeStale(`${NAMED}/${job.op.name}`);
    return failuresOf(job, await this.#carryOut(job, options), options);
  }

  async #runLines(job: LinesJob, options: RunOptions): Promise<readonly OpFailure[]> {
    if (job.lines.length === 0) return [];
    const result = await this.#carryOut(job, options);
    const left = leftOf(job, result, options);
    if (left) return this.#runLines(left, options);
    if (!brokeOff(job, result, options)) return failuresOf(job, result, options);
    const each: OpFailure[] = [];
    for (const line of lineByLine(job)) each.push(...(await this.#runLines(line, options)));
    return each;
  }

  #carryOut(job: LinesJob | ProgramJob, options: RunOptions): Promise<CommandResult> {
    const { argv, input } = programOf(job, options);
    const commands = isShort(job) ? this.#together : this.#parts.commands;
    const stop = job.type === 'program' && job.op.op === 'process' ? options.stop : undefined;
    return commands.run(argv, { ...(input === undefined ? {} : { input }), ...(stop ? { stop } : {}) });
  }
}

/** It waits for nothing, so that what comes after it in one shell does not either. */
const isShort = (job: LinesJob | ProgramJob): boolean => job.type === 'lines' || job.op.op === 'namespace';
