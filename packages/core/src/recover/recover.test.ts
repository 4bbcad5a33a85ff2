import type { FileSystem, Fault, LedgerEntry, TransactionStart } from '@pipewright/plugin';
import { type FileOperation, fileError, MemoryFileSystem, MemoryReporter, stateOn, things } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { apply } from '../apply/apply.js';
import { accept, recover, type Recovery } from './recover.js';

const { making, MemoryThings, planOf, replacing, setting, stageOf, unmaking } = things;

const [oldAway, newThere] = replacing('r');
const PLAN = planOf(
  stageOf(unmaking('d'), oldAway),
  stageOf(making('a'), newThere),
  stageOf(making('b'), setting('s'), making('c')),
);

const mine = { value: '1', owner: 't' };
const BEFORE = { d: mine, r: mine, s: mine, u: { value: 'own' } };
const wordsBefore = ['d 1', 'r 1', 's 1', 'u own foreign'];
const wordsAfter = ['a 1', 'b 1', 'c 1', 'r 2', 's 2', 'u own foreign'];

const entry = (base: string): LedgerEntry => ({ topology: 't', source: {}, base, resources: [], replaced: [] });

/** A machine with topology `t` as it was, and an `up` that changes it. */
class Machine {
  readonly host: InstanceType<typeof MemoryThings>;

  constructor(there: ConstructorParameters<typeof MemoryThings>[0] = BEFORE) {
    this.host = new MemoryThings(there);
  }

  async filesBefore(): Promise<MemoryFileSystem> {
    const files = new MemoryFileSystem();
    await files.write('/proc/sys/kernel/random/boot_id', 'first boot\n');
    await files.write('/proc/self/ns/net', '');
    const { ledger } = stateOn(files);
    await ledger.prepare('t', entry('old'));
    await ledger.settle('t');
    return files;
  }

  up(files: FileSystem, trouble?: Trouble): Promise<readonly Fault[]> {
    const start: TransactionStart = {
      topology: 't',
      command: 'up',
      request: { topology: 't', nodes: [], wanted: [], applied: [] },
      before: this.host.observed().filter(({ owner }) => owner === 't'),
    };
    return apply(PLAN, {
      ...stateOn(files),
      executor: this.host.executor(trouble),
      reporter: new MemoryReporter(),
      start,
      remaining: () => Promise.resolve([]),
      restarts: () => [],
      whyGone: () => undefined,
      deviceKinds: { get: () => undefined },
      desired: [],
      finish: () => Promise.resolve(entry('new')),
      signal: new AbortController().signal,
    });
  }

  async recover(files: FileSystem, trouble?: Trouble, how = recover): Promise<readonly Recovery[]> {
    const state = stateOn(files);
    const all: Recovery[] = [];
    for (const it of await state.journal.unfinished())
      all.push(await how(it, { ...state, executor: this.host.executor(trouble) }));
    return all;
  }

  /** What is, and what is known of it. */
  async state(files: FileSystem): Promise<unknown> {
    const { ledger, journal } = stateOn(files);
    const unfinished = (await journal.unfinished()).length;
    if (unfinished === 0) await ledger.settle('t'); // nothing is prepared any more that could be
    return { words: this.host.words, known: (await ledger.read('t'))?.base, unfinished };
  }
}

type Trouble = Parameters<InstanceType<typeof MemoryThings>['executor']>[0];

const asBefore = { words: wordsBefore, known: 'old', unfinished: 0 };
const asAfter = { words: wordsAfter, known: 'new', unfinished: 0 };

/** Everything here runs in microtasks: what has not ended by then never will. */
const untilItRests = (work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work.catch((error: unknown) => error), new Promise((resolve) => setImmediate(resolve, 'killed'))]);

type Run = (files: MemoryFileSystem, trouble?: Trouble) => Promise<unknown>;

/** Runs until the `at`th thing that reaches beyond the process, counted from 0; kills it there. Undefined: it ended before. */
async function killedAt(at: number, files: MemoryFileSystem, run: Run): Promise<MemoryFileSystem | undefined> {
  let count = 0;
  const last = (): boolean => count++ === at;
  let left: MemoryFileSystem | undefined;
  const watched: MemoryFileSystem = files.killed(() => {
    if (last()) left = watched.killed();
    return undefined;
  });
  const trouble = () => {
    if (!last()) return undefined;
    left = watched.killed();
    return 'dies' as const;
  };
  await untilItRests(run(watched, trouble));
  return left;
}

describe('killed at any point', () => {
  test('and recovered: all is as before, or after the commit as declared', async () => {
    const ends: unknown[] = [];
    for (let at = 0; ; at += 1) {
      const machine = new Machine();
      const left = await killedAt(at, await machine.filesBefore(), (files, trouble) => machine.up(files, trouble));
      if (!left) break;
      await machine.recover(left);
      ends.push(await machine.state(left));
    }
    const commit = ends.findIndex((it) => JSON.stringify(it) === JSON.stringify(asAfter));
    expect(ends.slice(0, commit).filter((it) => JSON.stringify(it) !== JSON.stringify(asBefore))).toEqual([]);
    expect(ends.slice(commit).filter((it) => JSON.stringify(it) !== JSON.stringify(asAfter))).toEqual([]);
    expect(commit).toBeGreaterThan(20); // many before it
    expect(ends.length - commit).toBeGreaterThan(2); // some after it
  });

  test('and the recovery at any point too, and the one after it: it converges', async () => {
    let runs = 0;
    for (let at = 0; ; at += 1) {
      const machine = new Machine();
      const left = await killedAt(at, await machine.filesBefore(), (files, trouble) => machine.up(files, trouble));
      if (!left) break;
      for (let again = 0; ; again += 1) {
        const same = new Machine(Object.fromEntries(machine.host.there));
        const recovering: Run = (files, trouble) => same.recover(files, trouble);
        const second = await killedAt(again, left, recovering);
        if (!second) break;
        const files = (await killedAt(again + 1, second, recovering)) ?? second.killed();
        await same.recover(files);
        expect([asBefore, asAfter]).toContainEqual(await same.state(files));
        runs += 1;
      }
    }
    expect(runs).toBeGreaterThan(250);
  });

  test('while it undoes what failed', async () => {
    for (let at = 0; ; at += 1) {
      const machine = new Machine();
      const left = await killedAt(at, await machine.filesBefore(), (files, trouble) =>
        machine.up(files, (words) => (words === 'make c 1' ? 'lies' : trouble?.(words))),
      );
      if (!left) break;
      await machine.recover(left);
      expect(await machine.state(left)).toEqual(asBefore);
    }
  });
});

describe('a file system that refuses', () => {
  const DURABLE: readonly FileOperation['does'][] = ['write', 'append', 'sync', 'rename', 'remove', 'open'];

  for (const code of ['ENOSPC', 'EIO', 'EROFS'])
    test(`${code} at any one operation: all is put back, or done and told`, async () => {
      const seen = new Set<string>();
      for (let at = 0; ; at += 1) {
        const machine = new Machine();
        let met: FileOperation | undefined;
        const files: MemoryFileSystem = (await machine.filesBefore()).killed((operation, index) => {
          if (index !== at) return undefined;
          met = operation;
          return DURABLE.includes(operation.does) ? fileError(code, operation.path) : undefined;
        });
        const outcome = await machine.up(files).then(
          (told) => ({ done: true, told }),
          (error: unknown) => ({ done: false, error }),
        );
        if (!met) break;
        const after = files.killed();
        await machine.recover(after);
        expect(await machine.state(after)).toEqual(outcome.done ? asAfter : asBefore);
        if ('error' in outcome) expect(outcome.error).toMatchObject({ exit: 1 });
        seen.add(`${met.does} ${outcome.done ? 'done' : 'undone'}`);
      }
      for (const it of ['write undone', 'append undone', 'sync undone', 'rename done', 'remove done'])
        expect(seen).toContain(it);
    });

  test('a disk that stays full: nothing is touched, and the error names the file', async () => {
    const machine = new Machine();
    const files = (await machine.filesBefore()).killed(({ does, path }) =>
      ['write', 'append'].includes(does) ? fileError('ENOSPC', path) : undefined,
    );
    await expect(machine.up(files)).rejects.toMatchObject({
      code: 'PW_STATE_NOT_WRITTEN',
      exit: 1,
      message: expect.stringMatching(/journal\/.*ENOSPC/) as string,
    });
    expect(machine.host.ran).toEqual([]);
  });
});

describe('what is found later', () => {
  /** An `up` that is killed when its last op is due. */
  async function killedLate(machine: Machine): Promise<MemoryFileSystem> {
    const files = await machine.filesBefore();
    await untilItRests(machine.up(files, (words) => (words === 'make c 1' ? 'dies' : undefined)));
    return files.killed();
  }

  test('a record says how many things were changed', async () => {
    const machine = new Machine();
    const files = await killedLate(machine);
    expect(await machine.recover(files)).toMatchObject([
      { outcome: 'undone', changes: 6, left: [], of: { topology: 't', command: 'up' } },
    ]);
    expect(await machine.state(files)).toEqual(asBefore);
    expect(await machine.recover(files)).toEqual([]);
  });

  test('what a user made of the same name since is left alone, and told', async () => {
    const machine = new Machine();
    const files = await killedLate(machine);
    machine.host.there.set('c', { value: 'own' });
    machine.host.there.set('a', { value: 'own' });
    const [recovery] = await machine.recover(files);
    expect(recovery).toMatchObject({ outcome: 'undone', left: [] });
    expect(recovery?.leftAlone.map(({ message }) => message)).toEqual([
      expect.stringContaining('thing a'),
      expect.stringContaining('thing c'),
    ]);
    expect(machine.host.words).toEqual([...wordsBefore, 'a own foreign', 'c own foreign'].sort());
  });

  test('what cannot be undone stays unfinished until it can be, or is accepted', async () => {
    const machine = new Machine();
    const files = await killedLate(machine);
    const refuse: Trouble = (words) => (words === 'unmake a' ? 'refuses' : undefined);
    const [recovery] = await machine.recover(files, refuse);
    expect(recovery).toMatchObject({ outcome: 'partly', left: [{ message: 'thing a was not put back: no luck.' }] });
    expect(await machine.state(files)).toMatchObject({ unfinished: 1 });

    const accepted = await machine.recover(files, undefined, accept);
    expect(accepted).toMatchObject([{ outcome: 'accepted' }]);
    expect(await machine.state(files)).toEqual({ words: ['a 1', ...wordsBefore], known: 'old', unfinished: 0 });
  });

  test('a reboot took what it tells of: it is forgotten, and nothing is touched', async () => {
    const machine = new Machine();
    const files = (await killedLate(machine)).powerLost();
    await files.write('/proc/sys/kernel/random/boot_id', 'second boot\n');
    const ran = machine.host.ran.length;
    expect(await machine.recover(files)).toMatchObject([{ outcome: 'gone' }]);
    expect(machine.host.ran).toHaveLength(ran);
    expect(await machine.recover(files)).toEqual([]);
  });

  test.each([
    ['undone', recover],
    ['forgotten', accept],
  ])("another network namespace's is not %s here", async (_, how) => {
    const machine = new Machine();
    const files = await killedLate(machine);
    await files.write('/proc/self/ns/net', ''); // another file of that name: another namespace
    const ran = machine.host.ran.length;
    expect(await machine.recover(files, undefined, how)).toMatchObject([{ outcome: 'untouched' }]);
    expect(machine.host.ran).toHaveLength(ran);
    expect(await machine.state(files)).toMatchObject({ unfinished: 1 });
  });
});
