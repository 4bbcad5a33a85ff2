import {
  exec,
  type HostNotes,
  type HostTarget,
  keyOf,
  type Stage,
  type TransactionStart,
  type Unfinished,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { FarRecords } from './far-records.js';

const H1: HostTarget = { name: 'h1', ssh: 'root@h1' };
const H2: HostTarget = { name: 'h2', ssh: 'root@h2' };

/** Machines with the files that they keep; one of undefined is not reached. */
function machines(all: Readonly<Record<string, Map<string, string> | undefined>>) {
  const notesOf = (files: Map<string, string>): HostNotes => ({
    by: { boot: 'b', namespace: '4:5', pid: 77, started: '9' },
    read: () => Promise.resolve(new Map(files)),
    write: async (name, text) => void files.set(name, text),
    remove: async (name) => void files.delete(name),
  });
  return new FarRecords({
    notes: async (hosts) =>
      new Map(
        hosts.map(({ name }) => {
          const files = all[name];
          if (!files) throw new Error(`${name} is not there`);
          return [name, notesOf(files)];
        }),
      ),
  });
}

const change = (host: string): Stage => {
  const on = { host };
  const it = { action: 'create', type: 'thing', key: keyOf('thing', on, 'x'), id: 'x', on, fields: [] } as const;
  return { batches: [{ on, ops: [{ changes: [it], forward: [], inverse: [exec(on, 'unmake', 'x')] }] }] };
};

const start: TransactionStart = {
  topology: 'shop',
  command: 'up',
  request: { topology: 'shop', hosts: [H1, H2], nodes: [], wanted: [], applied: [] },
  before: [],
};

const work = { name: '1-a.jsonl', since: 1, start, ahead: () => [change('h1'), change('local'), change('h1')] };

const unfinished = (stages: readonly Stage[]): Unfinished => ({
  ...start,
  ...{ record: '/run/pipewright/journal/1-a.jsonl', since: 1, stages, committed: false },
  ...{ where: 'here', running: false, damaged: false },
});

describe('what other machines keep of a transaction', () => {
  test('is the part of each that has one, as if it had begun it itself', async () => {
    const [h1, h2] = [new Map<string, string>(), new Map<string, string>()];
    await machines({ h1, h2 }).write(work);
    expect(h2.size).toBe(0);
    const text = h1.get('1-a.jsonl') ?? '';
    expect(text).not.toMatch(/h1|h2/);
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ type: 'begin', by: { pid: 77 }, topology: 'shop' });
  });

  test('is read back by whatever name the machine has, and removed when all is done', async () => {
    const files = new Map<string, string>();
    await machines({ h1: files, h2: new Map() }).write(work);
    const there = { name: 'there', ssh: '198.51.100.1' };
    const records = machines({ there: files });
    const [it, ...others] = await records.unfinishedOn([there]);
    expect(others).toEqual([]);
    expect(it).toMatchObject({ keptBy: there, request: { hosts: [there] }, committed: false });
    expect(it?.stages).toEqual([change('there'), change('there')]);
    await records.remove([there], it?.record ?? '');
    expect(files.size).toBe(0);
  });

  test('is not what the machine began itself', async () => {
    const files = new Map<string, string>();
    await machines({ h1: files, h2: new Map() }).write(work);
    const own = (files.get('1-a.jsonl') ?? '').replace(/"from":"[^"]*",?/, '');
    expect(await machines({ h1: new Map([['1-a.jsonl', own]]) }).unfinishedOn([H1])).toEqual([]);
  });

  test('decides what is still to be undone: not what somebody else has undone, and not where nobody answers', async () => {
    const known = new Map([['1-a.jsonl', '']]);
    const it = unfinished([change('local'), change('h1'), change('h2')]);
    expect(await machines({ h1: known, h2: known }).standing(it)).toEqual({ stages: it.stages, away: [] });
    expect(await machines({ h1: new Map(), h2: known }).standing(it)).toEqual({
      stages: [change('local'), change('h2')],
      away: [],
    });
    expect(await machines({ h1: known }).standing(it)).toEqual({
      stages: [change('local'), change('h1')],
      away: ['h2'],
    });
  });
});
