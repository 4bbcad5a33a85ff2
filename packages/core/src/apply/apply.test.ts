import {
  type Batch,
  exec,
  type Executor,
  type Observed,
  type OpFailure,
  PipewrightError,
  type Resource,
  resource,
} from '@pipewright/plugin';
import { MemoryReporter } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import type { Plan, PlannedOp, Stage } from '../stages.js';
import { apply, type ApplyParts } from './apply.js';

const on = { host: 'local' };

/** Makes a thing called `name`; unmakes it. */
function making(name: string): PlannedOp {
  const after: Resource = resource('thing', on, name, { name });
  const change = { action: 'create', type: 'thing', key: after.key, id: name, on, after, fields: [] } as const;
  return { changes: [change], forward: [exec(on, 'make', name)], inverse: [exec(on, 'unmake', name)] };
}

const stage = (...names: string[]): Stage => ({ batches: [{ on, ops: names.map(making) }] });

const planOf = (...stages: Stage[]): Plan => ({
  topology: 't',
  stages,
  changes: stages.flatMap((it) => it.batches.flatMap(({ ops }) => ops.flatMap((op) => op.changes))),
  impact: [],
  notes: [],
});

/** A host where things are names in a set. `fails` names an op that does not work, `halfway` one that works and says it did not. */
class Things {
  readonly there = new Set<string>();
  readonly ran: string[] = [];
  constructor(
    readonly fails: string = '',
    readonly halfway: string = '',
  ) {}

  readonly executor: Executor = {
    survey: () => Promise.reject(new Error('not asked')),
    close: () => Promise.resolve(),
    run: (batches, { undo }) => Promise.resolve(batches.flatMap((it) => this.#runBatch(it, undo))),
  };

  #runBatch({ ops }: Batch, undo: boolean): readonly OpFailure[] {
    const failures: OpFailure[] = [];
    for (const op of ops) {
      const words = op.op === 'exec' ? op.argv.join(' ') : '';
      this.ran.push(words);
      const [verb, name = ''] = words.split(' ');
      if (words !== this.fails) this.there[verb === 'make' ? 'add' : 'delete'](name);
      if (words === this.fails || words === this.halfway) {
        failures.push({ op, message: 'no luck' });
        if (!undo) return failures;
      }
    }
    return failures;
  }

  observe = (): Promise<readonly Observed[]> =>
    Promise.resolve([...this.there].map((name) => resource('thing', on, name, { name })));
}

const parts = (things: Things, more: Partial<ApplyParts> = {}): ApplyParts => ({
  executor: things.executor,
  reporter: new MemoryReporter(),
  before: [],
  observe: things.observe,
  remaining: () => Promise.resolve([]),
  finish: () => Promise.resolve(),
  signal: new AbortController().signal,
  ...more,
});

const failure = async (run: Promise<void>): Promise<PipewrightError> => {
  try {
    await run;
  } catch (error) {
    if (error instanceof PipewrightError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

test('stages run in order, and nothing is undone', async () => {
  const things = new Things();
  await apply(planOf(stage('a', 'b'), stage('c')), parts(things));
  expect(things.ran).toEqual(['make a', 'make b', 'make c']);
});

test('a failing op: the stages that ran are undone backwards, the failing one too', async () => {
  const things = new Things('make d');
  const error = await failure(apply(planOf(stage('a', 'b'), stage('c', 'd', 'e')), parts(things)));
  expect(things.ran).toEqual([
    'make a',
    'make b',
    'make c',
    'make d',
    'unmake e',
    'unmake d',
    'unmake c',
    'unmake b',
    'unmake a',
  ]);
  expect(error).toMatchObject({ code: 'PW_APPLY_FAILED', exit: 1, suppressed: [] });
  expect(error.message).toContain('create of thing d');
  expect(error.message).toContain('no luck');
});

test('an op that worked though it said it did not is undone as well', async () => {
  const things = new Things('', 'make b');
  await failure(apply(planOf(stage('a', 'b')), parts(things)));
  expect([...things.there]).toEqual([]);
});

test('what cannot be undone is listed one by one', async () => {
  const things = new Things('unmake a', 'make b');
  const error = await failure(apply(planOf(stage('a'), stage('b')), parts(things)));
  expect(error).toMatchObject({ code: 'PW_UNDO_FAILED', exit: 5 });
  expect(error.suppressed.map((it) => it.message)).toEqual(['thing a was not put back: no luck.']);
});

test('an executor that throws while undoing does not stop the undoing', async () => {
  const things = new Things('make c');
  const executor: Executor = {
    ...things.executor,
    run: (batches, options) =>
      options.undo && batches.some((it) => it.ops.length > 1)
        ? Promise.reject(new Error('no such place'))
        : things.executor.run(batches, options),
  };
  const error = await failure(apply(planOf(stage('a'), stage('b', 'c')), parts(things, { executor })));
  expect([...things.there]).toEqual(['b']);
  expect(error).toMatchObject({ exit: 5, suppressed: [{ message: 'thing b was not put back: no such place.' }] });
});

test('what was there before and went along is missed too', async () => {
  const things = new Things('make b');
  const address: Observed = { ...resource('address', on, 'x', { name: 'x' }), owner: 't' };
  const error = await failure(apply(planOf(stage('a'), stage('b')), parts(things, { before: [address] })));
  expect(error).toMatchObject({ exit: 5 });
  expect(error.suppressed.map((it) => it.message)).toEqual(['address x was not put back: it is missing.']);
});

test('an interruption between stages undoes what ran', async () => {
  const things = new Things();
  const controller = new AbortController();
  const reporter = { event: (it: { type: string }) => it.type === 'done' && controller.abort() };
  const error = await failure(
    apply(planOf(stage('a'), stage('b')), parts(things, { signal: controller.signal, reporter })),
  );
  expect(things.ran).toEqual(['make a', 'unmake a']);
  expect(error).toMatchObject({ code: 'PW_INTERRUPTED', exit: 130 });
});

test('a plan that is not empty afterwards undoes everything', async () => {
  const things = new Things();
  const plan = planOf(stage('a'));
  const error = await failure(apply(plan, parts(things, { remaining: () => Promise.resolve(plan.changes) })));
  expect(error).toMatchObject({ code: 'PW_NOT_CONVERGED', exit: 1 });
  expect([...things.there]).toEqual([]);
});

test('so does what comes last: a command of a node, the ledger', async () => {
  const things = new Things();
  const finish = () => Promise.reject(new Error('disk full'));
  const error = await failure(apply(planOf(stage('a')), parts(things, { finish })));
  expect(error).toMatchObject({ code: 'PW_APPLY_FAILED', exit: 1 });
  expect([...things.there]).toEqual([]);
});
