import { type DeviceKind, type Drivers, PLUGIN_API, type PluginDefinition } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { type AnyDriver, driverSuite, repeated, WORD } from './driver.js';
import { resourceTypeSuite } from './resource-type.js';

export interface PluginSuiteOptions {
  /** Options of the plugin itself, as they would stand under `plugins:`. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  /** Options by kind, for drivers that need some. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Device kinds of other plugins that its drivers build on. */
  readonly deviceKinds?: readonly DeviceKind[];
}

/** All that can be checked of a plugin without knowing what it does: one line in its test. */
export function pluginSuite(plugin: PluginDefinition, given: PluginSuiteOptions = {}): void {
  const drivers = driversOf(plugin, given.plugin);
  const deviceKinds = [...(plugin.deviceKinds ?? []), ...(given.deviceKinds ?? [])];
  describe(`plugin ${plugin.name}`, () => {
    test('names itself and the contract it was written for', () => {
      expect(plugin.name).toMatch(/^(@[a-z0-9-]+\/)?[a-z][a-z0-9.-]*$/);
      expect(plugin.api).toBe(PLUGIN_API);
    });

    test('claims each kind once', () => {
      expect(repeated(drivers.map(({ role, driver }) => `${role} ${driver.kind}`))).toEqual([]);
      expect(repeated((plugin.resources ?? []).map(({ type }) => type))).toEqual([]);
    });

    for (const kind of plugin.deviceKinds ?? []) deviceKindTests(kind);
    for (const driver of drivers)
      driverSuite(driver, { options: given.options?.[driver.driver.kind] ?? {}, deviceKinds });
    for (const type of plugin.resources ?? []) resourceTypeSuite(type, []);
  });
}

function deviceKindTests({ kind, attributes }: DeviceKind): void {
  test(`device kind ${kind}: attributes have words and numbers of their own`, () => {
    expect(kind).toMatch(WORD);
    const all = Object.values(attributes);
    expect(all.filter(({ word }) => !/^[a-z0-9_-]+$/.test(word))).toEqual([]);
    expect(repeated(all.map(({ netlink }) => netlink.type))).toEqual([]);
  });
}

function driversOf(
  { drivers = {} }: PluginDefinition,
  options: PluginSuiteOptions['plugin'] = {},
): readonly AnyDriver[] {
  const {
    networks = [],
    links = [],
    fabrics = [],
    nodes = [],
  }: Drivers = typeof drivers === 'function' ? drivers(options) : drivers;
  return [
    ...networks.map((driver) => ({ role: 'network', driver }) as const),
    ...links.map((driver) => ({ role: 'link', driver }) as const),
    ...fabrics.map((driver) => ({ role: 'fabric', driver }) as const),
    ...nodes.map((driver) => ({ role: 'node', driver }) as const),
  ];
}
