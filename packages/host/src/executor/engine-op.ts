import {
  type Clock,
  type EngineAnswer,
  type EngineOp,
  type Engines,
  engineSays,
  isFine,
  type Op,
  type OpFailure,
  placeKey,
} from '@pipewright/plugin';
import { runInTurn, thingsFrom } from './in-turn.js';
import { lastWords } from './last-words.js';
import { type Entering, locateContainer } from './survey/containers.js';
import type { Located } from './survey/located.js';
import { waitUntil } from './wait-until.js';

export interface EngineWorkplace {
  readonly engines: Engines;
  readonly clock: Clock;
  /** Hears of a node that has a namespace now. */
  readonly opened: (located: Located) => void;
  /** Absent: as on this machine. */
  readonly enter?: Entering;
  readonly stop?: AbortSignal | undefined;
}

const NOT_FOUND = 404;

/** Asks a container engine to do something, and finds what that has opened; returns what went wrong. */
export async function runEngineOp(op: EngineOp, at: EngineWorkplace): Promise<string | undefined> {
  const { engine, unless, given, fine, until, opens } = op;
  const look = (path: string): Promise<EngineAnswer> => at.engines.request(engine, { method: 'GET', path });
  const known = unless === undefined ? undefined : await look(unless);
  if (known && isFine(known)) return undefined;
  const there = given === undefined ? undefined : await look(given);
  if (there && !isFine(there)) return there.status === NOT_FOUND ? undefined : engineSays(there);
  const answer = await request(op, at);
  const failure = isFine(answer, fine) ? failureWithin(answer) : engineSays(answer);
  if (failure !== undefined) return known ? `${engineSays(known)}; ${failure}` : failure;
  if (until) return waitUntil(until, answer, () => request(op, at), { ...at, engine });
  return opens ? open(opens, at) : undefined;
}

const request = (
  { engine, method, path, body, login, timeoutMs }: EngineOp,
  { engines }: EngineWorkplace,
): Promise<EngineAnswer> =>
  engines.request(engine, {
    method,
    path,
    ...(body === undefined ? {} : { body }),
    ...(login === undefined ? {} : { login }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

/** What takes long is told as it goes on, under a status that says all is well: its end says whether it was. */
function failureWithin({ body }: EngineAnswer): string | undefined {
  const last: unknown = Array.isArray(body) ? body.at(-1) : body;
  const error = typeof last === 'object' && last !== null ? (last as { readonly error?: unknown }).error : undefined;
  return typeof error === 'string' ? error : undefined;
}

async function open(target: NonNullable<EngineOp['opens']>, at: EngineWorkplace): Promise<string | undefined> {
  if (target.locator.by !== 'container') return undefined;
  const located = await locateContainer(target, target.locator, at.engines, { enter: at.enter });
  if (located.node.state !== 'present') {
    const { engine, name } = target.locator;
    const why = await lastWords(engine, name, at).catch(() => undefined);
    return why ?? located.node.fault?.message ?? `${target.name} has no namespace`;
  }
  at.opened(located);
  return undefined;
}

export const runEngineOps = (
  ops: readonly EngineOp[],
  at: EngineWorkplace,
  undo: boolean,
): Promise<readonly OpFailure[]> =>
  runInTurn(ops, undo, (op) =>
    runEngineOp(op, at).catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
  );

/** What an engine may do at the same time. */
export const abreast = (ops: readonly Op[], start: number): readonly (readonly EngineOp[])[] =>
  thingsFrom(ops, start, (op) => (op.op === 'engine' && op.about !== undefined ? [op.about, op] : undefined));

/** Places that are found only while these ops run. */
export const placesOpened = (ops: readonly Op[]): ReadonlySet<string> =>
  new Set(ops.flatMap((op) => (op.op === 'engine' && op.opens ? [placeKey(op.opens.on)] : [])));

/**
 * Ops in order, cut where a place was opened: what follows can be put into words only then. What an engine is asked for
 * takes no words.
 */
export function cutWhereOpened(ops: readonly Op[]): readonly (readonly Op[])[] {
  const parts: Op[][] = [[]];
  let opened = false;
  for (const op of ops) {
    if (opened && op.op !== 'engine') {
      parts.push([]);
      opened = false;
    }
    opened ||= op.op === 'engine' && op.opens !== undefined;
    parts.at(-1)?.push(op);
  }
  return parts;
}
