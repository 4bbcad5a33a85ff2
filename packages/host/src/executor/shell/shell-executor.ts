import {
  type Batch,
  type CommandResult,
  type Executor,
  fail,
  type Op,
  type OpFailure,
  type Placement,
  placeKey,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { awaitGone } from '../await-gone.js';
import type { NamespacePath } from '../survey/answers.js';
import { cutWhereOpened, runEngineOp } from '../engine-op.js';
import { retraceMoves, untraced } from '../find-moved.js';
import type { ExecutorParts } from '../parts.js';
import { rootOf, runFileBlock } from '../file-block-op.js';
import {
  type EngineJob,
  type FileBlockJob,
  type Job,
  type JobContext,
  type LinesJob,
  type ProgramJob,
  type Round,
  roundsOf,
} from './jobs.js';
import { anyLinkOf, linksBy } from './links.js';
import { brokeOff, failuresOf, lineByLine, programOf } from './outcomes.js';
import { fileOf, NAMED, removeStale, wayOf } from '../survey/locate.js';
import { type Located, release } from '../survey/located.js';
import { needRoot, thisMachine } from '../survey/machine.js';
import { sideBySide } from '../survey/side-by-side.js';
import { outsideEnds } from '../survey/outside.js';
import { surveyHost } from '../survey/survey.js';
import { ShellAsker } from './shell-asker.js';

const LOOK_EVERY_MS = 20;

/** Reads and changes this host by the programs of iproute2 and util-linux. */
export class ShellExecutor implements Executor {
  readonly #parts: ExecutorParts;
  #located: readonly Located[] = [];
  /** Ways to all named namespaces seen so far: undoing makes one again that a later survey did not find. */
  readonly #named = new Map<string, NamespacePath>();
  /** Name of a namespace → the host's devices whose far end was in it when it was read. */
  #outside: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    await this.close();
    const { commands, engines, kinds } = this.#parts;
    const asker = new ShellAsker(commands);
    const { survey, located } = await surveyHost(request, {
      machine: thisMachine({ commands, engines }),
      asker,
      kinds,
    });
    this.#located = located;
    for (const it of located)
      if (it.node.locator.by === 'name') for (const [key, path] of wayOf(it)) this.#named.set(key, path);
    this.#outside = outsideEnds(survey);
    return survey;
  }

  async run(asked: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]> {
    needRoot();
    const links = linksBy(this.#parts.commands, this.#context().path);
    const { batches, failures: lost } = options.undo ? await retraceMoves(asked, links) : untraced(asked);
    const parts = batches.map(({ ops }) => cutWhereOpened(ops));
    // All that can be is put into words before anything runs: what cannot be said stops it here.
    const first = parts.map(([ops = []]) => roundsOf(ops, this.#context(options.undo)));
    const failures = await sideBySide(parts, async (it) => this.#runParts(it, first[parts.indexOf(it)] ?? [], options));
    const anyLeft = (names: readonly string[]) => anyLinkOf(this.#parts.commands, names);
    await awaitGone(
      batches.flatMap(({ ops }) => ops),
      { outside: this.#outside, anyLeft, clock: this.#parts.clock, everyMs: LOOK_EVERY_MS },
    );
    return [...lost, ...failures.flatMap((it) => it[0] ?? [])];
  }

  way(on: Placement): NamespacePath {
    return this.#context().path(on);
  }

  close(): Promise<void> {
    this.#located.forEach(release);
    this.#located = [];
    return Promise.resolve();
  }

  #context(undo = false): JobContext {
    const paths = new Map([...this.#named, ...this.#located.flatMap(wayOf)]);
    const files = new Map([...this.#named, ...this.#located.flatMap(fileOf)]);
    const path = (on: Placement): NamespacePath => {
      const key = placeKey(on);
      return on.node === undefined ? undefined : (paths.get(key) ?? fail(errors.unknownPlace(key)));
    };
    const own = `/proc/${process.pid}/ns/net`;
    return {
      path,
      file: (on) => files.get(placeKey(on)),
      undo,
      netns: (on) => path(on) ?? own,
      deviceKind: (kind) => this.#parts.kinds.deviceKinds.get(kind),
    };
  }

  async #runParts(
    [, ...more]: readonly (readonly Op[])[],
    first: readonly Round[],
    options: RunOptions,
  ): Promise<readonly OpFailure[]> {
    const failures = [...(await this.#runRounds(first, options))];
    for (const ops of more) {
      if (failures.length > 0 && !options.undo) break;
      failures.push(...(await this.#runRounds(roundsOf(ops, this.#context(options.undo)), options)));
    }
    return failures;
  }

  async #runRounds(rounds: readonly Round[], options: RunOptions): Promise<readonly OpFailure[]> {
    const failures: OpFailure[] = [];
    for (const round of rounds) {
      failures.push(...(await sideBySide(round, async (job) => this.#runJob(job, options))).flat());
      if (failures.length > 0 && !options.undo) break;
    }
    return failures;
  }

  async #runJob(job: Job, options: RunOptions): Promise<readonly OpFailure[]> {
    if (job.type === 'lines') return this.#runLines(job, options);
    if (job.type === 'file-block') return this.#runFileBlock(job);
    return job.type === 'engine' ? this.#runEngine(job) : this.#runProgram(job, options);
  }

  #runFileBlock({ op }: FileBlockJob): readonly OpFailure[] {
    const message = runFileBlock(op, (on) => rootOf(on, this.#located));
    return message === undefined ? [] : [{ op, message }];
  }

  async #runEngine({ op }: EngineJob): Promise<readonly OpFailure[]> {
    const opened = (located: Located): void => {
      this.#located = [...this.#located, located];
    };
    try {
      const message = await runEngineOp(op, { ...this.#parts, opened });
      return message === undefined ? [] : [{ op, message }];
    } catch (error) {
      return [{ op, message: error instanceof Error ? error.message : String(error) }];
    }
  }

  async #runProgram(job: ProgramJob, options: RunOptions): Promise<readonly OpFailure[]> {
    if (job.op.op === 'namespace' && job.op.verb === 'add') removeStale(`${NAMED}/${job.op.name}`);
    return failuresOf(job, await this.#carryOut(job, options), options);
  }

  async #runLines(job: LinesJob, options: RunOptions): Promise<readonly OpFailure[]> {
    const result = await this.#carryOut(job, options);
    if (!brokeOff(job, result, options)) return failuresOf(job, result, options);
    const each: OpFailure[] = [];
    for (const line of lineByLine(job)) each.push(...(await this.#runLines(line, options)));
    return each;
  }

  #carryOut(job: LinesJob | ProgramJob, options: RunOptions): Promise<CommandResult> {
    const { argv, input } = programOf(job, options);
    return this.#parts.commands.run(argv, input === undefined ? {} : { input });
  }
}
