import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EngineOp, type NetlinkOp, type Op, type OpFailure, placeKey, type ProcessOp } from '@pipewright/plugin';
import { abreast, runEngineOps } from '../engine-op.js';
import { runInTurn, thingsFrom } from '../in-turn.js';
import { sideBySide } from '../survey/side-by-side.js';
import { isSo } from '../undone.js';
import { Courier } from './courier.js';
import { deletionsFrom, removeTogether } from './group-delete.js';
import { whatFailed, type Workplace } from './other-ops.js';
import type { Place, Places } from './places.js';

/** So many ops hold the event loop at the most: as many links take the kernel 50 to 100 ms. */
const TURN = 64;

/** Runs ops in order; ends soon after the first that fails, or in undoing goes through them all. */
export async function runBatch(ops: readonly Op[], at: Workplace, undo: boolean): Promise<readonly OpFailure[]> {
  const courier = new Courier(at.places, at.deviceKind, at.ended);
  const failed = (): readonly OpFailure[] => courier.failures.filter(({ op, message }) => !isSo(op, message, { undo }));
  const isOver = (): boolean => !undo && failed().length > 0;
  let turned = 0;
  for (const [index, step] of stepsOf(ops).entries()) {
    if (index - turned >= TURN) {
      courier.flush();
      await nextTurn();
      turned = index;
    }
    if (step.op === 'netlink') courier.take(step);
    else {
      courier.flush();
      if (!isOver()) await runStep(step, courier, at, undo);
    }
    if (isOver()) return failed();
  }
  courier.flush();
  return failed();
}

/** What goes to nobody together with others. */
type Alone = Exclude<Op, NetlinkOp>;

type Step =
  | Op
  | { readonly op: 'group'; readonly ops: readonly NetlinkOp[] }
  | { readonly op: 'abreast'; readonly things: readonly (readonly EngineOp[])[] }
  | { readonly op: 'stops'; readonly chains: readonly (readonly ProcessOp[])[] };

/**
 * Devices of one namespace that are removed one after the other, together; so is what an engine may do at the same time, and
 * helpers of several nodes that are ended.
 */
function stepsOf(ops: readonly Op[]): readonly Step[] {
  const steps: Step[] = [];
  for (let next = 0; next < ops.length; ) {
    const together = deletionsFrom(ops, next);
    const things = abreast(ops, next);
    const chains = stopsFrom(ops, next);
    const op = ops[next];
    if (together.length > 1) steps.push({ op: 'group', ops: together });
    else if (things.length > 0) steps.push({ op: 'abreast', things });
    else if (chains.length > 0) steps.push({ op: 'stops', chains });
    else if (op) steps.push(op);
    next += Math.max(1, together.length, things.flat().length, chains.flat().length);
  }
  return steps;
}

/** Helpers that are ended: by node, as those of one node may need each other. */
const stopsFrom = (ops: readonly Op[], start: number): readonly (readonly ProcessOp[])[] =>
  thingsFrom(ops, start, (op) => (op.op === 'process' && op.verb === 'stop' ? [placeKey(op.in), op] : undefined));

async function runStep(step: Exclude<Step, NetlinkOp>, courier: Courier, at: Workplace, undo: boolean): Promise<void> {
  if (step.op === 'group') {
    removeAll(step.ops, courier, at);
    return;
  }
  if (step.op === 'abreast') {
    const failures = await sideBySide(step.things, async (ops) => runEngineOps(ops, at, undo));
    courier.failures.push(...failures.flat());
    return;
  }
  const chains: readonly (readonly Alone[])[] = step.op === 'stops' ? step.chains : [[step]];
  const failures = await sideBySide(chains, async (ops) => runInTurn(ops, undo, (op) => whatFailed(op, at, undo)));
  courier.failures.push(...failures.flat());
}

function removeAll(ops: readonly NetlinkOp[], courier: Courier, { places }: Workplace): void {
  const [first] = ops;
  const place = first && placeOf(first, places);
  for (const op of place ? removeTogether(ops, place) : ops) courier.take(op);
}

/** Undefined where its namespace is gone: each op says so by itself. */
function placeOf({ on }: Op, places: Places): Place | undefined {
  try {
    return places.at(on);
  } catch {
    return undefined;
  }
}
