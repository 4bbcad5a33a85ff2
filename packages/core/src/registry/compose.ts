import {
  DEVICE_KIND,
  FABRIC_DRIVER,
  FEATURE_DRIVER,
  LINK_DRIVER,
  NETWORK_DRIVER,
  NODE_DRIVER,
  RESOURCE_TYPE,
  type Service,
  type Token,
} from '@pipewright/plugin';
import { type DependencyContainer, Lifecycle, rootContainer } from '../di.js';
import type { ReadyPlugin } from './plugins.js';

/**
 * The container of one run: flat, because a child container hides its parent's `injectAll`. Ports come first, so that
 * a plugin's own service replaces them; everything else only adds.
 */
export function compose(ports: readonly Service[], plugins: readonly ReadyPlugin[]): DependencyContainer {
  const container = rootContainer.createChildContainer();
  const replaced = new Map<symbol, Service>(
    [...ports, ...plugins.flatMap((it) => it.plugin.services ?? [])].map((it) => [it.token, it]),
  );
  for (const { token, useClass } of replaced.values())
    container.register(token, { useClass: useClass }, { lifecycle: Lifecycle.ContainerScoped });
  for (const plugin of plugins) registerPlugin(container, plugin);
  return container;
}

function registerPlugin(container: DependencyContainer, { drivers, plugin }: ReadyPlugin): void {
  const all = <T>(token: Token<T>, values: readonly T[] | undefined): void => {
    for (const useValue of values ?? []) container.register<T>(token, { useValue });
  };
  all(NODE_DRIVER, drivers.nodes);
  all(NETWORK_DRIVER, drivers.networks);
  all(LINK_DRIVER, drivers.links);
  all(FABRIC_DRIVER, drivers.fabrics);
  all(FEATURE_DRIVER, drivers.features);
  all(RESOURCE_TYPE, plugin.resources);
  all(DEVICE_KIND, plugin.deviceKinds);
}
