import type { Ledger, LedgerEntry } from '@pipewright/plugin';

export class MemoryLedger implements Ledger {
  readonly #entries = new Map<string, LedgerEntry>();
  /** Undefined: it is to go. */
  readonly #prepared = new Map<string, LedgerEntry | undefined>();

  async read(topology: string): Promise<LedgerEntry | undefined> {
    return this.#entries.get(topology);
  }

  async prepare(topology: string, entry: LedgerEntry | undefined): Promise<void> {
    this.#prepared.set(topology, structuredClone(entry));
  }

  async settle(topology: string): Promise<void> {
    if (!this.#prepared.has(topology)) return;
    const entry = this.#prepared.get(topology);
    if (entry) this.#entries.set(topology, entry);
    else this.#entries.delete(topology);
    this.#prepared.delete(topology);
  }

  async discard(topology: string): Promise<void> {
    this.#prepared.delete(topology);
  }

  async remove(topology: string): Promise<void> {
    this.#entries.delete(topology);
    this.#prepared.delete(topology);
  }

  async topologies(): Promise<readonly string[]> {
    return [...this.#entries.keys()].sort();
  }
}
