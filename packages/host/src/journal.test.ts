import { exec, type Stage, type TransactionStart } from '@pipewright/plugin';
import { ManualClock, MemoryFileSystem } from '@pipewright/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileJournal } from './journal.js';

const on = { host: 'local' };
const BOOT = '/proc/sys/kernel/random/boot_id';

const start: TransactionStart = {
  topology: 'shop',
  command: 'up',
  request: { topology: 'shop', nodes: [], wanted: [], applied: [] },
  before: [],
};

const stage = (name: string): Stage => ({
  batches: [
    {
      on,
      ops: [
        {
          changes: [{ action: 'create', type: 'thing', key: `thing:local//${name}`, id: name, on, fields: [] }],
          forward: [],
          inverse: [exec(on, 'unmake', `${name} ü`)],
        },
      ],
    },
  ],
});

let files = new MemoryFileSystem();
const journal = () => new FileJournal(files, new ManualClock(1234), {});

beforeEach(async () => {
  vi.stubEnv('PIPEWRIGHT_STATE_DIR', '/state');
  files = new MemoryFileSystem();
  await files.write(BOOT, 'first\n');
  await files.write('/proc/self/ns/net', '');
});
afterEach(() => vi.unstubAllEnvs());

/** The journal of an `up` of three stages that was killed, and its path. */
async function killed(commit = false): Promise<{ readonly path: string; readonly text: string }> {
  const transaction = await journal().begin(start, () => []);
  for (const name of ['a', 'b', 'c']) await transaction.intend(stage(name));
  if (commit) await transaction.commit();
  const [name = ''] = await files.list('/state/journal');
  const path = `/state/journal/${name}`;
  return { path, text: (await files.read(path)) ?? '' };
}

async function readAs(path: string, text: string) {
  await files.write(path, text);
  const [it] = await journal().unfinished();
  return it;
}

test('a line a record, each JSON by itself', async () => {
  const { text } = await killed(true);
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  expect(records.map(({ type }) => type)).toEqual(['begin', 'intent', 'intent', 'intent', 'commit']);
  for (const { crc } of records) expect(crc).toMatch(/^[0-9a-f]{8}$/);
});

test.each([
  ['an intent', false, 2, false],
  ['a commit', true, 3, false],
])('torn at each byte of the last record, %s: it did not happen', async (_, commit, stages) => {
  const { path, text } = await killed(commit);
  const last = text.trimEnd().lastIndexOf('\n') + 1;
  for (let end = last; end < text.length - 1; end += 1) {
    const it = await readAs(path, text.slice(0, end));
    expect(it).toMatchObject({ committed: false, damaged: false });
    expect(it?.stages).toHaveLength(stages);
  }
  expect(await readAs(path, text.trimEnd())).toMatchObject({ committed: commit }); // all but the line's end is all
});

test('a byte changed anywhere: nothing of its record counts, and nothing after it', async () => {
  const { path, text } = await killed();
  const bytes = Buffer.from(text);
  const lineOf = (at: number): number => bytes.subarray(0, at).filter((byte) => byte === 10).length;
  for (let at = 0; at < bytes.length; at += 1) {
    const line = lineOf(at);
    for (const bit of [1, 128]) {
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] ?? 0) ^ bit;
      const read = readAs(path, changed.toString());
      if (line === 0) await expect(read).rejects.toMatchObject({ code: 'PW_BAD_JOURNAL', exit: 5 });
      else {
        const it = await read;
        expect(it?.stages.length).toBe(line - 1);
        // The end of a line is its next one's trouble too, and after the last record nothing is missed.
        if (bytes[at] !== 10) expect(it?.damaged).toBe(line < 3);
      }
    }
  }
});

test('what was committed was, whatever is damaged before it', async () => {
  const { path, text } = await killed(true);
  const it = await readAs(path, text.replace('"id":"b"', '"id":"x"'));
  expect(it).toMatchObject({ committed: true, damaged: true });
  expect(it?.stages).toEqual([stage('a')]);
});

test('a record of another format is not guessed at', async () => {
  vi.stubEnv('PIPEWRIGHT_STATE_DIR', '/state');
  const other = { ...start, format: 2 } as TransactionStart;
  await journal().begin(other, () => []);
  await expect(journal().unfinished()).rejects.toMatchObject({
    code: 'PW_BAD_JOURNAL',
    fix: expect.stringContaining('/state/journal/1234-') as string,
  });
});

describe('where it is from', () => {
  test('this boot and this namespace', async () => {
    await killed();
    expect(await journal().unfinished()).toMatchObject([{ where: 'here', since: 1234 }]);
  });

  test('another namespace', async () => {
    await killed();
    await files.write('/proc/self/ns/net', ''); // another file by that name
    expect(await journal().unfinished()).toMatchObject([{ where: 'elsewhere' }]);
  });

  test('another boot, whatever the namespace', async () => {
    await killed();
    await files.write('/proc/self/ns/net', '');
    await files.write(BOOT, 'second\n');
    expect(await journal().unfinished()).toMatchObject([{ where: 'before-boot' }]);
  });
});

describe('whoever began it', () => {
  const stat = (started: number) => `7 (a) (program) S 1 ${'0 '.repeat(17)}${started} 0 0\n`;
  const own = `/proc/${process.pid}/stat`;

  test.each([
    ['is at it', stat(500), true],
    ['is another process of that number by now', stat(501), false],
  ])('%s', async (_, now, running) => {
    await files.write(own, stat(500));
    await killed();
    await files.write(own, now);
    expect(await journal().unfinished()).toMatchObject([{ running }]);
  });

  test('is gone', async () => {
    await files.write(own, stat(500));
    await killed();
    await files.remove(own);
    expect(await journal().unfinished()).toMatchObject([{ running: false }]);
  });
});

test('drafts and what else is in its folder are not read', async () => {
  await files.write('/state/journal/.1234-abc.jsonl.draft', '');
  await files.write('/state/journal/ledger.json', '{}'); // of a topology called journal
  expect(await journal().unfinished()).toEqual([]);
});
