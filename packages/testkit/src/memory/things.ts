import {
  type Batch,
  type Change,
  type ChangeAction,
  exec,
  type Executor,
  type Observed,
  type Op,
  type OpFailure,
  type PlannedOp,
  resource,
  type Stage,
  type Survey,
} from '@pipewright/plugin';

export interface Thing {
  readonly value: string;
  /** Absent: somebody else's. */
  readonly owner?: string;
}

/** `refuses`: it is not done. `lies`: it is done and said not to be. `dies`: it is not done, and nobody answers any more. */
export type Trouble = 'refuses' | 'lies' | 'dies';

const on = { host: 'local' };

export const thing = (name: string, { value, owner }: Thing): Observed => ({
  ...resource('thing', on, name, { name, value }),
  ...(owner === undefined ? {} : { owner }),
});

/**
 * The simplest host: named things of topology `t` with a value each. Its ops are words, `make a 1`, `set a 2`,
 * `unmake a`, so that a test reads what ran.
 */
export class MemoryThings {
  readonly there = new Map<string, Thing>();
  readonly ran: string[] = [];

  constructor(there: Readonly<Record<string, Thing>> = {}) {
    for (const [name, it] of Object.entries(there)) this.there.set(name, it);
  }

  /** All there is, in words: `a 1`. */
  get words(): readonly string[] {
    return [...this.there]
      .map(([name, { value, owner }]) => `${name} ${value}${owner === 't' ? '' : ' foreign'}`)
      .sort();
  }

  observed(): readonly Observed[] {
    return [...this.there].map(([name, it]) => thing(name, it));
  }

  /** What one process works with. `trouble` is asked before each op. */
  executor(trouble: (words: string) => Trouble | undefined = () => undefined): Executor {
    let dead = false;
    const alive = async (): Promise<void> => (dead ? new Promise(() => undefined) : undefined);
    return {
      survey: async () => {
        await alive();
        return { facts: {}, nodes: [], actual: this.observed(), initial: [] } as unknown as Survey;
      },
      way: () => undefined,
      close: async () => undefined,
      run: async (batches, { undo }) => {
        await alive();
        const failures = batches.map((it) => this.#runBatch(it, undo, trouble));
        dead = failures.includes('dies');
        await alive();
        return failures.flatMap((it) => (it === 'dies' ? [] : it));
      },
    };
  }

  #runBatch(
    { ops }: Batch,
    undo: boolean,
    trouble: (words: string) => Trouble | undefined,
  ): readonly OpFailure[] | 'dies' {
    const failures: OpFailure[] = [];
    for (const op of ops) {
      const words = wordsOf(op);
      const met = trouble(words);
      if (met === 'dies') return 'dies';
      this.ran.push(words);
      const message =
        met === 'refuses' ? 'no luck' : (this.#do(words, undo) ?? (met === 'lies' ? 'no luck' : undefined));
      if (message !== undefined) failures.push({ op, message });
      if (message !== undefined && !undo) break;
    }
    return failures;
  }

  /** Returns what is wrong. */
  #do(words: string, undo: boolean): string | undefined {
    const [verb, name = '', value = ''] = words.split(' ');
    const old = this.there.get(name);
    if (verb === 'make' && old) return undo ? undefined : 'File exists';
    if (verb !== 'make' && !old) return undo && verb === 'unmake' ? undefined : 'No such thing';
    if (verb === 'unmake') this.there.delete(name);
    else this.there.set(name, { owner: 't', ...old, value });
    return undefined;
  }
}

const wordsOf = (op: Op): string => (op.op === 'exec' ? op.argv.join(' ') : op.op);

const changeOf = (action: ChangeAction, name: string, before?: string, after?: string): Change => {
  const { key, id } = resource('thing', on, name, {});
  return {
    action,
    type: 'thing',
    key,
    id,
    on,
    fields: action === 'update' ? ['value'] : [],
    ...(before === undefined ? {} : { before: thing(name, { value: before, owner: 't' }) }),
    ...(after === undefined ? {} : { after: resource('thing', on, name, { name, value: after }) }),
  };
};

const op = (change: Change, forward: string, inverse: string): PlannedOp => ({
  changes: [change],
  forward: [exec(on, ...forward.split(' '))],
  inverse: [exec(on, ...inverse.split(' '))],
});

/** Ops by name: what they do to the things, and how it is undone. */
export const making = (name: string): PlannedOp =>
  op(changeOf('create', name, undefined, '1'), `make ${name} 1`, `unmake ${name}`);

export const unmaking = (name: string): PlannedOp =>
  op(changeOf('delete', name, '1'), `unmake ${name}`, `make ${name} 1`);

export const setting = (name: string): PlannedOp =>
  op(changeOf('update', name, '1', '2'), `set ${name} 2`, `set ${name} 1`);

/** The old away and the new there: two ops of one change. */
export function replacing(name: string): readonly [PlannedOp, PlannedOp] {
  const change = changeOf('replace', name, '1', '2');
  return [
    { ...op(change, `unmake ${name}`, `make ${name} 1`), half: 'old' },
    { ...op(change, `make ${name} 2`, `unmake ${name}`), half: 'new' },
  ];
}

export const stageOf = (...ops: readonly PlannedOp[]): Stage => ({ batches: [{ on, ops }] });

/** A plan, as the core has them. */
export const planOf = (...stages: readonly Stage[]) => ({
  topology: 't',
  stages,
  changes: [...new Set(stages.flatMap((it) => it.batches.flatMap(({ ops }) => ops.flatMap((each) => each.changes))))],
  impact: [],
  notes: [],
});
