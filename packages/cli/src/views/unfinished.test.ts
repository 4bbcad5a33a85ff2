import type { Recovery } from '@pipewright/core';
import type { Unfinished } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { recoveryJson, recoveryText, unfinishedJson, unfinishedText } from './unfinished.js';

const of = (more: Partial<Unfinished> = {}): Unfinished => ({
  topology: 'shop',
  command: 'up',
  request: { topology: 'shop', nodes: [], wanted: [], applied: [] },
  before: [],
  record: '/run/pipewright/journal/1.jsonl',
  since: Date.UTC(2026, 1, 3, 4, 5, 6, 789),
  stages: [],
  committed: false,
  where: 'here',
  running: false,
  damaged: false,
  ...more,
});

const WHAT = '`up` of shop, begun 2026-02-03T04:05:06Z,';

test.each<[Partial<Unfinished>, string]>([
  [{}, 'was not finished; `pipewright recover` undoes it, and so does the next command that changes something'],
  [{ committed: true }, 'did its work, but not its record; `pipewright recover` completes it'],
  [{ where: 'before-boot' }, 'was not finished, and went with the last boot'],
  [
    { where: 'elsewhere' },
    'was not finished, in another network namespace than this; it can be undone there (/run/pipewright/journal/1.jsonl)',
  ],
])('what is unfinished: %j', (more, text) => expect(unfinishedText(of(more))).toBe(`${WHAT} ${text}`));

test('names of others do nothing to the terminal', () =>
  expect(unfinishedText(of({ command: 'up\u001b[2J' }))).toContain('up\\x1b[2J'));

const recovery = (outcome: Recovery['outcome'], changes = 34, more: Partial<Recovery> = {}): Recovery => ({
  of: of(),
  outcome,
  changes,
  left: [],
  leftAlone: [],
  away: [],
  ...more,
});

test.each<[Recovery['outcome'], number, string]>([
  ['undone', 34, 'was not finished; 34 changes undone'],
  ['undone', 1, 'was not finished; 1 change undone'],
  ['undone', 0, 'was not finished; it had changed nothing'],
  ['partly', 3, 'was not finished; not all of its 3 changes could be undone'],
  ['completed', 3, 'had done its work; its record is complete now'],
  ['accepted', 3, 'was not finished; the host is taken as it left it'],
])('what became of it: %s, %d', (outcome, changes, text) =>
  expect(recoveryText(recovery(outcome, changes))).toBe(`${WHAT} ${text}`),
);

test('what was left alone and what could not be read are lines of their own', () => {
  const leftAlone = [{ code: 'X', message: 'device br0 is not ours.', fix: '', exit: 1 as const }];
  const text = recoveryText(recovery('undone', 1, { of: of({ damaged: true }), leftAlone }));
  expect(text.split('\n').slice(1)).toEqual([
    '  a part of /run/pipewright/journal/1.jsonl could not be read: more may have been changed than was known',
    '  device br0 is not ours.',
  ]);
});

test('for programs: by the topology, the command and the time', () => {
  const common = { topology: 'shop', command: 'up', since: '2026-02-03T04:05:06.789Z' };
  expect(unfinishedJson(of())).toMatchObject({ ...common, where: 'here', committed: false });
  expect(recoveryJson(recovery('undone'))).toEqual({
    ...common,
    outcome: 'undone',
    changes: 34,
    leftAlone: [],
    away: [],
  });
});

test('a host that was not reached is named, with what puts it back', () =>
  expect(recoveryText(recovery('undone', 3, { away: ['h2'] }))).toMatch(
    /h2 was not reached; `pipewright recover --host h2`/,
  ));
