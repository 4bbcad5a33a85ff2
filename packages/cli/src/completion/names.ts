import { guestsHere } from '@pipewright/host';
import type { NamedGuest } from '@pipewright/plugin';
import { isCode } from '../read/code.js';
import { findTopology } from '../read/find.js';
import { readTopology } from '../read/topology.js';
import type { Engine } from '../engine.js';
import type { Chosen, Names } from './complete.js';
import { isRecord } from '../is-record.js';

/**
 * Names for the key that completes: of what is up, of the file in the folder, and of what there is to attach to. Nothing of
 * it is run, whoever wrote it: no topology that is a program, and no plugin.
 */
export class KnownNames implements Names {
  constructor(private readonly engine: () => Engine) {}

  topologies(): Promise<readonly string[]> {
    return this.engine().ledger.topologies();
  }

  async nodes(of: Chosen): Promise<readonly string[]> {
    return keysOf(await this.#text(of), 'nodes');
  }

  async networks(of: Chosen): Promise<readonly string[]> {
    return keysOf(await this.#text(of), 'networks');
  }

  async guests(): Promise<readonly NamedGuest[]> {
    const { registries, engines } = this.engine();
    const known = registries.nodes.all().flatMap(({ engine }) => engine ?? []);
    return guestsHere(known, engines).finally(() => engines.close());
  }

  async #text({ file, name }: Chosen): Promise<unknown> {
    if (file === undefined && name !== undefined) return (await this.engine().ledger.read(name))?.source;
    const path = file ?? (await findTopology(process.cwd()));
    return path === undefined || path === '-' || isCode(path)
      ? undefined
      : (await readTopology({ file: path })).source.tree;
  }
}

const keysOf = (text: unknown, section: string): readonly string[] => {
  const entries = isRecord(text) ? text[section] : undefined;
  return isRecord(entries) ? Object.keys(entries) : [];
};
