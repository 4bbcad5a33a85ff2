import { type Change, exec, type Observed, type PlannedOp, resource, type Stage } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { guard } from './guard.js';
import { leftBehind } from './left-behind.js';

const on = { host: 'local' };

/** A thing of which one is at a place: a route of a destination. */
const at = (place: string, colour: string, owner?: string): Observed => ({
  ...resource('thing', on, place, { place, colour }),
  ...(owner === undefined ? {} : { owner }),
});

const moving = (from: string, to: string): Stage => {
  const { type, key, id } = at(to, '');
  const change: Change = { action: 'update', type, key, id, on, from: at(from, '').key, fields: ['place'] };
  const op: PlannedOp = { changes: [change], forward: [], inverse: [exec(on, 'move', to, from)] };
  return { batches: [{ on, ops: [op] }] };
};

/** How many ops undoing still has, and how many things are not as they were. */
function undoing(stage: Stage, before: readonly Observed[], now: readonly Observed[]): readonly [number, number] {
  const comparison = { topology: 't', before, now, applied: [] };
  const { stages } = guard([stage], comparison);
  return [
    stages.flatMap(({ batches }) => batches.flatMap(({ ops }) => ops)).length,
    leftBehind([stage], comparison, '').length,
  ];
}

const ours = at('main', 'green', 't');

test.each([
  ['it has not moved yet', [at('main', 'red')], [0, 0]],
  ['it waits, and ours has its place', [at('shelf', 'red'), ours], [1, 2]],
  ['it is in both places', [at('shelf', 'red'), at('main', 'red')], [1, 1]],
  ['undoing has lost it half way', [], [1, 1]],
] as const)('somebody else’s thing that made room goes back: %s', (_, now, expected) =>
  expect(undoing(moving('main', 'shelf'), [at('main', 'red')], now)).toEqual(expected),
);

test.each([
  ['it waits still', [at('shelf', 'red'), ours], [0, 0]],
  ['it has its place again', [at('main', 'red')], [1, 2]],
  ['somebody has put another there meanwhile: that stays', [at('main', 'blue')], [0, 2]],
] as const)('somebody else’s thing that was given its place again waits again: %s', (_, now, expected) =>
  expect(undoing(moving('shelf', 'main'), [at('shelf', 'red'), ours], now)).toEqual(expected),
);
