import type { Allotments, Allotted } from '@pipewright/plugin';

export class MemoryAllotments implements Allotments {
  readonly #allotted = new Map<string, Allotted>();

  read(topology: string): Promise<Allotted> {
    return Promise.resolve(this.#allotted.get(topology) ?? new Map());
  }

  write(topology: string, allotted: Allotted): Promise<void> {
    this.#allotted.set(topology, structuredClone(allotted));
    return Promise.resolve();
  }

  remove(topology: string): Promise<void> {
    this.#allotted.delete(topology);
    return Promise.resolve();
  }
}
