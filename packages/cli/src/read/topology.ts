import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseSource, type Source, sourceOf, type TopologyInput, withName } from '@pipewright/core';
import { fail, PipewrightError } from '@pipewright/plugin';
import { codeLoader, isCode, wordsOf } from './code.js';
import { errors } from './errors.js';
import { findTopology, places, within } from './find.js';

export interface ReadOptions {
  /** As given: a path, or `-` for standard input. Without it one is looked for. */
  readonly file?: string | undefined;
  /** Overrides the topology's own name. */
  readonly name?: string | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input, read to its end. */
  readonly stdin?: () => Promise<string>;
}

/** Reads a topology. Throws where there is none; what is wrong inside it is in the source's diagnostics. */
export async function readTopology(options: ReadOptions): Promise<TopologyInput> {
  const { cwd = process.cwd(), env = process.env, stdin = () => text(process.stdin), name } = options;
  const file = options.file ?? (await findTopology(cwd)) ?? fail(errors.noTopology(cwd, places));
  const input =
    file === '-'
      ? { source: parseSource(await stdin(), { file: '<stdin>', env }), base: cwd }
      : { source: await readSource(resolve(cwd, file), shown(file, cwd), env), base: dirname(resolve(cwd, file)) };
  return name === undefined ? input : { ...input, source: withName(input.source, name) };
}

const readSource = async (path: string, file: string, env: ReadOptions['env'] & object): Promise<Source> =>
  isCode(path)
    ? sourceOf(await runCode(path, file), file)
    : parseSource(await readText(path, file), { file, env, ...within(path) });

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new PipewrightError(missing ? errors.noFile(file) : errors.unreadableFile(file, wordsOf(error)), {
      cause: error,
    });
  }
}

/** What the file exports as default, or what that returns. */
async function runCode(path: string, file: string): Promise<unknown> {
  await readText(path, file);
  try {
    const loader = await codeLoader(dirname(path));
    const exported: unknown = await loader.import(path, { default: true });
    return typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  } catch (error) {
    throw new PipewrightError(errors.codeFailed(file, wordsOf(error)), { cause: error });
  }
}

/** A path as people would type it. */
function shown(file: string, cwd: string): string {
  const near = isAbsolute(file) ? relative(cwd, file) : file;
  return near.startsWith('..') ? file : near;
}
