import { dirname, relative, resolve } from 'node:path';
import {
  type Env,
  envFilesOf,
  parseSource,
  type Source,
  sourceOf,
  type TopologyInput,
  withEnvFiles,
  withName,
} from '@pipewright/core';
import { fail, type Fault, PipewrightError } from '@pipewright/plugin';
import { codeLoader, isCode, wordsOf, wordsOfCode } from './code.js';
import { errors } from './errors.js';
import { findTopology, isAbove, places, within } from './find.js';
import { streamText, wholeText } from './whole-text.js';

export interface ReadOptions {
  /** As given: a path, or `-` for standard input. Without it one is looked for. */
  readonly file?: string | undefined;
  /** Overrides the topology's own name. */
  readonly name?: string | undefined;
  readonly cwd?: string;
  readonly env?: Env;
  /** Standard input, read to its end. */
  readonly stdin?: () => Promise<string>;
}

/** Reads a topology. Throws where there is none; what is wrong inside it is in the source's diagnostics. */
export async function readTopology(options: ReadOptions): Promise<TopologyInput> {
  const { cwd = process.cwd(), env = process.env, stdin = standardInput, name } = options;
  const { source, base } =
    options.file === '-'
      ? { source: parseSource(await stdin(), { file: '<stdin>', env: seenFrom(cwd, env) }), base: cwd }
      : await readNamed(options.file ?? (await find(cwd)), cwd, env);
  const filled = await withTheirTexts(source, base, env);
  return { source: name === undefined ? filled : withName(filled, name), base };
}

async function withTheirTexts(source: Source, base: string, env: Env): Promise<Source> {
  const texts = new Map<string, string | Fault>();
  for (const path of envFilesOf(source)) texts.set(path, await textOrFault(path, base));
  return texts.size === 0 ? source : withEnvFiles(source, seenFrom(base, env), texts);
}

async function textOrFault(path: string, base: string): Promise<string | Fault> {
  try {
    return await wholeText(resolve(base, path), path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return errors.noEnvFile(path, base);
    return errors.unreadableFile(path, wordsOf(error).replace(/[.]$/, ''));
  }
}

const FOLDER = 'PIPEWRIGHT_FOLDER';

/** Paths in a text are told from where it is. No copy: of what is asked for in the environment, `up` takes note. */
const seenFrom = (folder: string, env: Env): Env =>
  new Proxy(env, {
    get: (of, name): unknown => (name === FOLDER ? folder : Reflect.get(of, name)),
    getOwnPropertyDescriptor: (of, name) =>
      name === FOLDER
        ? { value: folder, configurable: true, enumerable: true, writable: true }
        : Reflect.getOwnPropertyDescriptor(of, name),
  });

const standardInput = (): Promise<string> => streamText(process.stdin, 'Standard input');

async function find(cwd: string): Promise<string> {
  const found = (await findTopology(cwd)) ?? fail(errors.noTopology(cwd, places));
  return isAbove(cwd, dirname(found)) ? relative(cwd, found) : found;
}

async function readNamed(file: string, cwd: string, env: Env): Promise<TopologyInput> {
  const path = resolve(cwd, file);
  const source = isCode(path)
    ? sourceOf(await runCode(path, file), file)
    : parseSource(await readText(path, file), { file, env: seenFrom(dirname(path), env), ...within(path) });
  return { source, base: dirname(path) };
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await wholeText(path, file);
  } catch (error) {
    if (error instanceof PipewrightError) throw error;
    throw new PipewrightError(whyUnread(error, file), { cause: error });
  }
}

function whyUnread(error: unknown, file: string): Fault {
  const code = codeOf(error);
  if (code === 'ENOENT') return errors.noFile(file);
  return code === 'EISDIR' ? errors.folderForFile(file) : errors.unreadableFile(file, wordsOf(error));
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** What the file exports as default, or what that returns. */
async function runCode(path: string, file: string): Promise<unknown> {
  await readText(path, file);
  try {
    const loader = await codeLoader(dirname(path));
    const exported: unknown = await loader.import(path, { default: true });
    return typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  } catch (error) {
    throw new PipewrightError(errors.codeFailed(file, wordsOfCode(error, dirname(path))), { cause: error });
  }
}
