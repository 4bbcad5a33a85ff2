import { type Observed, type PlannedOp, ref } from '@pipewright/plugin';
import { things } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { guard } from './guard.js';
import { leftBehind } from './left-behind.js';

const { making, replacing, setting, stageOf, thing, unmaking } = things;

/** `x 1`, `x 1 foreign`, or nothing. */
const seen = (words: string): readonly Observed[] => {
  const [name = '', value = '', foreign] = words.split(' ');
  return name === '' ? [] : [thing(name, { value, ...(foreign ? {} : { owner: 't' }) })];
};

/** What undoing the ops still runs. */
const undone = (ops: readonly PlannedOp[], before: string, now: string) => {
  const { stages, foreign } = guard([stageOf(...ops)], {
    topology: 't',
    before: seen(before),
    now: seen(now),
    applied: [],
  });
  const left = stages.flatMap(({ batches }) => batches.flatMap((it) => it.ops.flatMap(({ inverse }) => inverse)));
  return [...left.map((it) => (it.op === 'exec' ? it.argv.join(' ') : '')), ...foreign.map(({ id }) => `leaves ${id}`)];
};

const [away, there] = replacing('x');
const CASES: readonly (readonly [
  what: string,
  ops: readonly PlannedOp[],
  before: string,
  now: string,
  runs: readonly string[],
])[] = [
  ['what was made goes', [making('x')], '', 'x 1', ['unmake x']],
  ['what was not made yet needs nothing', [making('x')], '', '', []],
  ['what somebody else made is left alone', [making('x')], '', 'x 1 foreign', ['leaves x']],
  ['what was set is set back', [setting('x')], 'x 1', 'x 2', ['set x 1']],
  ['what was not set yet needs nothing', [setting('x')], 'x 1', 'x 1', []],
  ['what was set and is somebody else’s by now is not touched', [setting('x')], 'x 1', 'x 2 foreign', []],
  ['what was somebody else’s before is set back', [setting('x')], 'x 1 foreign', 'x 2 foreign', ['set x 1']],
  ['what was removed comes again', [unmaking('x')], 'x 1', '', ['make x 1']],
  ['what was not removed yet needs nothing', [unmaking('x')], 'x 1', 'x 1', []],
  ['what was removed does not come again over somebody else’s', [unmaking('x')], 'x 1', 'x 7 foreign', []],
  ['a replacement: the new goes, the old comes again', [away, there], 'x 1', 'x 2', ['make x 1', 'unmake x']],
  ['only the old is away', [away, there], 'x 1', '', ['make x 1']],
  ['nothing happened to it yet', [away, there], 'x 1', 'x 1', []],
  ['somebody else has taken its name', [away, there], 'x 1', 'x 7 foreign', ['leaves x']],
];

for (const [what, ops, before, now, runs] of CASES) test(what, () => expect(undone(ops, before, now)).toEqual(runs));

test('what is as it was is put back even so where it may go along with a replacement', () => {
  const [, other] = replacing('y');
  const before = [...seen('x 1'), ...seen('y 1')];
  const now = [...seen('x 1'), ...seen('y 2')];
  const { stages } = guard([stageOf(setting('x'), other)], { topology: 't', before, now, applied: [] });
  expect(stages[0]?.batches[0]?.ops).toHaveLength(2);
});

test('a bystander is put back where it ended, and left alone otherwise', () => {
  const [away, there] = replacing('x');
  const stages = [stageOf({ ...setting('y'), bystander: true }), stageOf(away, there)];
  const opsWith = (y: string) =>
    guard(stages, {
      topology: 't',
      before: [...seen('x 1'), ...seen('y 1')],
      now: [...seen('x 2'), ...seen(y)],
      applied: [],
    }).stages.map(({ batches }) => batches.flatMap(({ ops }) => ops).length);
  expect(opsWith('y 1')).toEqual([0, 2]);
  expect(opsWith('y 2')).toEqual([1, 2]);
});

test('what had lost its place already is not made again, and missed by nobody', () => {
  const stray = seen('x 1').map((it): Observed => ({ ...it, stray: true }));
  const stage = stageOf(...replacing('x'));
  const comparison = { topology: 't', before: stray, now: seen('x 2'), applied: [] };
  const [removal] = guard([stage], comparison).stages.flatMap(({ batches }) => batches.flatMap(({ ops }) => ops));
  expect(removal?.half).toBe('new');
  expect(guard([stage], { ...comparison, now: [] }).stages.flatMap(({ batches }) => batches[0]?.ops)).toEqual([]);
  expect(leftBehind([stage], { ...comparison, now: [] }, '')).toEqual([]);
});

test('what nothing makes again is removed where it was made anew, and missed by nobody', () => {
  const before = seen('x 1').map((it): Observed => ({ ...it, irretrievable: true }));
  const stage = stageOf(setting('x'));
  const comparison = { topology: 't', before, now: seen('x 2'), applied: [] };
  expect(guard([stage], comparison).stages).toEqual([stage]);
  expect(leftBehind([stage], comparison, '')).toHaveLength(1);
  expect(guard([stage], { ...comparison, now: [] }).stages[0]?.batches[0]?.ops).toEqual([]);
  expect(leftBehind([stage], { ...comparison, now: [] }, '')).toEqual([]);
});

test('what carries our mark, but not whose, is ours if it is as we made it', () => {
  const applied = [thing('x', { value: '1' })];
  for (const [now, kept] of [
    ['x 1 foreign', 1],
    ['x 2 foreign', 0],
  ] as const) {
    const { stages } = guard([stageOf(making('x'))], { topology: 't', before: [], now: seen(now), applied });
    expect(stages[0]?.batches[0]?.ops).toHaveLength(kept);
  }
});

describe('what goes along with what is undone', () => {
  const inner = (name: string, value: string, owner?: string): Observed => ({
    ...thing(name, { value, ...(owner === undefined ? {} : { owner }) }),
    within: [ref(thing('outer', { value: '' }))],
  });
  const outer = (value: string) => thing('outer', { value, owner: 't' });
  const stages = [stageOf(...replacing('outer'), ...replacing('inner'))];
  const inverses = (before: readonly Observed[], now: readonly Observed[], its = stages) =>
    guard(its, { topology: 't', before, now, applied: [] }).stages.flatMap(({ batches }) =>
      batches.flatMap(({ ops }) =>
        ops.flatMap(({ inverse }) => inverse.map((it) => 'argv' in it && it.argv.join(' '))),
      ),
    );
  const all = ['make outer 1', 'unmake outer', 'make inner 1', 'unmake inner'];

  test('goes, and comes again, though it is just as it was', () =>
    expect(inverses([outer('1'), inner('inner', '1', 't')], [outer('2'), inner('inner', '1', 't')])).toEqual(all));

  test('is in nobody’s way, whoever’s it is', () =>
    expect(inverses([outer('1'), inner('inner', '1', 't')], [outer('2'), inner('inner', '7')])).toEqual(
      all.filter((it) => it !== 'unmake inner'),
    ));

  test('does not come again where it went with what had lost its place', () => {
    const before = [{ ...outer('1'), stray: true as const }, inner('inner', '1', 't')];
    const comparison = { topology: 't', before, now: [], applied: [] };
    expect(inverses(before, [])).toEqual([]);
    expect(leftBehind(stages, comparison, '')).toEqual([]);
  });

  test('is as who else makes it has made it then, where that had the key of what we made', () => {
    const made = [stageOf(...replacing('outer'), making('inner'))];
    const on = (value: string): Observed => ({
      ...thing(`on-${value}`, { value }),
      within: [ref(inner('inner', ''))],
    });
    const before = [outer('1'), inner('inner', '1'), on('1')];
    const comparison = { topology: 't', before, now: [outer('1'), inner('inner', '2'), on('2')], applied: [] };
    expect(leftBehind(made, comparison, '')).toEqual([]);
    expect(guard(made, comparison)).toMatchObject({ foreign: [] });
    const left = leftBehind(made, { ...comparison, now: [outer('1'), inner('inner', '2', 't')] }, '');
    expect(left.map(({ message }) => message)).toEqual([expect.stringContaining('thing inner')]);
  });
});

test('what makes room for itself comes again over somebody else’s', () => {
  const op = { ...unmaking('x'), makesRoom: true as const };
  expect(undone([op], 'x 1', 'x 7 foreign')).toEqual(['make x 1']);
});
