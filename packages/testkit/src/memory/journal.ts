import type { Journal, Standing, Transaction, TransactionStart, Unfinished } from '@pipewright/plugin';

/** A journal of this process alone: what it holds was begun here and is not at work any more. */
export class MemoryJournal implements Journal {
  readonly #records = new Map<string, Unfinished>();
  #begun = 0;

  async begin(start: TransactionStart): Promise<Transaction> {
    this.#begun += 1;
    const record = `transaction ${String(this.#begun)}`;
    const whole = { committed: false, running: false, damaged: false, where: 'here' } as const;
    this.#records.set(record, { ...structuredClone(start), ...whole, record, since: this.#begun, stages: [] });
    const change = (more: (it: Unfinished) => Partial<Unfinished>): void => {
      const it = this.#records.get(record);
      if (it) this.#records.set(record, { ...it, ...more(it) });
    };
    return {
      intend: async (stage) => change(({ stages }) => ({ stages: [...stages, structuredClone(stage)] })),
      commit: async () => change(() => ({ committed: true })),
      forget: async () => void this.#records.delete(record),
      close: async () => undefined,
    };
  }

  async unfinished(): Promise<readonly Unfinished[]> {
    return [...this.#records.values()].reverse();
  }

  async unfinishedOn(): Promise<readonly Unfinished[]> {
    return [];
  }

  async standing({ stages }: Unfinished): Promise<Standing> {
    return { stages, away: [] };
  }

  async forget({ record }: Unfinished): Promise<void> {
    this.#records.delete(record);
  }
}
