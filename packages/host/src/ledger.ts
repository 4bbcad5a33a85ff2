import { join } from 'node:path';
import { inject, injectable } from '@pipewright/core';
import { fail, FILE_SYSTEM, type FileSystem, type Ledger, type LedgerEntry, topologyName, z } from '@pipewright/plugin';
import { errors } from './errors.js';

/** Where state lives that a reboot may take: what it tells of does not survive one either. */
export const stateFolder = (): string => process.env['PIPEWRIGHT_STATE_DIR'] ?? '/run/pipewright';

const FORMAT = 1;

const placement = z.object({ host: z.string(), node: z.string().optional() });

const refs = z.array(z.object({ ref: z.string() })).optional();

const resource = z.looseObject({
  type: z.string(),
  key: z.string(),
  id: z.string(),
  on: placement,
  attrs: z.record(z.string(), z.unknown()),
  needs: refs,
  within: refs,
});

const entry = z.object({
  format: z.literal(FORMAT),
  topology: topologyName,
  source: z.unknown(),
  base: z.string(),
  resources: z.array(resource),
  replaced: z.array(resource),
});

/** One JSON file a topology: `<state folder>/<topology>/ledger.json`. */
@injectable()
export class FileLedger implements Ledger {
  readonly #files: FileSystem;

  constructor(@inject(FILE_SYSTEM) files: FileSystem) {
    this.#files = files;
  }

  async read(topology: string): Promise<LedgerEntry | undefined> {
    if (!topologyName.safeParse(topology).success) return undefined; // no path out of the folder
    const text = await this.#files.read(pathOf(topology));
    return text === undefined ? undefined : parseEntry(text, pathOf(topology));
  }

  async write(it: LedgerEntry): Promise<void> {
    await this.#files.write(
      pathOf(topologyName.parse(it.topology)),
      `${JSON.stringify({ format: FORMAT, ...it }, null, 1)}\n`,
    );
  }

  async remove(topology: string): Promise<void> {
    const folder = join(stateFolder(), topologyName.parse(topology));
    await this.#files.remove(pathOf(topology));
    if ((await this.#files.list(folder)).length === 0) await this.#files.remove(folder);
  }

  async topologies(): Promise<readonly string[]> {
    const names = (await this.#files.list(stateFolder())).filter((name) => topologyName.safeParse(name).success);
    const texts = await Promise.all(names.map(async (name) => this.#files.list(join(stateFolder(), name))));
    return names.filter((_, index) => texts[index]?.includes('ledger.json'));
  }
}

const pathOf = (topology: string): string => join(stateFolder(), topology, 'ledger.json');

function parseEntry(text: string, path: string): LedgerEntry {
  const parsed = entry.safeParse(jsonOf(text));
  if (!parsed.success) return fail(errors.badLedger(path, parsed.error.issues[0]?.message ?? ''));
  // The schema has seen what the type says; zod's own type differs in `undefined`s alone.
  const { format: _format, ...it } = parsed.data;
  return it as LedgerEntry;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
