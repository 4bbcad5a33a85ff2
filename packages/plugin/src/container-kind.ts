import { containerDriver } from './container/driver.js';
import { containerTypes } from './container/types.js';
import type { Drivers, PluginDefinition } from './define-plugin.js';
import type { ContainerWords, EngineSpec } from './engine.js';

/**
 * Nodes that are containers of an engine which speaks Docker's API, made or found: `...containerKind(engine, words)` in a
 * `definePlugin` is all that the plugin of such an engine needs.
 */
export const containerKind = (
  engine: EngineSpec,
  words: ContainerWords,
): { readonly drivers: Drivers; readonly resources: NonNullable<PluginDefinition['resources']> } => ({
  drivers: { nodes: [containerDriver(engine, words)] },
  resources: containerTypes(engine, words),
});
