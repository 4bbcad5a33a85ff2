import { type Line, renderCommand, renderNetlink, renderProcess, type RenderContext } from '@pipewright/kernel';
import {
  type EngineOp,
  type ExecOp,
  type FileBlockOp,
  type NetlinkOp,
  type OffloadOp,
  type Op,
  placeKey,
  type ProcessOp,
  requestPlace,
  type SysctlOp,
  type TuntapOp,
} from '@pipewright/plugin';
import { abreast } from '../engine-op.js';
import { inNamespace, type NamespacePath } from '../survey/answers.js';

/** One process: a program, or lines for `ip -batch`, each from the op it belongs to. */
export type Job = LinesJob | ProgramJob | EngineJob | FileBlockJob;

export interface LinesJob {
  readonly type: 'lines';
  readonly path: NamespacePath;
  /** Of `ip` itself: `-6`. */
  readonly options: readonly string[];
  readonly lines: { readonly op: Op; readonly line: Line }[];
}

export interface ProgramJob {
  readonly type: 'program';
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly op: Op;
}

/** Requests to a container engine, in order: no process at all. */
export interface EngineJob {
  readonly type: 'engine';
  readonly ops: readonly EngineOp[];
}

/** A file that is written in process: no program takes the care that it needs. */
export interface FileBlockJob {
  readonly type: 'file-block';
  readonly op: FileBlockOp;
}

/** Jobs that may run at the same time. */
export type Round = readonly Job[];

export interface JobContext extends RenderContext {
  /** The way into the namespace of a place. Throws for one that nobody has seen. */
  readonly path: (on: Op['on']) => NamespacePath;
  /** The file of a place's namespace, where it has one. */
  readonly file: (on: Op['on']) => string | undefined;
  /** Undoing. */
  readonly undo: boolean;
}

/** The rounds of one batch, in order: requests to one namespace share a process, namespaces are made, and helpers ended, side by side. */
export function roundsOf(ops: readonly Op[], context: JobContext): readonly Round[] {
  const rounds: Job[][] = [];
  for (let next = 0; next < ops.length; ) {
    const things = abreast(ops, next);
    const op = ops[next];
    if (things.length > 0) rounds.push(things.map((it): EngineJob => ({ type: 'engine', ops: it })));
    else if (op) for (const job of jobsOf(op, context)) join(rounds, job);
    next += Math.max(1, things.flat().length);
  }
  return rounds;
}

/** With the last round, where it may be. */
function join(rounds: Job[][], job: Job): void {
  const last = rounds.at(-1);
  const [first] = last ?? [];
  if (first?.type === 'lines' && job.type === 'lines' && shared(first, job)) first.lines.push(...job.lines);
  else if (last && first && makesNamespace(first) && makesNamespace(job)) last.push(job);
  else if (last && endsBeside(last, job)) last.push(job);
  else rounds.push([job]);
}

const makesNamespace = (job: Job): boolean => job.type === 'program' && job.op.op === 'namespace';

/** Helpers of several nodes are ended side by side; those of one may need each other. */
function endsBeside(last: Round, job: Job): boolean {
  const ended = [...last, job].map(nodeOfEnded);
  return ended.every((it) => it !== undefined) && new Set(ended).size === ended.length;
}

const nodeOfEnded = (job: Job): string | undefined =>
  job.type === 'program' && job.op.op === 'process' && job.op.verb === 'stop' ? placeKey(job.op.in) : undefined;

function jobsOf(op: Op, context: JobContext): readonly Job[] {
  if (op.op === 'netlink')
    return renderNetlink(op, context).map((words) => lineJob(op, words, context.path(requestPlace(op))));
  if (op.op === 'engine') return [{ type: 'engine', ops: [op] }];
  if (op.op === 'file-block') return [{ type: 'file-block', op }];
  const argv = op.op === 'namespace' ? renderCommand(op) : inNamespace(context.path(op.on), wordsOf(op, context));
  return [{ type: 'program', argv, op, ...(op.op === 'exec' && op.stdin !== undefined ? { stdin: op.stdin } : {}) }];
}

const wordsOf = (
  op: SysctlOp | OffloadOp | TuntapOp | ExecOp | ProcessOp,
  { file, undo }: JobContext,
): readonly string[] => (op.op === 'process' ? renderProcess(op, { file: file(op.in), undo }) : renderCommand(op));

function lineJob(op: NetlinkOp, words: Line, path: NamespacePath): LinesJob {
  const first = words.findIndex((word) => !word.startsWith('-'));
  return { type: 'lines', path, options: words.slice(0, first), lines: [{ op, line: words.slice(first) }] };
}

/** `ip neigh` ends the whole batch where it fails, and no line is named: it gets a process of its own. */
const shared = (one: LinesJob, other: LinesJob): boolean =>
  one.path === other.path &&
  one.options.join(' ') === other.options.join(' ') &&
  ![one.lines[0], other.lines[0]].some((it) => it?.line[0] === 'neigh');
