import type { z } from 'zod';
import type { DeviceKind } from './device-kind.js';
import type { FabricDriver, FeatureDriver, LinkDriver, NetworkDriver, NodeDriver } from './drivers.js';
import type { ResourceType } from './resource-type.js';
import type { Token } from './tokens.js';

/** The version of this contract. A plugin names the one it was written for. */
export const PLUGIN_API = 1;

export interface Drivers {
  readonly nodes?: readonly NodeDriver[];
  readonly networks?: readonly NetworkDriver[];
  readonly links?: readonly LinkDriver[];
  readonly fabrics?: readonly FabricDriver[];
  readonly features?: readonly FeatureDriver[];
}

/** A port of the engine replaced by the plugin's own class; its constructor takes its parts by `@inject(TOKEN)`. */
export interface Service<T = unknown> {
  readonly token: Token<T>;
  readonly useClass: new (...args: never[]) => T;
}

/** A service, its type forgotten, so that one list holds them all. */
export const service = <T>(token: Token<T>, useClass: Service<T>['useClass']): Service =>
  ({ token, useClass }) as unknown as Service;

/** What a plugin is: data, checked before anything is constructed. */
export interface PluginDefinition {
  readonly name: string;
  readonly api: number;
  readonly version?: string;
  /** Schema of the options it takes under `plugins:`; drivers may then be a function of them. */
  readonly options?: z.ZodObject;
  readonly drivers?: Drivers | ((options: Readonly<Record<string, unknown>>) => Drivers);
  readonly resources?: readonly ResourceType[];
  readonly deviceKinds?: readonly DeviceKind[];
  readonly services?: readonly Service[];
}

/** Types a plugin's default export; does nothing else. */
export const definePlugin = (plugin: PluginDefinition): PluginDefinition => plugin;
