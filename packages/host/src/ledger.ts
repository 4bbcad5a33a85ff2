import { join } from 'node:path';
import { inject, injectable } from '@pipewright/core';
import {
  fail,
  FILE_SYSTEM,
  type FileSystem,
  isResource,
  type Ledger,
  type LedgerEntry,
  topologyName,
  z,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { recordsFolder, stateFolder } from './state-folder.js';
import { jsonOf, NO_JSON, wordsOf } from './words.js';

const FORMAT = 1;

const shippedSchema = z.object({
  expose: z.array(z.object({ ports: z.tuple([z.int(), z.int()]), protocol: z.enum(['tcp', 'udp', 'sctp']) })),
  env: z.record(z.string(), z.string()),
  hostname: z.string().optional(),
  addresses: z.array(z.string()).optional(),
  readOnly: z.literal(true).optional(),
});

/** Its frame. The thousands of things in it are looked over by a loop: a schema takes ten times as long. */
const entry = z.object({
  format: z.literal(FORMAT),
  topology: topologyName,
  source: z.unknown(),
  base: z.string(),
  resources: z.array(z.unknown()),
  replaced: z.array(z.unknown()),
  shipped: z.record(z.string(), shippedSchema).optional(),
  placed: z.record(z.string(), z.string()).optional(),
  containers: z.record(z.string(), z.string()).optional(),
  machines: z.record(z.string(), z.string()).optional(),
  ran: z.record(z.string(), z.string()).optional(),
});

/** What is known; what will be; that nothing will be. */
const [CURRENT, NEXT, REMOVAL] = ['ledger.json', 'ledger.next.json', 'ledger.removal'];

/** One JSON file a topology: `<state folder>/<topology>/ledger.json`, and what is prepared beside it. */
@injectable()
export class FileLedger implements Ledger {
  readonly #files: FileSystem;

  constructor(@inject(FILE_SYSTEM) files: FileSystem) {
    this.#files = files;
  }

  async read(topology: string): Promise<LedgerEntry | undefined> {
    if (!topologyName.safeParse(topology).success) return undefined; // no path out of the folder
    const path = join(folderOf(topology), CURRENT);
    const text = await this.#files.read(path);
    return text === undefined ? undefined : parseEntry(text, path);
  }

  async prepare(topology: string, it: LedgerEntry | undefined): Promise<void> {
    const folder = folderOf(topology);
    await this.#files.remove(join(folder, it ? REMOVAL : NEXT));
    const path = join(folder, it ? NEXT : REMOVAL);
    const text = it ? `${JSON.stringify({ format: FORMAT, ...it })}\n` : '';
    await this.#files.write(path, text).catch((error: unknown) => fail(errors.notWritten(path, wordsOf(error))));
  }

  async settle(topology: string): Promise<void> {
    await this.#forgetRecords();
    const folder = folderOf(topology);
    const names = await this.#files.list(folder);
    if (names.includes(REMOVAL)) await this.remove(topology);
    else if (names.includes(NEXT)) await this.#files.rename(join(folder, NEXT), join(folder, CURRENT));
  }

  async discard(topology: string): Promise<void> {
    await this.#remove(topology, [NEXT, REMOVAL]);
  }

  async remove(topology: string): Promise<void> {
    await this.#remove(topology, [CURRENT, NEXT, REMOVAL]); // in this order: as long as one is left, it can be told again
  }

  async topologies(): Promise<readonly string[]> {
    const names = (await this.#files.list(stateFolder())).filter((name) => topologyName.safeParse(name).success);
    const texts = await Promise.all(names.map(async (name) => this.#files.list(join(stateFolder(), name))));
    return names.filter((_, index) => texts[index]?.includes(CURRENT));
  }

  /** Of what commands found that changed nothing: from here on it is not so any more. */
  async #forgetRecords(): Promise<void> {
    const folder = recordsFolder();
    for (const name of await this.#files.list(folder)) await this.#files.remove(join(folder, name));
    await this.#files.remove(folder);
  }

  async #remove(topology: string, names: readonly string[]): Promise<void> {
    const folder = folderOf(topology);
    for (const name of names) await this.#files.remove(join(folder, name));
    if ((await this.#files.list(folder)).length === 0) await this.#files.remove(folder);
  }
}

const folderOf = (topology: string): string => join(stateFolder(), topologyName.parse(topology));

function parseEntry(text: string, path: string): LedgerEntry {
  const json = jsonOf(text) ?? fail(errors.badLedger(path, NO_JSON));
  const parsed = entry.safeParse(json);
  if (!parsed.success) return fail(errors.badLedger(path, parsed.error.issues[0]?.message ?? ''));
  const { format: _format, resources, replaced, shipped, placed, containers, machines, ran, ...it } = parsed.data;
  const all = { resources, replaced };
  for (const [name, list] of Object.entries(all)) {
    const bad = list.findIndex((one) => !isResource(one));
    if (bad >= 0) fail(errors.badLedger(path, `${name}[${bad}] is no resource`));
  }
  return {
    ...it,
    ...(shipped ? { shipped } : {}),
    ...(placed ? { placed } : {}),
    ...(containers ? { containers } : {}),
    ...(machines ? { machines } : {}),
    ...(ran ? { ran } : {}),
    ...(all as Pick<LedgerEntry, 'resources' | 'replaced'>), // each was looked at
  };
}
