import type { Commands } from '@pipewright/plugin';

/** A file of somebody's configuration. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Empty for what is not there or not ours to read. */
export async function textOf(path: string, commands: Commands): Promise<string> {
  const { code, stdout } = await commands.run(['cat', '--', path]);
  return code === 0 ? stdout : '';
}

const PATHS = 'ending=$1; shift; for it; do ls -d "$it"/*"$ending" 2> /dev/null; done; true';

/** All files of that ending in these folders by name; of two of one name the one in the first folder counts. */
export async function configFiles(
  folders: readonly string[],
  ending: string,
  commands: Commands,
): Promise<readonly ConfigFile[]> {
  const { stdout } = await commands.run(['sh', '-c', PATHS, 'sh', ending, ...folders]);
  const paths = new Map<string, string>();
  for (const path of linesOf(stdout)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!paths.has(name)) paths.set(name, path);
  }
  const found = [...paths].sort(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(found.map(async ([, path]) => ({ path, text: await textOf(path, commands) })));
}

/** What runs there: names of processes, as far as the kernel keeps them (15 bytes). */
export async function runningPrograms(commands: Commands): Promise<ReadonlySet<string>> {
  const { stdout } = await commands.run(['sh', '-c', 'cat /proc/[0-9]*/comm 2> /dev/null; true']);
  return new Set(linesOf(stdout));
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((it) => it !== '');
