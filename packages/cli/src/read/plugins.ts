import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { type LoadedPlugin, type PluginSpec, show } from '@pipewright/core';
import { fail, PipewrightError, type PluginDefinition } from '@pipewright/plugin';
import type { Jiti } from 'jiti';
import { codeLoader, wordsOf } from './code.js';
import { errors } from './errors.js';

/** Loads plugins as seen from the folder `base`, in order. Throws at the first that fails, naming it. */
export async function loadPlugins(specs: readonly PluginSpec[], base: string): Promise<readonly LoadedPlugin[]> {
  if (specs.length === 0) return [];
  const loader = await codeLoader(base);
  const loaded: LoadedPlugin[] = [];
  for (const { use, options } of specs)
    loaded.push({ plugin: await loadPlugin(use, base, loader), options, from: use });
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
    throw new PipewrightError(errors.pluginFailed(use, path, wordsOf(error)), { cause: error });
  }
}

/** Which API it is for is looked at later; here only, whether it is a plugin at all. */
function isPlugin(value: unknown): value is PluginDefinition {
  return (
    typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'api' in value
  );
}
