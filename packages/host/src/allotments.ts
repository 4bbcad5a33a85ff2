import { join } from 'node:path';
import { inject, injectable } from '@pipewright/core';
import {
  type Allotments,
  type Allotted,
  fail,
  FILE_SYSTEM,
  type FileSystem,
  topologyName,
  z,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { jsonOf, NO_JSON } from './words.js';

/** Where state lives that a reboot must not take. */
const lastingFolder = (): string => process.env['PIPEWRIGHT_STATE_DIR'] || '/var/lib/pipewright';

const FORMAT = 1;

const stored = z.object({
  format: z.literal(FORMAT),
  topology: topologyName,
  nics: z.record(z.string(), z.array(z.string())),
});

/** One JSON file a topology, and none for one without allotments: `<folder>/<topology>/allotments.json`. */
@injectable()
export class FileAllotments implements Allotments {
  readonly #files: FileSystem;

  constructor(@inject(FILE_SYSTEM) files: FileSystem) {
    this.#files = files;
  }

  async read(topology: string): Promise<Allotted> {
    if (!topologyName.safeParse(topology).success) return new Map(); // no path out of the folder
    const text = await this.#files.read(pathOf(topology));
    return text === undefined ? new Map() : parse(text, pathOf(topology));
  }

  async write(topology: string, allotted: Allotted): Promise<void> {
    if (allotted.size === 0) return this.remove(topology);
    const content = { format: FORMAT, topology, nics: Object.fromEntries(allotted) };
    return this.#files.write(pathOf(topologyName.parse(topology)), `${JSON.stringify(content, null, 1)}\n`);
  }

  async remove(topology: string): Promise<void> {
    const path = pathOf(topologyName.parse(topology));
    if ((await this.#files.read(path)) === undefined) return; // a read-only disk refuses even to remove nothing
    await this.#files.remove(path);
    const folder = join(lastingFolder(), topology);
    if ((await this.#files.list(folder)).length === 0) await this.#files.remove(folder);
  }
}

const pathOf = (topology: string): string => join(lastingFolder(), topology, 'allotments.json');

function parse(text: string, path: string): Allotted {
  const json = jsonOf(text) ?? fail(errors.badAllotments(path, NO_JSON));
  const parsed = stored.safeParse(json);
  if (!parsed.success) return fail(errors.badAllotments(path, parsed.error.issues[0]?.message ?? ''));
  return new Map(Object.entries(parsed.data.nics));
}
