import { homedir } from 'node:os';
import { basename, dirname, relative, sep } from 'node:path';
import { parseSource, pluginSpecs } from '@pipewright/core';
import { fail } from '@pipewright/plugin';
import type { CosmiconfigResult, Options } from 'cosmiconfig';
import { isCode } from './code.js';
import { errors } from './errors.js';
import { asRoot, isRoots } from './trust.js';
import { isRecord } from '../is-record.js';

const NAME = 'pipewright';

/** Where a topology is looked for in each folder, in this order. */
export const places: readonly string[] = [
  ...['yaml', 'yml', 'json', 'ts', 'mts', 'mjs', 'js'].map((extension) => `${NAME}.${extension}`),
  `.${NAME}rc`,
  ...['json', 'yaml', 'yml'].map((extension) => `.${NAME}rc.${extension}`),
  'package.json',
];

const isPackage = (path: string): boolean => basename(path) === 'package.json';

/** The key that holds the topology in a file of this name, where it is not the whole file. */
export const within = (path: string): { readonly within?: string } => (isPackage(path) ? { within: NAME } : {});

/**
 * The path of the topology in `folder`, or else in the nearest folder above it, up to the home folder. As root, code
 * that somebody else could have put there is refused.
 */
export async function findTopology(folder: string): Promise<string | undefined> {
  const found = await search(folder);
  if (found && asRoot() && runsCode(found) && !isRoots(found.path))
    fail(errors.notRoots(relative(folder, found.path), isCode(found.path) ? 'is a program' : 'names plugins'));
  return found?.path;
}

interface Found {
  readonly path: string;
  readonly text: string;
}

const runsCode = ({ path, text }: Found): boolean =>
  isCode(path) || pluginSpecs(parseSource(text, { file: path, env: process.env, ...within(path) })).length > 0;

/** What cosmiconfig 9.0.2 exports there; its declarations leave it out as internal. */
interface ExplorerModule {
  readonly Explorer: new (
    options: Options & { readonly moduleName: string; readonly metaConfigFilePath: null },
  ) => {
    search(from: string): Promise<CosmiconfigResult>;
  };
}

/**
 * cosmiconfig's own entry point first runs `.config/config.js` of the working directory, if there is one: not what root
 * wants. Its explorer is what searches; it is given loaders that run nothing.
 */
async function search(folder: string): Promise<Found | undefined> {
  const { Explorer } = (await import('cosmiconfig/dist/Explorer.js')) as unknown as ExplorerModule;
  const asText = (_: string, text: string): string => text;
  const explorer = new Explorer({
    moduleName: NAME,
    searchPlaces: [...places],
    loaders: { '.json': jsonText, noExt: asText, default: asText },
    stopDir: homedir(),
    searchStrategy: 'global',
    ignoreEmptySearchPlaces: false,
    cache: false,
    transform: (result) => result,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    metaConfigFilePath: null,
  });
  const result = await explorer.search(folder).catch(noneIfHidden);
  // Its last place is a folder of the user's, where a file `config` is no topology of this one.
  if (!result || !isAbove(dirname(result.filepath), folder)) return undefined;
  return { path: result.filepath, text: typeof result.config === 'string' ? result.config : '' };
}

/** After `sudo -u`, HOME may be a folder that is not ours to look into. */
function noneIfHidden(error: unknown): null {
  if (isRecord(error) && error['code'] === 'EACCES' && error['syscall'] === 'stat') return null;
  throw error;
}

/** The explorer takes package.json only where it has our key. */
const jsonText = (path: string, text: string): unknown => {
  if (!isPackage(path)) return text;
  return hasKey(text) ? { [NAME]: text } : {};
};

function hasKey(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && NAME in value;
  } catch {
    return false;
  }
}

/** Is `folder` this one or below it? */
export const isAbove = (above: string, folder: string): boolean =>
  folder === above || folder.startsWith(above.endsWith(sep) ? above : above + sep);
