import { readdirSync, readFileSync } from 'node:fs';

/** A file of somebody's configuration. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Empty for what is not there or not ours to read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** All files of that ending in these folders by name; of two of one name the one in the first folder counts. */
export function configFiles(folders: readonly string[], ending: string): readonly ConfigFile[] {
  const paths = new Map<string, string>();
  for (const folder of folders)
    for (const name of namesIn(folder))
      if (name.endsWith(ending) && !paths.has(name)) paths.set(name, `${folder}/${name}`);
  return [...paths].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => ({ path, text: textOf(path) }));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What runs here: names of processes, as far as the kernel keeps them (15 bytes). */
export const runningPrograms = (): ReadonlySet<string> =>
  new Set(
    namesIn('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => textOf(`/proc/${pid}/comm`).trim()),
  );
