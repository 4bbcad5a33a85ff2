import { renderCommand } from '@pipewright/kernel';
import {
  type Batch,
  type CommandResult,
  type Executor,
  fail,
  type HostNotes,
  type HostTarget,
  type Op,
  type OpFailure,
  type OtherMachine,
  type Placement,
  placeKey,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { Program, Sequence } from '../../ssh/framed.js';
import { FarEngines } from '../../ssh/far-engines.js';
import { NO_RELAY, RELAY_ENDED } from '../../ssh/relay.js';
import { SshShell } from '../../ssh/ssh-shell.js';
import { awaitGone } from '../await-gone.js';
import { cutWhereOpened, runEngineOps } from '../engine-op.js';
import { retraceMoves, untraced } from '../find-moved.js';
import type { ExecutorParts } from '../parts.js';
import { type EngineJob, type FileBlockJob, type Job, type Round, roundsOf } from '../shell/jobs.js';
import { sideBySide } from '../survey/side-by-side.js';
import { anyLinkOf, linksBy } from '../shell/links.js';
import { brokeOff, failuresOf, leftOf, lineByLine, programOf } from '../shell/outcomes.js';
import { Ways } from '../shell/ways.js';
import type { NamespacePath } from '../survey/answers.js';
import { NAMED } from '../survey/locate.js';
import type { Located } from '../survey/located.js';
import { outsideEnds } from '../survey/outside.js';
import { askAhead, surveyHost, type SurveyParts } from '../survey/survey.js';
import { announceThere } from './far-announcer.js';
import { AskedOnce } from './asked-once.js';
import { enterThere } from './far-containers.js';
import { FarCommands, type FarPrograms, Trips } from './far-commands.js';
import { type InEngine, writeThere } from './far-files.js';
import { farMachine, socketsSought } from './far-machine.js';
import { FarNotes } from './far-notes.js';
import { GREETING } from './far-questions.js';
import { RelayAsker, type RelayState } from './relay-asker.js';
import { type ProgramStep, relayed, relayFailures, relayProgram, type RelayStep } from './relay-steps.js';

const LOOK_EVERY_MS = 50;

/** The namespace of that machine's own, where sshd is. */
const OWN = '/proc/1/ns/net';

/** Who we are there, and which machine it is. */
interface Greeting {
  readonly user: string;
  readonly machine: string;
}

/** What became of taking the lock there. */
interface Taken {
  readonly code: number;
  readonly words: string;
  /** The pid of who has it. */
  readonly holder: string;
  readonly notes: Parameters<typeof FarNotes.of>[2];
}

const TAKEN = 1; // by flock(1)

const SOCKETS = 'for it; do if [ -S "$it" ]; then echo "$it"; fi; done';

/** A step of a batch with the script that it is a part of. */
type Step = ProgramStep | RelayStep;

/**
 * Reads and changes another host by its own programs, which one shell over ssh runs: nothing of ours is there. A survey
 * is a round trip or two and a stage is one, however many nodes there are.
 */
export class SshExecutor implements Executor {
  readonly #target: HostTarget;
  readonly #parts: Pick<ExecutorParts, 'clock' | 'kinds'>;
  readonly #shell: SshShell;
  readonly #programs: FarPrograms;
  readonly #commands: FarCommands;
  readonly #relay: RelayState = { known: undefined };
  #greeting: Greeting | undefined;
  #notes: FarNotes | undefined;
  #foreseen: SurveyRequest | undefined;
  /** What is known of a look that was foreseen. */
  #asked: AskedOnce | undefined;
  /** Who else changes it. */
  #holder = '';
  readonly #engines: FarEngines;
  readonly #ways: Ways;
  /** Nodes that are containers, by their places. */
  readonly #containers = new Map<string, InEngine>();
  #stale: ReadonlySet<unknown> = new Set();
  #outside: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(target: HostTarget, parts: Pick<ExecutorParts, 'clock' | 'kinds'>) {
    this.#target = target;
    this.#parts = parts;
    this.#shell = new SshShell(target);
    this.#programs = new Trips(this.#shell);
    this.#commands = new FarCommands(this.#programs);
    this.#engines = new FarEngines({ target, sockets: () => this.#sockets(), socket: () => this.#shell.socket });
    this.#ways = new Ways({ own: OWN, deviceKind: (kind) => parts.kinds.deviceKinds.get(kind) });
  }

  /** A look that will be asked for: what it takes goes along with what is asked first. */
  foresee(request: SurveyRequest): void {
    this.#foreseen = request;
  }

  /**
   * Which machine it is: a boot of a kernel, and a network namespace of it. `exclusively`: nobody else changes it from now
   * on, as long as it is open, unless somebody does so already.
   */
  async meet(exclusively: boolean): Promise<string> {
    const told = Promise.all([this.#greeted(), exclusively && !this.isLocked ? this.#take('--nonblock') : undefined]);
    this.#lookAhead(); // goes with it
    const [{ user, machine }, taken] = await told;
    if (exclusively && user !== '0') fail(errors.hostNeedsRoot(this.#target.name));
    if (taken) this.#settle(taken);
    return machine;
  }

  /** Whether nobody else changes it. */
  get isLocked(): boolean {
    return this.#shell.isLocked;
  }

  /** Waits until nobody else does. */
  async lock(waiting: (holder: string) => void): Promise<void> {
    if (this.#settle(await this.#take('--nonblock'))) return;
    waiting(this.#holder);
    this.#settle(await this.#take());
  }

  /** With what it keeps of what was begun on it. */
  async #take(...how: readonly string[]): Promise<Taken> {
    const [{ code, stderr, stdout: holder }, notes] = await Promise.all([
      this.#commands.own('pw_lock', ...how),
      FarNotes.ask(this.#commands),
    ]);
    return { code, words: stderr, holder, notes };
  }

  /** Whether it is ours now. What was asked while it was another's may have changed. */
  #settle({ code, words, holder, notes }: Taken): boolean {
    if (code === TAKEN) {
      this.#asked = undefined;
      this.#holder = /^\d+/.exec(holder)?.[0] ?? '';
      return false;
    }
    if (code !== 0) fail(errors.hostNoLock(this.#target.name, words.trim().split('\n').at(-1) ?? ''));
    this.#shell.keepLocked();
    this.#notes = FarNotes.of(this.#shell, this.#target, notes);
    return true;
  }

  #lookAhead(): void {
    if (this.#foreseen) this.#asked = this.#askedAhead(this.#foreseen);
    this.#foreseen = undefined;
  }

  #askedAhead(request: SurveyRequest): AskedOnce {
    const asked = new AskedOnce(this.#programs);
    askAhead(request, this.#surveyParts(asked.ahead, request));
    return asked;
  }

  #surveyParts(programs: FarPrograms, request: SurveyRequest): SurveyParts {
    const { kinds } = this.#parts;
    const commands = new FarCommands(programs);
    const where = `host "${this.#target.name}"`;
    const subject = { label: `H${where.slice(1)}`, where, atOnce: Infinity, unseen: true } as const;
    const asker = new RelayAsker({ commands, subject, relay: this.#relay, kinds, request });
    return { machine: farMachine(this.#target, commands, this.#engines, kinds), asker, kinds };
  }

  /** What it keeps of what was begun on it, where it is locked. */
  get ownNotes(): HostNotes | undefined {
    return this.#notes;
  }

  async #greeted(): Promise<Greeting> {
    if (this.#greeting) return this.#greeting;
    const [{ stdout }, { code }] = await Promise.all([
      this.#commands.ask(GREETING),
      this.#commands.own('pw_unrelayed'),
    ]);
    if (code !== 0) this.#relay.known = 'there'; // known before what was asked ahead is asked again: by the relay alone
    const [user = '', machine = ''] = stdout.trim().split(/ (.*)/s);
    return (this.#greeting = { user, machine });
  }

  /** As somebody sees it who looks at no topology. */
  async asOther(): Promise<OtherMachine> {
    await this.#engines.look();
    return { commands: this.#commands, engines: this.#engines };
  }

  async #sockets(): Promise<readonly string[]> {
    const { stdout } = await this.#commands.run(['sh', '-c', SOCKETS, 'sh', ...socketsSought(this.#parts.kinds)]);
    return stdout.split('\n');
  }

  /** Where other sessions join the connection. */
  get socket(): string | undefined {
    return this.#shell.socket;
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    const asked = this.#asked ?? this.#askedAhead(request);
    this.#asked = undefined;
    const { survey, located, stale } = await surveyHost(request, this.#surveyParts(asked, request));
    this.#ways.renew(located);
    this.#containers.clear();
    for (const it of located) this.#know(it);
    this.#stale = stale;
    this.#outside = outsideEnds(survey);
    return survey;
  }

  async run(asked: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]> {
    this.#asked = undefined;
    // Who was alone there and is cut off meets it again before anything is changed.
    if (this.#notes && !this.isLocked) fail(errors.hostLost(this.#target, ''));
    const links = linksBy(this.#commands, (on) => this.#ways.to(on));
    const { batches, failures: lost } = options.undo ? await retraceMoves(asked, links) : untraced(asked);
    const plain = batches.filter((it) => !asksEngines(it));
    const context = this.#ways.context(options.undo);
    const sequences = plain.map(({ ops }) => roundsOf(ops, context).flat().flatMap(stepOf));
    const [failures, others] = await Promise.all([
      sequences.length > 0 ? this.#runSteps(sequences, options) : [],
      Promise.all(batches.filter(asksEngines).map(({ ops }) => this.#runWithEngines(ops, options))),
    ]);
    await awaitGone(
      batches.flatMap(({ ops }) => ops),
      {
        outside: this.#outside,
        anyLeft: (names) => anyLinkOf(this.#commands, names),
        clock: this.#parts.clock,
        everyMs: LOOK_EVERY_MS,
      },
    );
    return [...lost, ...[...failures, ...others].flatMap((it) => (options.undo ? it : it.slice(0, 1)))];
  }

  async announce(batches: readonly Batch[]): Promise<readonly Batch[]> {
    if (this.#relay.known !== 'there') return [];
    return announceThere(batches, { commands: this.#commands, way: (on) => this.#ways.to(on) });
  }

  #know({ node: { on, locator } }: Located): void {
    if (locator.by === 'container') this.#containers.set(placeKey(on), locator);
  }

  /** In turns, as what an engine is asked for goes another way than what programs do there. */
  async #runWithEngines(ops: readonly Op[], options: RunOptions): Promise<readonly OpFailure[]> {
    const failures: OpFailure[] = [];
    for (const part of cutWhereOpened(ops)) {
      for (const turn of inTurns(roundsOf(part, this.#ways.context(options.undo)))) {
        if (failures.length > 0 && !options.undo) return failures;
        failures.push(...(await this.#runTurn(turn, options)));
      }
    }
    return failures;
  }

  async #runTurn(turn: Round, options: RunOptions): Promise<readonly OpFailure[]> {
    const engineJobs = turn.filter((it) => it.type === 'engine');
    const [first] = turn;
    if (engineJobs.length === turn.length)
      return (await sideBySide(engineJobs, async (it) => this.#runEngine(it, options))).flat();
    if (first && isInContainer(first)) return this.#runFile(first);
    return (await this.#runSteps([turn.flatMap(stepOf)], options)).flat();
  }

  async #runFile({ op }: FileBlockJob): Promise<readonly OpFailure[]> {
    const container = this.#containers.get(placeKey(op.on));
    const message = container
      ? await writeThere(this.#engines, container, op)
      : errors.noFiles(op.on.node ?? '').message;
    return message === undefined ? [] : [{ op, message }];
  }

  #runEngine({ ops }: EngineJob, { undo }: RunOptions): Promise<readonly OpFailure[]> {
    const opened = (located: Located): void => {
      this.#ways.add(located);
      this.#know(located);
    };
    const enter = enterThere(this.#commands);
    return runEngineOps(ops, { engines: this.#engines, clock: this.#parts.clock, opened, enter }, undo);
  }

  way(on: Placement): NamespacePath {
    return this.#ways.to(on);
  }

  async close(): Promise<void> {
    this.#ways.forget();
    this.#notes = undefined;
    this.#asked = undefined;
    await this.#engines.close();
    return this.#shell.close();
  }

  async #runSteps(
    asked: readonly (readonly ProgramStep[])[],
    options: RunOptions,
  ): Promise<readonly (readonly OpFailure[])[]> {
    return this.#runSequences(this.#relay.known === 'there' ? asked.map((it) => this.#relayed(it)) : asked, options);
  }

  async #runSequences(
    sequences: readonly (readonly Step[])[],
    options: RunOptions,
  ): Promise<readonly (readonly OpFailure[])[]> {
    const results = await this.#shell.run(sequences.map((steps) => this.#sequenceOf(steps, options)));
    return Promise.all(
      sequences.map(async (steps, index) => {
        const failures: OpFailure[] = [];
        for (const [at, step] of steps.entries())
          failures.push(...(await this.#failures(step, results[index]?.[at], options)));
        const left = leftOfSteps(steps, results[index] ?? [], options);
        return left.length > 0 ? [...failures, ...(await this.#runSequences([left], options)).flat()] : failures;
      }),
    );
  }

  async #failures(step: Step, result: CommandResult | undefined, options: RunOptions): Promise<readonly OpFailure[]> {
    if (!result) return [];
    if (step.type === 'requests' || step.type === 'other') return this.#relayFailures(step, result, options);
    if (step.type === 'program' || !brokeOff(step, result, options)) return failuresOf(step, result, options);
    return (await this.#runSteps([lineByLine(step)], options)).flat();
  }

  /** Undoing does no harm twice: where the relay ended, nobody knows when, programs do it. */
  async #relayFailures(step: RelayStep, result: CommandResult, options: RunOptions): Promise<readonly OpFailure[]> {
    if (result.code === NO_RELAY || result.code === RELAY_ENDED) {
      this.#relay.known = 'missing';
      if (options.undo) return (await this.#runSteps([step.instead], options)).flat();
    }
    return relayFailures(step, result, options);
  }

  #relayed(steps: readonly ProgramStep[]): readonly Step[] {
    const { path } = this.#ways.context(false);
    return relayed(steps, { path, deviceKind: (kind) => this.#parts.kinds.deviceKinds.get(kind) });
  }

  #sequenceOf(steps: readonly Step[], options: RunOptions): Sequence {
    return { programs: steps.map((it) => this.#program(it, options)), ...(options.undo ? { all: true } : {}) };
  }

  /** What is left of a crash between making the file of a namespace and mounting the namespace on it goes first. */
  #program(step: Step, options: RunOptions): Program {
    if (step.type === 'requests' || step.type === 'other') return relayProgram(step, options);
    const program = programOf(step, options);
    const op = step.type === 'program' ? step.op : undefined;
    if (op?.op !== 'namespace' || op.verb !== 'add' || !this.#stale.has(op.name)) return program;
    return {
      ...program,
      argv: ['sh', '-c', 'rm -f -- "$1"; shift; "$@"', 'sh', `${NAMED}/${op.name}`, ...program.argv],
    };
  }
}

/** The shell ends where anything fails: what is left where that was the removal of a device that was gone. */
function leftOfSteps(
  steps: readonly Step[],
  results: readonly (CommandResult | undefined)[],
  options: RunOptions,
): readonly Step[] {
  for (const [at, step] of steps.entries()) {
    const result = results[at];
    const left = step.type === 'lines' && result ? leftOf(step, result, options) : undefined;
    if (left) return [...(left.lines.length > 0 ? [left] : []), ...steps.slice(at + 1)];
  }
  return [];
}

/** Files of a container are reached by its engine. */
const asksEngines = ({ ops }: Batch): boolean =>
  ops.some(({ op, on }) => op === 'engine' || (op === 'file-block' && on.node !== undefined));

const isInContainer = (job: Job): job is FileBlockJob => job.type === 'file-block' && job.op.on.node !== undefined;

const isAlone = (job: Job): boolean => job.type === 'engine' || isInContainer(job);

/** What an engine is asked for by itself; what programs do one after the other together. */
function inTurns(rounds: readonly Round[]): readonly Round[] {
  const turns: Job[][] = [];
  for (const round of rounds) {
    const last = turns.at(-1);
    if (last && ![...last, ...round].some(isAlone)) last.push(...round);
    else turns.push([...round]);
  }
  return turns;
}

function stepOf(job: Job): readonly ProgramStep[] {
  if (job.type === 'engine') return [];
  return job.type === 'file-block' ? [{ type: 'program', op: job.op, argv: renderCommand(job.op) }] : [job];
}
