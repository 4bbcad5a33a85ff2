import {
  decodeAcknowledgement,
  type EncodeContext,
  encodeNetlink,
  explain,
  groupDeletion,
  type NetlinkRequest,
  sysctlPath,
} from '@pipewright/kernel';
import {
  type CommandResult,
  type DeviceKind,
  type NetlinkOp,
  type Op,
  type OpFailure,
  PipewrightError,
  type RunOptions,
} from '@pipewright/plugin';
import type { Program } from '../../ssh/framed.js';
import { deletionsFrom } from '../netlink/group-delete.js';
import { loopbackRequest } from '../netlink/loopback.js';
import type { LinesJob, ProgramJob } from '../shell/jobs.js';
import { failuresOf } from '../shell/outcomes.js';
import { isSo } from '../undone.js';
import {
  groupWord,
  makeLine,
  type Places,
  type Refusal,
  refusalsIn,
  removeLine,
  sendLine,
  sentWord,
  writeLine,
} from './relay-lines.js';

/** What a program of the host does, one of the ways. */
export type ProgramStep = LinesJob | ProgramJob;

/** What the relay does, and what does the same without it. */
export type RelayStep = RequestsStep | OtherStep;

interface Letter {
  readonly op: NetlinkOp;
  readonly request: NetlinkRequest;
  readonly word: string;
}

interface RequestsStep {
  readonly type: 'requests';
  readonly path: LinesJob['path'];
  readonly letters: Letter[];
  readonly instead: ProgramStep[];
  /** Of its words. */
  length: number;
}

/** Of one op that is no request. */
interface OtherStep {
  readonly type: 'other';
  readonly line: string;
  readonly instead: readonly [ProgramJob];
}

export interface RelayContext extends Places {
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
}

/** Steps with all that the relay can do in its hands. */
export function relayed(steps: readonly ProgramStep[], context: RelayContext): readonly (ProgramStep | RelayStep)[] {
  const found: (ProgramStep | RelayStep)[] = [];
  for (const it of steps.flatMap((step) => relaySteps(step, context))) {
    const last = found.at(-1);
    if (it.type === 'requests' && last?.type === 'requests' && fits(last, it)) {
      last.letters.push(...it.letters);
      last.instead.push(...it.instead);
      last.length += it.length;
    } else found.push(it);
  }
  return found;
}

const fits = (one: RequestsStep, other: RequestsStep): boolean =>
  one.path === other.path && one.length + other.length < LONGEST;

/** With a path it is still what a pipe has room for: so that the shell does not wait where nobody reads any more. */
const LONGEST = 50_000;

/** What no request can say a program does, or says what is wrong with it. */
function relaySteps(step: ProgramStep, context: RelayContext): readonly (ProgramStep | RelayStep)[] {
  try {
    if (step.type === 'lines') return requestsSteps(step, context);
    const line = lineOf(step.op, context);
    return line === undefined ? [step] : [{ type: 'other', line, instead: [step] }];
  } catch (error) {
    if (error instanceof PipewrightError) return [step];
    throw error;
  }
}

/** One for each op, or for devices that are removed one after the other. */
function requestsSteps(step: LinesJob, context: RelayContext): readonly RequestsStep[] {
  const linesOf = new Map<Op, LinesJob['lines']>();
  for (const line of step.lines) linesOf.set(line.op, [...(linesOf.get(line.op) ?? []), line]);
  const ops = [...linesOf.keys()];
  const found: RequestsStep[] = [];
  for (let next = 0; next < ops.length; ) {
    const removals = deletionsFrom(ops, next);
    const some = removals.length > 1 ? removals : ops.slice(next, next + 1);
    const each = some.flatMap((op) => (op.op === 'netlink' ? lettersOf(op, context) : []));
    const letters = removals.length > 1 ? [groupLetter(removals), ...each] : [...each];
    const instead = { ...step, lines: some.flatMap((op) => linesOf.get(op) ?? []) };
    const length = letters.reduce((sum, { word }) => sum + word.length + 1, 0);
    found.push({ type: 'requests', path: step.path, letters, instead: [instead], length });
    next += some.length;
  }
  return found;
}

/** Before removals of devices: they go together. */
const groupLetter = (removals: readonly NetlinkOp[]): Letter => ({
  op: removals[0] as NetlinkOp,
  request: groupDeletion(0),
  word: groupWord(removals.length),
});

const lettersOf = (op: NetlinkOp, context: RelayContext): readonly Letter[] =>
  encodeNetlink(op, unknowing(context)).map((request) => ({ op, request, word: sentWord(request, context) }));

/** Only there it is known which numbers things have. */
const unknowing = ({ deviceKind }: RelayContext): EncodeContext => ({
  deviceKind,
  index: (on, name) => ({ of: 'device', on, name }),
  netns: (on) => ({ of: 'namespace', on }),
  found: () => undefined,
});

/** Undefined for what takes a program. */
function lineOf(op: Op, { deviceKind, path }: RelayContext): string | undefined {
  if (op.op === 'sysctl')
    return writeLine(path(op.on), `/proc/sys/${sysctlPath(op.name)}`, op.value, op.optional === true);
  if (op.op !== 'namespace') return undefined;
  return op.verb === 'del' ? removeLine(op.name) : makeLine(op.name, loopbackRequest(op, deviceKind));
}

export const relayProgram = (step: RelayStep, { undo }: RunOptions): Program => ({
  argv: [
    'pw_ask',
    step.type === 'other'
      ? step.line
      : sendLine(
          step.path,
          step.letters.map(({ word }) => word),
          undo,
        ),
  ],
  own: true,
});

/** The ops of a step that failed. */
export function relayFailures(step: RelayStep, result: CommandResult, options: RunOptions): readonly OpFailure[] {
  if (result.code === 0) return [];
  if (step.type === 'other') return failuresOf(step.instead[0], result, options);
  const failures = refusalsIn(result.stdout).flatMap((it) => failureOf(step, it));
  const all =
    failures.length > 0
      ? failures
      : opsOf(step)
          .slice(0, 1)
          .map((op) => ({ op, message: result.stderr.trim() || `exit code ${result.code}` }));
  return all.filter(({ op, message }) => !isSo(op, message, options));
}

const opsOf = ({ letters }: RequestsStep): readonly Op[] => letters.map(({ op }) => op);

function failureOf({ letters }: RequestsStep, { number, answer }: Refusal): readonly OpFailure[] {
  const letter = letters[number];
  if (!letter || answer === undefined) return [];
  const { op, request } = letter;
  if (typeof answer === 'string') return [{ op, message: answer }];
  return [{ op, message: explain(decodeAcknowledgement(answer.body, answer.flags), request) }];
}
