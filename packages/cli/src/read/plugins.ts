import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { type LoadedPlugin, type PluginSpec, show, type Source } from '@pipewright/core';
import { fail, PipewrightError, type PluginDefinition, type Position } from '@pipewright/plugin';
import type { Jiti } from 'jiti';
import { codeLoader, wordsOfCode } from './code.js';
import { errors } from './errors.js';

/** The same failure, with the place in the file that asks for the plugin. */
function at(error: unknown, place: Position | undefined): Parameters<typeof fail> {
  if (!(error instanceof PipewrightError)) throw error;
  return [error, { cause: error.cause, at: place }];
}

/** Loads plugins as seen from the folder `base`, in order. Throws at the first that fails, naming it. */
export async function loadPlugins(
  specs: readonly PluginSpec[],
  base: string,
  source?: Source,
): Promise<readonly LoadedPlugin[]> {
  if (specs.length === 0) return [];
  const loader = await codeLoader(base);
  const loaded: LoadedPlugin[] = [];
  for (const { use, options, path } of specs) {
    const plugin = await loadPlugin(use, base, loader).catch((error: unknown) =>
      fail(...at(error, source?.locate(path))),
    );
    loaded.push({ plugin, options, from: use });
  }
  return loaded;
}

async function loadPlugin(use: string, base: string, loader: Jiti): Promise<PluginDefinition> {
  const path = locate(use, base, loader) ?? fail(errors.noPlugin(use, base));
  const exported = await load(use, path, loader);
  return isPlugin(exported) ? exported : fail(errors.notAPlugin(use, path, show(exported)));
}

function locate(use: string, base: string, loader: Jiti): string | undefined {
  if (use.startsWith('.') || isAbsolute(use)) return [resolve(base, use)].find((path) => existsSync(path));
  const found = loader.esmResolve(use, { try: true });
  return found?.startsWith('file:') ? fileURLToPath(found) : found;
}

async function load(use: string, path: string, loader: Jiti): Promise<unknown> {
  try {
    return await loader.import(path, { default: true });
  } catch (error) {
    throw new PipewrightError(errors.pluginFailed(use, path, wordsOfCode(error, dirname(path))), { cause: error });
  }
}

/** Which API it is for is looked at later; here only, whether it is a plugin at all. */
function isPlugin(value: unknown): value is PluginDefinition {
  return (
    typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'api' in value
  );
}
