import {
  type DeviceKind,
  type Drivers,
  fail,
  PipewrightError,
  PLUGIN_API,
  type PluginDefinition,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { show } from '../parse/show.js';
import { isMap } from '../parse/source.js';
import { guardedType } from './guarded-type.js';

/** A plugin with the options the file gives it, and where it came from. */
export interface LoadedPlugin {
  readonly plugin: PluginDefinition;
  readonly options: Readonly<Record<string, unknown>>;
  /** `built in`, a path or a package name. */
  readonly from: string;
}

/** A plugin whose options are applied: its drivers are plain data. */
export interface ReadyPlugin {
  readonly name: string;
  readonly from: string;
  readonly plugin: PluginDefinition;
  readonly drivers: Drivers;
}

/** What the engine counts on, by contract. A plugin need not be written in TypeScript. */
const OWED: Readonly<Record<keyof Drivers, readonly string[]>> = {
  nodes: ['kind', 'options', 'compile', 'locate', 'exec'],
  networks: ['kind', 'options', 'compile'],
  links: ['kind', 'options', 'compile'],
  fabrics: ['kind', 'options', 'compile'],
  features: ['kind', 'compile'],
};

const CONTRACTS = ['nodes', 'networks', 'links', 'fabrics', 'features'] as const;

const BUILT_IN = 'built in';
const brought = new WeakMap<object, string>();

/** The plugin that brought a driver; undefined of one that is built in. */
export const pluginOf = (driver: object): string | undefined => brought.get(driver);

const KIND = /^[a-z][a-z0-9-]*$/;

/** Refuses what cannot work, before anything of a plugin is constructed: another API, two claims to one word. */
export function checkPlugins(loaded: readonly LoadedPlugin[]): readonly ReadyPlugin[] {
  const ready = loaded.map(readyPlugin);
  for (const contract of CONTRACTS)
    claimOnce(contract.slice(0, -1), ready, (it) => (it.drivers[contract] ?? []).map((driver) => driver.kind));
  claimOnce('resource type', ready, (it) => (it.plugin.resources ?? []).map((type) => type.type));
  const several = claimedBySeveral(ready);
  claimOnce('device attribute', ready, (it) =>
    (it.plugin.deviceKinds ?? []).flatMap((kind) => (several.has(kind.kind) ? attributeNames(kind) : [])),
  );
  claimOnce('plugin', ready, (it) => [it.name]);
  return ready;
}

/** Kinds of device that several add attributes to. */
function claimedBySeveral(plugins: readonly ReadyPlugin[]): ReadonlySet<string> {
  const kinds = plugins.flatMap(({ plugin }) => (plugin.deviceKinds ?? []).map(({ kind }) => kind));
  return new Set(kinds.filter((kind, index) => kinds.indexOf(kind) !== index));
}

const attributeNames = (kind: DeviceKind): readonly string[] =>
  Object.keys(kind.attributes).map((attribute) => `${kind.kind} ${attribute}`);

function readyPlugin({ plugin, options, from }: LoadedPlugin): ReadyPlugin {
  if (plugin.api !== PLUGIN_API) fail(errors.pluginApi(plugin.name, from, plugin.api, PLUGIN_API));
  const drivers = driversOf(plugin, options, from);
  for (const contract of CONTRACTS) {
    checkDrivers(contract, drivers[contract] ?? [], plugin.name, from);
    if (from !== BUILT_IN) for (const it of drivers[contract] ?? []) brought.set(it, plugin.name);
  }
  const { name, resources } = plugin;
  if (from === BUILT_IN || !resources) return { name, from, plugin, drivers };
  return { name, from, plugin: { ...plugin, resources: resources.map((it) => guardedType(it, name)) }, drivers };
}

/** Looks at no value: options may be made where they are first asked for. */
function checkDrivers(contract: keyof Drivers, given: unknown, plugin: string, from: string): void {
  const word = contract.slice(0, -1);
  if (!Array.isArray(given)) fail(errors.notADriver(word, plugin, from, `${contract} is ${show(given)}, no list`));
  for (const driver of given as readonly unknown[]) {
    const [lacks] = isMap(driver) ? OWED[contract].filter((it) => !(it in driver)) : ['kind'];
    if (lacks !== undefined) fail(errors.notADriver(word, plugin, from, `${show(driver)} has no ${lacks}`));
  }
}

function driversOf(plugin: PluginDefinition, options: LoadedPlugin['options'], from: string): Drivers {
  const parsed = plugin.options?.strict().safeParse(options);
  if (parsed && !parsed.success)
    fail(
      errors.pluginOptions(
        plugin.name,
        from,
        parsed.error.issues.map((it) => it.message),
      ),
    );
  if (!parsed && Object.keys(options).length > 0) fail(errors.pluginOptions(plugin.name, from, ['it takes none']));
  if (typeof plugin.drivers !== 'function') return plugin.drivers ?? {};
  try {
    return plugin.drivers(parsed?.data ?? {});
  } catch (cause) {
    throw new PipewrightError(errors.pluginThrew(plugin.name, from, String(cause)), { cause });
  }
}

function claimOnce(
  what: string,
  plugins: readonly ReadyPlugin[],
  claims: (it: ReadyPlugin) => readonly string[],
): void {
  const owners = new Map<string, ReadyPlugin>();
  for (const plugin of plugins)
    for (const claim of claims(plugin)) {
      const other = owners.get(claim);
      if (other) fail(errors.claimedTwice(what, claim, named(other), named(plugin)));
      if (!KIND.test(claim) && what !== 'device attribute' && what !== 'plugin')
        fail(errors.badKind(what, claim, named(plugin)));
      owners.set(claim, plugin);
    }
}

const named = (it: ReadyPlugin): string => `${it.name} (${it.from})`;
