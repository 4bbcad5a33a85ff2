import {
  type Compiled,
  type DeviceAttrs,
  type DeviceKind,
  type FabricDriver,
  type FabricEnd,
  isDiagnostic,
  keyOf,
  type LinkDriver,
  type NetworkDriver,
  type NodeDriver,
  placeKey,
  type Resource,
  z,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { context, fabricSpec, linkSpec, networkSpec, nic, nodeSpec } from '../builders.js';
import { deepFreeze } from './freeze.js';

export const WORD = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

export type AnyDriver =
  | { readonly role: 'network'; readonly driver: NetworkDriver }
  | { readonly role: 'link'; readonly driver: LinkDriver }
  | { readonly role: 'fabric'; readonly driver: FabricDriver }
  | { readonly role: 'node'; readonly driver: NodeDriver };

export interface DriverSuiteOptions {
  /** Options as a file would give them; by default none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The device kinds it may use. */
  readonly deviceKinds?: readonly DeviceKind[];
}

/** What every driver holds to: its words, its documentation, and a compile that is pure and keeps to its own. */
export function driverSuite(it: AnyDriver, { options = {}, deviceKinds = [] }: DriverSuiteOptions = {}): void {
  const { role, driver } = it;
  describe(`${role} kind ${driver.kind}`, () => {
    test('its kind is a word, its summary a sentence', () => {
      expect(driver.kind).toMatch(WORD);
      expect(driver.summary).toMatch(/^\S.*\.$/);
    });

    test('every option has a description', () => expect(undocumented(driver.options)).toEqual([]));

    test('compile answers the same when asked again, and changes nothing it is given', () => {
      const compile = compiler(it, options);
      expect(compile.run()).toEqual(compile.run());
    });

    test('what it makes is within its reach, each thing once', () => {
      const { run, reach } = compiler(it, options);
      const resources = resourcesOf(run());
      expect(resources.filter(({ on }) => !reach.has(placeKey(on)))).toEqual([]);
      expect(repeated(resources.map(({ key }) => key))).toEqual([]);
      expect(repeated(resources.map(({ type, on, id }) => keyOf(type, on, id)))).toEqual([]);
    });

    test('ends of a cable name each other', () => {
      const resources = resourcesOf(compiler(it, options).run());
      const peers = new Map(resources.map(({ key, peer }) => [key, peer?.ref]));
      expect(resources.filter(({ key, peer }) => peer && peers.get(peer.ref) !== key)).toEqual([]);
    });

    test('the devices it makes are of kinds that are described', () => {
      const known = deviceKinds.map(({ kind }) => kind);
      const made = resourcesOf(compiler(it, options).run()).filter(
        ({ type, adopt, moved }) => type === 'device' && !adopt && !moved,
      );
      expect(made.map(({ attrs }) => attrs['kind']).filter((kind) => !known.includes(String(kind)))).toEqual([]);
    });

    if (it.role === 'node') locatorTests(it.driver, options);
    if (it.role === 'fabric') fabricTests(it.driver, options);
  });
}

function locatorTests(driver: NodeDriver, options: DriverSuiteOptions['options']): void {
  const spec = () => deepFreeze(nodeSpec({ kind: driver.kind, options: driver.options.parse(options) }));

  test('its namespace is found the same way each time', () =>
    expect(driver.locate(spec())).toEqual(driver.locate(spec())));

  test('exec keeps the words of a command apart and in order', () => {
    const command = ['echo', 'two words', '$HOME; rm', '--'];
    const runs = driver.exec(spec(), command);
    expect(('argv' in runs ? runs.argv : runs).slice(-command.length)).toEqual(command);
  });
}

function fabricTests(driver: FabricDriver, options: DriverSuiteOptions['options']): void {
  const given = driver.options.parse(options);
  const joined = (others: readonly FabricEnd[]): readonly Resource[] =>
    resourcesOf(driver.compile(fabricSpec({ kind: driver.kind, options: given, others }), context()));
  const h2 = { host: 'h2', underlay: '198.51.100.2' };

  test('its devices say by which number they take what arrives, and are ports of the switch', () => {
    const devices = joined([h2]).filter((it): it is Resource<DeviceAttrs> => it.type === 'device');
    expect(devices.flatMap((it) => driver.idOf(it, given) ?? [])).toContain(42);
    expect(devices.some(({ attrs: { master } }) => master?.ref === fabricSpec({ options: given }).switch.ref)).toBe(
      true,
    );
  });

  test('one host more changes nothing of what leads to the others', () => {
    const before = joined([h2]);
    const after = new Map(joined([h2, { host: 'h3', underlay: '198.51.100.3' }]).map((it) => [it.key, it]));
    expect(before.map(({ key }) => after.get(key))).toEqual(before);
  });

  test('frames grow, and over IPv6 more', () => {
    expect(driver.overhead(given, 4)).toBeGreaterThan(0);
    expect(driver.overhead(given, 6)).toBeGreaterThan(driver.overhead(given, 4));
  });
}

interface Compiler {
  readonly run: () => Compiled;
  /** Where it may make things. */
  readonly reach: ReadonlySet<string>;
}

function compiler(it: AnyDriver, given: DriverSuiteOptions['options']): Compiler {
  const options = it.driver.options.parse(given);
  const kind = it.driver.kind;
  const within = deepFreeze(context());
  switch (it.role) {
    case 'network': {
      const spec = deepFreeze(
        networkSpec({ kind, options, members: [nic({ node: 'a' }), nic({ node: 'b', mac: '02:00:00:00:00:02' })] }),
      );
      return {
        run: () => it.driver.compile(spec, within),
        reach: places(spec.segment, ...spec.members.map(({ on }) => on)),
      };
    }
    case 'link': {
      const spec = deepFreeze(linkSpec({ kind, options }));
      return {
        run: () => it.driver.compile(spec, within),
        reach: places({ host: 'local' }, ...spec.ends.map(({ on }) => on)),
      };
    }
    case 'fabric': {
      const spec = deepFreeze(fabricSpec({ kind, options }));
      return { run: () => it.driver.compile(spec, within), reach: places(spec.segment) };
    }
    case 'node': {
      const spec = deepFreeze(nodeSpec({ kind, options }));
      const on = { host: 'local', node: spec.name };
      const slots = { env: {}, hosts: {}, mounts: {} };
      const nodes = new Map([[spec.name, deepFreeze({ ...spec, on, nics: [], managed: true })]]);
      return {
        run: () => it.driver.compile(spec, { ...within, slots, nodes }),
        reach: places({ host: 'local' }, on),
      };
    }
  }
}

const places = (...all: readonly Parameters<typeof placeKey>[0][]): ReadonlySet<string> => new Set(all.map(placeKey));

const resourcesOf = (compiled: Compiled): readonly Resource[] =>
  compiled.flatMap((it) => (isDiagnostic(it) ? [] : [it]));

export const repeated = <T>(values: readonly T[]): readonly T[] =>
  values.filter((value, index) => values.indexOf(value) < index);

/** Names of the properties that the JSON Schema of these options says nothing about. */
export function undocumented(options: z.ZodObject): readonly string[] {
  const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).flatMap(([name, property]) =>
    typeof property === 'object' && property.description ? [] : [name],
  );
}
