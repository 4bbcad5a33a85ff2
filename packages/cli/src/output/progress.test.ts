import type { Change } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { eventLines, LineProgress, Tally } from './progress.js';

const change = (id: string, node?: string): Change => ({
  action: 'create',
  type: 'device',
  key: id,
  id,
  on: { host: 'local', ...(node === undefined ? {} : { node }) },
  fields: [],
});

const [bridge, eth0, eth1] = [change('lan'), change('web/eth0', 'web'), change('web/eth1', 'web')];

test('a change counts once, in however many stages its ops are', () => {
  const tally = new Tally([bridge, eth0, eth1]);
  expect(tally.done([bridge, eth0])).toEqual([
    { place: 'the host', done: 1, all: 1 },
    { place: 'web', done: 1, all: 2 },
  ]);
  expect(tally.done([eth0])).toEqual([]);
  expect(tally.done([eth0, eth1])).toEqual([{ place: 'web', done: 2, all: 2 }]);
});

test('a line for each place that is done', async () => {
  const lines: string[] = [];
  const progress = new LineProgress((line) => lines.push(line));
  await progress.begin({ topology: 'shop', changes: [bridge, eth0, eth1], stages: [], impact: [], notes: [] });
  progress.event({ type: 'done', changes: [bridge, eth0] });
  progress.event({ type: 'done', changes: [eth1] });
  expect(lines).toEqual(['the host: 1 change made', 'web: 2 changes made']);
});

test('of many places a line for each tenth', async () => {
  const lines: string[] = [];
  const progress = new LineProgress((line) => lines.push(line));
  const changes = Array.from({ length: 50 }, (_, index) => change(`n${String(index)}/eth0`, `n${String(index)}`));
  await progress.begin({ topology: 'shop', changes, stages: [], impact: [], notes: [] });
  for (const it of changes) progress.event({ type: 'done', changes: [it] });
  expect(lines).toHaveLength(10);
  expect(lines.slice(-2)).toEqual(['45 of 50 places done', '50 of 50 places done']);
});

test('what failed and what became of it', () => {
  const tally = new Tally([]);
  const fault = { code: 'PW_X', message: 'no', fix: '', exit: 1 as const };
  expect(eventLines({ type: 'failed', fault, changes: [] }, tally)).toEqual(['failed: no']);
  const long = { ...fault, message: 'qdisc failed:\nno burst\nAll was put back.' };
  expect(eventLines({ type: 'failed', fault: long, changes: [] }, tally)).toEqual([
    'failed: qdisc failed:',
    '  no burst',
    '  All was put back.',
  ]);
  expect(eventLines({ type: 'undone', left: [] }, tally)).toEqual(['everything is as it was']);
  expect(eventLines({ type: 'undone', left: [fault] }, tally)).toEqual(['1 thing could not be put back']);
});
