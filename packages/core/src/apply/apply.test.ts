import type { Change, Executor, LedgerEntry, Observed, PipewrightError, TransactionStart } from '@pipewright/plugin';
import { PipewrightError as Failure, resource } from '@pipewright/plugin';
import { MemoryJournal, MemoryLedger, MemoryReporter, things } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import type { Plan } from '../stages.js';
import { apply, type ApplyParts } from './apply.js';

const { making, MemoryThings, planOf, setting, stageOf } = things;
type Things = InstanceType<typeof MemoryThings>;

const entry: LedgerEntry = { topology: 't', source: {}, base: '/', resources: [], replaced: [] };

const startWith = (before: readonly Observed[]): TransactionStart => ({
  topology: 't',
  command: 'up',
  request: { topology: 't', nodes: [], wanted: [], applied: [] },
  before,
});

const parts = (host: Things, more: Partial<ApplyParts> = {}) => ({
  executor: host.executor(),
  journal: new MemoryJournal(),
  ledger: new MemoryLedger(),
  reporter: new MemoryReporter(),
  start: startWith(host.observed()),
  remaining: () => Promise.resolve([]),
  restarts: () => [],
  whyGone: () => undefined,
  deviceKinds: { get: () => undefined },
  desired: [],
  finish: () => Promise.resolve(entry),
  signal: new AbortController().signal,
  ...more,
});

/** `make` what is told, and nothing else, does not work. */
const refusing =
  (...words: readonly string[]) =>
  (it: string) =>
    words.includes(it) ? ('refuses' as const) : undefined;

async function failure(plan: Plan, given: ApplyParts): Promise<PipewrightError> {
  try {
    await apply(plan, given);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

test('stages run in order, nothing is undone, and what is to be known is', async () => {
  const host = new MemoryThings();
  const given = parts(host);
  await apply(planOf(stageOf(making('a'), making('b')), stageOf(making('c'))), given);
  expect(host.ran).toEqual(['make a 1', 'make b 1', 'make c 1']);
  expect(await given.ledger.read('t')).toEqual(entry);
  expect(await given.journal.unfinished()).toEqual([]);
});

/** What an executor is asked to tell the neighbours, as words; what it is told first gets lost. */
function announcing(host: Things, trouble?: Parameters<Things['executor']>[0]) {
  const told: string[] = [];
  const announce: Executor['announce'] = (batches) => {
    told.push(batches.flatMap(({ ops }) => ops.map((it) => (it.op === 'exec' ? it.argv.join(' ') : it.op))).join(', '));
    return Promise.resolve(told.length === 1 ? batches.slice(-1) : []);
  };
  return { told, executor: { ...host.executor(trouble), announce } };
}

test('neighbours are told when all is made, and again of what they may not have heard', async () => {
  const host = new MemoryThings();
  const { told, executor } = announcing(host);
  const remaining = () => Promise.resolve((told.push('looked'), []));
  await apply(planOf(stageOf(making('a')), stageOf(making('b'))), parts(host, { executor, remaining }));
  expect(told).toEqual(['make a 1, make b 1', 'looked', 'make b 1']);
});

test('neighbours are told what is undone, and not what failed', async () => {
  const host = new MemoryThings({ c: { value: '1', owner: 't' } });
  const { told, executor } = announcing(host, refusing('make b 1'));
  await failure(planOf(stageOf(setting('c')), stageOf(making('b'))), parts(host, { executor }));
  expect(told).toEqual(['set c 1']);
});

test('each stage is in the journal before it runs, with what undoing it takes and no more', async () => {
  const host = new MemoryThings();
  const journal = new MemoryJournal();
  const seen: unknown[] = [];
  const trouble = () => void journal.unfinished().then(([it]) => seen.push(it?.stages.length));
  await apply(
    planOf(stageOf(making('a')), stageOf(making('b'))),
    parts(host, { journal, executor: host.executor(trouble) }),
  );
  expect(seen).toEqual([1, 2]);
});

test('a failing op: the stages that ran are undone backwards, as far as they did anything', async () => {
  const host = new MemoryThings();
  const executor = host.executor(refusing('make d 1'));
  const plan = planOf(stageOf(making('a'), making('b')), stageOf(making('c'), making('d'), making('e')));
  const reporter = new MemoryReporter();
  const given = parts(host, { executor, reporter });
  const error = await failure(plan, given);
  expect(host.ran.slice(3)).toEqual(['make d 1', 'unmake c', 'unmake b', 'unmake a']);
  expect(error).toMatchObject({ code: 'PW_APPLY_FAILED', exit: 1, suppressed: [] });
  expect(error.message).toContain('create of thing d');
  expect(error.message).toContain('no luck');
  expect(error.message).toContain('put back');
  const told = reporter.events.find((it) => it.type === 'failed');
  expect(told?.fault.message).toContain('no luck');
  expect(told?.fault.message).not.toContain('put back'); // nobody knows yet
  expect(await given.journal.unfinished()).toEqual([]);
});

test('an op that worked though it said it did not is undone as well', async () => {
  const host = new MemoryThings();
  const executor = host.executor((words) => (words === 'make b 1' ? 'lies' : undefined));
  await failure(planOf(stageOf(making('a'), making('b'))), parts(host, { executor }));
  expect(host.words).toEqual([]);
});

test('what a user made a moment ago under the same name is not undone, and told', async () => {
  const host = new MemoryThings();
  const given = parts(host);
  host.there.set('b', { value: 'own' });
  const error = await failure(planOf(stageOf(making('a')), stageOf(making('b'))), given);
  expect(host.words).toEqual(['b own foreign']);
  expect(error).toMatchObject({ code: 'PW_APPLY_FAILED', exit: 1, suppressed: [{ code: 'PW_LEFT_ALONE' }] });
  expect(error.suppressed[0]?.message).toContain('thing b');
});

test('what cannot be undone is listed one by one, and stays in the journal', async () => {
  const host = new MemoryThings();
  const executor = host.executor((words) => (words === 'make b 1' ? 'lies' : refusing('unmake a')(words)));
  const given = parts(host, { executor });
  const error = await failure(planOf(stageOf(making('a')), stageOf(making('b'))), given);
  expect(error).toMatchObject({ code: 'PW_UNDO_FAILED', exit: 5 });
  expect(error.fix).toContain('pipewright recover');
  expect(error.suppressed.map((it) => it.message)).toEqual(['thing a was not put back: no luck.']);
  expect(await given.journal.unfinished()).toMatchObject([{ topology: 't', committed: false }]);
});

test('what cannot be undone at once can be the second time', async () => {
  const host = new MemoryThings();
  let refusals = 1;
  const executor = host.executor((words) => {
    if (words === 'unmake a') return refusals-- > 0 ? 'refuses' : undefined;
    return refusing('make b 1')(words);
  });
  const error = await failure(planOf(stageOf(making('a')), stageOf(making('b'))), parts(host, { executor }));
  expect(error).toMatchObject({ code: 'PW_APPLY_FAILED', suppressed: [] });
  expect(host.words).toEqual([]);
});

test('an executor that throws while undoing does not stop the undoing', async () => {
  const host = new MemoryThings();
  const inner = host.executor(refusing('make d 1'));
  const executor = {
    ...inner,
    run: (...args: Parameters<typeof inner.run>) =>
      args[1].undo && args[0].some((it) => it.ops.length > 1)
        ? Promise.reject(new Error('no such place'))
        : inner.run(...args),
  };
  const plan = planOf(stageOf(making('a')), stageOf(making('b'), making('c'), making('d')));
  const error = await failure(plan, parts(host, { executor }));
  expect(host.words).toEqual(['b 1', 'c 1']);
  expect(error.suppressed.map((it) => it.message)).toEqual([
    'thing b was not put back: no such place.',
    'thing c was not put back: no such place.',
  ]);
});

test('where the host cannot be looked at, only what was surely ours is undone', async () => {
  const host = new MemoryThings({ c: { value: '1', owner: 't' } });
  const inner = host.executor((words) => (words === 'make b 1' ? 'lies' : undefined));
  const given = parts(host, { executor: { ...inner, survey: () => Promise.reject(new Error('blind')) } });
  const error = await failure(planOf(stageOf(making('a')), stageOf(setting('c'), making('b'))), given);
  expect(host.words).toEqual(['b 1', 'c 1']);
  expect(error).toMatchObject({ exit: 5 });
  expect(error.suppressed.map((it) => it.message)).toEqual([expect.stringContaining('blind')]);
  expect(await given.journal.unfinished()).toHaveLength(1);
});

test('what was there before and went along is missed too', async () => {
  const host = new MemoryThings();
  const address: Observed = { ...resource('address', { host: 'local' }, 'x', { name: 'x' }), owner: 't' };
  const given = parts(host, { executor: host.executor(refusing('make b 1')), start: startWith([address]) });
  const error = await failure(planOf(stageOf(making('a')), stageOf(making('b'))), given);
  expect(error).toMatchObject({ exit: 5 });
  expect(error.suppressed.map((it) => it.message)).toEqual(['address x was not put back: it is missing.']);
});

test('an interruption between stages undoes what ran', async () => {
  const host = new MemoryThings();
  const controller = new AbortController();
  const reporter = { event: (it: { type: string }) => it.type === 'done' && controller.abort() };
  const plan = planOf(stageOf(making('a')), stageOf(making('b')));
  const error = await failure(plan, parts(host, { signal: controller.signal, reporter }));
  expect(host.ran).toEqual(['make a 1', 'unmake a']);
  expect(error).toMatchObject({ code: 'PW_INTERRUPTED', exit: 130 });
});

test('a plan that is not empty afterwards undoes everything', async () => {
  const host = new MemoryThings();
  const plan = planOf(stageOf(making('a')));
  const error = await failure(plan, parts(host, { remaining: () => Promise.resolve(plan.changes) }));
  expect(error).toMatchObject({ code: 'PW_NOT_CONVERGED', exit: 1 });
  expect(host.words).toEqual([]);
});

test('what has ended by itself is named, and nothing that follows from it', async () => {
  const host = new MemoryThings();
  const plan = planOf(stageOf(making('a')), stageOf(making('b')));
  const ended = { code: 'PW_ENDED', message: 'b has ended', fix: '', exit: 1 } as const;
  const whyGone = ({ id }: Change) => (id === plan.changes[1]?.id ? ended : undefined);
  const error = await failure(plan, parts(host, { remaining: () => Promise.resolve(plan.changes), whyGone }));
  expect(error).toMatchObject({ code: 'PW_ENDED', exit: 1 });
  expect(host.words).toEqual([]);
});

test('what the plan has left alone and has ended is started again, once', async () => {
  const plan = planOf(stageOf(making('a')));
  for (const [looks, words] of [
    [
      [plan.changes, []],
      ['a 1', 'b 1'],
    ],
    [[plan.changes, plan.changes], []],
  ] as const) {
    const host = new MemoryThings();
    const left = [...looks];
    const given = parts(host, {
      remaining: () => Promise.resolve(left.shift() ?? []),
      restarts: (it) => it.map(() => stageOf(making('b'))),
    });
    const code = await apply(plan, given).then(
      () => undefined,
      (error: unknown) => (error as PipewrightError).code,
    );
    expect([code, left]).toEqual([words.length > 0 ? undefined : 'PW_NOT_CONVERGED', []]);
    expect(host.words).toEqual(words);
  }
});

test('so does a command of a node that fails; what was known before is known still', async () => {
  const host = new MemoryThings();
  const given = parts(host, { finish: () => Promise.reject(new Error('no such program')) });
  const error = await failure(planOf(stageOf(making('a'))), given);
  expect(error).toMatchObject({ code: 'PW_APPLY_FAILED', exit: 1 });
  expect(host.words).toEqual([]);
  expect(await given.ledger.read('t')).toBeUndefined();
});

test('what fails after the commit is told, and undoes nothing', async () => {
  const host = new MemoryThings();
  const ledger = new MemoryLedger();
  ledger.settle = () => Promise.reject(new Error('disk full'));
  const given = parts(host, { ledger });
  expect(await apply(planOf(stageOf(making('a'))), given)).toMatchObject([{ code: 'PW_NOT_SETTLED' }]);
  expect(host.words).toEqual(['a 1']);
  expect(await given.journal.unfinished()).toMatchObject([{ committed: true }]);
});
