import { renderCommand } from '@pipewright/kernel';
import {
  type Batch,
  type CommandResult,
  type Executor,
  type FileBlockOp,
  fail,
  type HostNotes,
  type HostTarget,
  type OpFailure,
  type Placement,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { Program, Sequence } from '../../ssh/framed.js';
import { SshShell } from '../../ssh/ssh-shell.js';
import { awaitGone } from '../await-gone.js';
import { retraceMoves, untraced } from '../find-moved.js';
import type { ExecutorParts } from '../parts.js';
import { type Job, type LinesJob, type ProgramJob, roundsOf } from '../shell/jobs.js';
import { anyLinkOf, linksBy } from '../shell/links.js';
import { brokeOff, failuresOf, lineByLine, programOf } from '../shell/outcomes.js';
import { ShellAsker } from '../shell/shell-asker.js';
import { Ways } from '../shell/ways.js';
import type { NamespacePath } from '../survey/answers.js';
import { NAMED } from '../survey/locate.js';
import { outsideEnds } from '../survey/outside.js';
import { surveyHost } from '../survey/survey.js';
import { FarCommands } from './far-commands.js';
import { farMachine } from './far-machine.js';
import { FarNotes } from './far-notes.js';

const LOOK_EVERY_MS = 50;

/** The namespace of that machine's own, where sshd is. */
const OWN = '/proc/1/ns/net';

/** Who we are there, and which machine it is. */
interface Greeting {
  readonly user: string;
  readonly machine: string;
}

const GREETING = 'echo "$(id -u) $(cat /proc/sys/kernel/random/boot_id) $(stat -Lc %i /proc/self/ns/net)"';

/** A step of a batch with the script that it is a part of. */
type Step = LinesJob | ProgramJob;

/**
 * Reads and changes another host by its own programs, which one shell over ssh runs: nothing of ours is there. A survey
 * is a few round trips and a stage is one, however many nodes there are.
 */
export class SshExecutor implements Executor {
  readonly #target: HostTarget;
  readonly #parts: Pick<ExecutorParts, 'clock' | 'kinds'>;
  readonly #shell: SshShell;
  readonly #commands: FarCommands;
  #greeting: Greeting | undefined;
  #notes: FarNotes | undefined;
  readonly #ways: Ways;
  #stale: ReadonlySet<unknown> = new Set();
  #outside: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(target: HostTarget, parts: Pick<ExecutorParts, 'clock' | 'kinds'>) {
    this.#target = target;
    this.#parts = parts;
    this.#shell = new SshShell(target);
    this.#commands = new FarCommands(this.#shell);
    this.#ways = new Ways({ own: OWN, deviceKind: (kind) => parts.kinds.deviceKinds.get(kind) });
  }

  /** Which machine it is: a boot of a kernel, and a network namespace of it. */
  async machine(): Promise<string> {
    return (await this.#greeted()).machine;
  }

  /** Keeps others from changing it, as long as it is open. */
  async lock(waiting: (holder: string) => void): Promise<void> {
    if ((await this.#greeted()).user !== '0') fail(errors.hostNeedsRoot(this.#target.name));
    const said = await this.#shell.lock(waiting, FarNotes.programs);
    if (said) this.#notes = FarNotes.of(this.#shell, this.#target, said);
  }

  /** What it keeps of what was begun on it, where it is locked. */
  get ownNotes(): HostNotes | undefined {
    return this.#notes;
  }

  async #greeted(): Promise<Greeting> {
    if (this.#greeting) return this.#greeting;
    const { stdout } = await this.#commands.run(['sh', '-c', GREETING]);
    const [user = '', machine = ''] = stdout.trim().split(/ (.*)/s);
    return (this.#greeting = { user, machine });
  }

  /** Where other sessions join the connection. */
  get socket(): string | undefined {
    return this.#shell.socket;
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    const where = `host "${this.#target.name}"`;
    const asker = new ShellAsker(this.#commands, { label: `H${where.slice(1)}`, where, atOnce: Infinity });
    const machine = farMachine(this.#target, this.#commands, this.#parts.kinds);
    const { survey, located, stale } = await surveyHost(request, { machine, asker, kinds: this.#parts.kinds });
    this.#ways.renew(located);
    this.#stale = stale;
    this.#outside = outsideEnds(survey);
    return survey;
  }

  async run(asked: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]> {
    const links = linksBy(this.#commands, (on) => this.#ways.to(on));
    const { batches, failures: lost } = options.undo ? await retraceMoves(asked, links) : untraced(asked);
    const context = this.#ways.context(options.undo);
    const sequences = batches.map(({ ops }) => roundsOf(ops, context).flat().map(stepOf));
    const failures = await this.#runSteps(sequences, options);
    await awaitGone(
      batches.flatMap(({ ops }) => ops),
      {
        outside: this.#outside,
        anyLeft: (names) => anyLinkOf(this.#commands, names),
        clock: this.#parts.clock,
        everyMs: LOOK_EVERY_MS,
      },
    );
    return [...lost, ...failures.flatMap((it) => (options.undo ? it : it.slice(0, 1)))];
  }

  way(on: Placement): NamespacePath {
    return this.#ways.to(on);
  }

  close(): Promise<void> {
    this.#ways.forget();
    this.#notes = undefined;
    return this.#shell.close();
  }

  async #runSteps(
    sequences: readonly (readonly Step[])[],
    options: RunOptions,
  ): Promise<readonly (readonly OpFailure[])[]> {
    const results = await this.#shell.run(sequences.map((steps) => this.#sequenceOf(steps, options)));
    return Promise.all(
      sequences.map(async (steps, index) => {
        const failures: OpFailure[] = [];
        for (const [at, step] of steps.entries())
          failures.push(...(await this.#failures(step, results[index]?.[at], options)));
        return failures;
      }),
    );
  }

  async #failures(step: Step, result: CommandResult | undefined, options: RunOptions): Promise<readonly OpFailure[]> {
    if (!result) return [];
    if (step.type === 'program' || !brokeOff(step, result, options)) return failuresOf(step, result, options);
    return (await this.#runSteps([lineByLine(step)], options)).flat();
  }

  #sequenceOf(steps: readonly Step[], options: RunOptions): Sequence {
    return { programs: steps.map((it) => this.#program(it, options)), ...(options.undo ? { all: true } : {}) };
  }

  /** What is left of a crash between making the file of a namespace and mounting the namespace on it goes first. */
  #program(step: Step, options: RunOptions): Program {
    const program = programOf(step, options);
    const op = step.type === 'program' ? step.op : undefined;
    if (op?.op !== 'namespace' || op.verb !== 'add' || !this.#stale.has(op.name)) return program;
    return {
      ...program,
      argv: ['sh', '-c', 'rm -f -- "$1"; shift; "$@"', 'sh', `${NAMED}/${op.name}`, ...program.argv],
    };
  }
}

function stepOf(job: Job): Step {
  if (job.type === 'engine') return fail(errors.farEngine(job.op.engine.title));
  return job.type === 'file-block' ? { type: 'program', op: job.op, argv: wordsOf(job.op) } : job;
}

/** There are files of the host alone there, as there are no containers. */
const wordsOf = (op: FileBlockOp): readonly string[] =>
  op.on.node === undefined ? renderCommand(op) : fail(errors.noFiles(op.on.node));
