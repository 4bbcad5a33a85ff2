import type { Ledger, LedgerEntry } from '@pipewright/plugin';

export class MemoryLedger implements Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  read(topology: string): Promise<LedgerEntry | undefined> {
    return Promise.resolve(this.#entries.get(topology));
  }

  write(entry: LedgerEntry): Promise<void> {
    this.#entries.set(entry.topology, structuredClone(entry));
    return Promise.resolve();
  }

  remove(topology: string): Promise<void> {
    this.#entries.delete(topology);
    return Promise.resolve();
  }

  topologies(): Promise<readonly string[]> {
    return Promise.resolve([...this.#entries.keys()].sort());
  }
}
