import { join } from 'node:path';
import type { Jiti } from 'jiti';

const CODE = /\.[cm]?[jt]s$/;

/** Is the file a program, by its name? */
export const isCode = (path: string): boolean => CODE.test(path);

/**
 * Loads TypeScript and JavaScript as seen from `folder`. What it imports of pipewright and zod is this program's own
 * copy, so that a file beside a topology needs no node_modules.
 */
export async function codeLoader(folder: string): Promise<Jiti> {
  const { createJiti } = await import('jiti');
  const plugin = await import('@pipewright/plugin'); // late: it brings all of zod
  const { Console } = await import('node:console');
  globalThis.console = new Console(process.stderr); // what code says is no part of what the command prints
  const zod = { ...plugin.z, z: plugin.z, default: plugin.z };
  return createJiti(join(folder, 'topology'), {
    // Its default folder is below /tmp, where others could put code that root would run.
    fsCache: false,
    virtualModules: { '@pipewright/plugin': plugin, zod, 'zod/v4': zod },
  });
}

/** What went wrong in code that was loaded from below `folder`, and where. */
export function wordsOfCode(error: unknown, folder: string): string {
  const { message = '', stack = '' } = error instanceof Error ? error : {};
  // Of what cannot be parsed the loader gives the place in a line of its own, with columns from 0.
  const [, unparsed] = /\n\s*(\/.+:\d+):\d+$/.exec(message) ?? [];
  const frames = stack.split('\n').flatMap((it) => /(\/[^()]+:\d+):\d+\)?$/.exec(it)?.[1] ?? []);
  const place = unparsed ?? frames.find((it) => it.startsWith(`${folder}/`) && !it.includes('/node_modules/'));
  return `${wordsOf(error).trim()}${place === undefined ? '' : ` at ${place}`}`;
}

/** What went wrong, in one line. */
export const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
