import {
  decodeAcknowledgement,
  type EncodeContext,
  encodeNetlink,
  explain,
  type NetlinkRequest,
} from '@pipewright/kernel';
import {
  type CommandResult,
  type DeviceKind,
  type NamespaceOp,
  type NetlinkOp,
  type Op,
  type OpFailure,
  PipewrightError,
  type RunOptions,
} from '@pipewright/plugin';
import type { Program } from '../../ssh/framed.js';
import { loopbackRequest } from '../netlink/loopback.js';
import type { LinesJob, ProgramJob } from '../shell/jobs.js';
import { failuresOf } from '../shell/outcomes.js';
import { isUndone } from '../undone.js';
import { makeLine, type Places, type Refusal, refusalsIn, removeLine, sendLine, sentWord } from './relay-lines.js';

/** What a program of the host does, one of the ways. */
export type ProgramStep = LinesJob | ProgramJob;

/** What the relay does, and what does the same without it. */
export type RelayStep = RequestsStep | NamespaceStep;

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
}

interface NamespaceStep {
  readonly type: 'namespace';
  readonly line: string;
  readonly instead: readonly [ProgramJob];
}

export interface RelayContext extends Places {
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
}

/** Steps with all that the relay can do in its hands. */
export function relayed(steps: readonly ProgramStep[], context: RelayContext): readonly (ProgramStep | RelayStep)[] {
  const found: (ProgramStep | RelayStep)[] = [];
  for (const step of steps) {
    const it = relayStep(step, context);
    const last = found.at(-1);
    if (it?.type === 'requests' && last?.type === 'requests' && fits(last, it)) {
      last.letters.push(...it.letters);
      last.instead.push(...it.instead);
    } else found.push(it ?? step);
  }
  return found;
}

const fits = (one: RequestsStep, other: RequestsStep): boolean =>
  one.path === other.path && lengthOf(one) + lengthOf(other) < LONGEST;

/** With a path it is still what a pipe has room for: so that the shell does not wait where nobody reads any more. */
const LONGEST = 50_000;

const lengthOf = ({ letters }: RequestsStep): number => letters.reduce((sum, { word }) => sum + word.length + 1, 0);

/** Undefined: a program does it, or says what is wrong with it. */
function relayStep(step: ProgramStep, context: RelayContext): RelayStep | undefined {
  try {
    if (step.type === 'lines') return requestsStep(step, context);
    return step.op.op === 'namespace'
      ? { type: 'namespace', line: namespaceLine(step.op, context), instead: [step] }
      : undefined;
  } catch (error) {
    if (error instanceof PipewrightError) return undefined; // what no request can say
    throw error;
  }
}

function requestsStep(step: LinesJob, context: RelayContext): RequestsStep {
  const ops = new Set(step.lines.map(({ op }) => op));
  const letters = [...ops].flatMap((op) => (op.op === 'netlink' ? lettersOf(op, context) : []));
  return { type: 'requests', path: step.path, letters, instead: [step] };
}

const lettersOf = (op: NetlinkOp, context: RelayContext): readonly Letter[] =>
  encodeNetlink(op, unknowing(context)).map((request) => ({ op, request, word: sentWord(request, context) }));

/** Only there it is known which numbers things have. */
const unknowing = ({ deviceKind }: RelayContext): EncodeContext => ({
  deviceKind,
  index: (on, name) => ({ of: 'device', on, name }),
  netns: (on) => ({ of: 'namespace', on }),
  found: () => undefined,
});

const namespaceLine = (op: NamespaceOp, { deviceKind }: RelayContext): string =>
  op.verb === 'del' ? removeLine(op.name) : makeLine(op.name, loopbackRequest(op, deviceKind));

export const relayProgram = (step: RelayStep, { undo }: RunOptions): Program => ({
  argv: [
    'pw_netlink',
    step.type === 'namespace'
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
  if (step.type === 'namespace') return failuresOf(step.instead[0], result, options);
  const failures = refusalsIn(result.stdout).flatMap((it) => failureOf(step, it));
  const all =
    failures.length > 0
      ? failures
      : opsOf(step)
          .slice(0, 1)
          .map((op) => ({ op, message: result.stderr.trim() || `exit code ${result.code}` }));
  return options.undo ? all.filter(({ op, message }) => !isUndone(op, message)) : all;
}

const opsOf = ({ letters }: RequestsStep): readonly Op[] => letters.map(({ op }) => op);

function failureOf({ letters }: RequestsStep, { number, answer }: Refusal): readonly OpFailure[] {
  const letter = letters[number];
  if (!letter || answer === undefined) return [];
  const { op, request } = letter;
  if (typeof answer === 'string') return [{ op, message: answer }];
  return [{ op, message: explain(decodeAcknowledgement(answer.body, answer.flags), request) }];
}
