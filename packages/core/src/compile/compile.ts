import {
  type Compiled,
  type CompileContext,
  type DeviceAttrs,
  type Fault,
  type Diagnostic,
  type FeatureContext,
  type FeatureDriver,
  type FeatureOutcome,
  isDiagnostic,
  type Key,
  keyOf,
  type Model,
  type ModelNode,
  type Nic,
  type Path,
  problem,
  type Resource,
} from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { NodeEntry, Topology } from '../topology.js';
import { compiledBy, outcomeBy } from './guarded.js';
import { hostRoutes, loopbackResources, nicResources, type Surroundings } from './nics.js';
import { absentDevices, missingDevice, nodeResources } from './nodes.js';
import { placesIn } from './places.js';
import { missingTools, settled } from './settings.js';
import { joinSlots } from './slots.js';
import { compileWays } from './ways.js';

export interface DesiredState {
  readonly resources: readonly Resource[];
  /** Where in the file each resource comes from. */
  readonly origins: ReadonlyMap<Key, Path>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Model → resources, by the drivers. Features come first, so that all see the same model and none another's output, and
 * so that nodes find their slots filled; networks, fabrics and links after the nodes whose namespaces they reach into.
 * Each sees what its own host is. `whole` is
 * the topology that the model is a part of, where it is one.
 */
export function compile(
  topology: Topology,
  model: Model,
  registries: Registries,
  contextOn: (host: string) => CompileContext,
  whole: Model = model,
): DesiredState {
  const outcomes = compileFeatures(model, registries, { topology: topology.name, on: contextOn }, whole);
  const slots = joinSlots(outcomes);
  const switches = new Map(whole.networks.map((it) => [`${it.segment.host} ${it.name}`, it.device]));
  const nodes = new Map(model.nodes.map((it) => [it.name, it]));
  const { ways, waysOf } = compileWays(model, registries, contextOn);
  const by = <D extends { readonly kind: string }>(
    contract: string,
    driver: D,
    it: string,
    run: (driver: D) => Compiled,
  ): Compiled => compiledBy(contract, driver, it, registries, () => run(driver));
  const made: readonly Sourced[] = [
    ...ways,
    ...model.nodes.map((node) => ({
      path: node.path,
      items: by('node', registries.nodes.need(node.kind), node.name, (driver) =>
        driver.compile(node as never, { ...contextOn(node.host), slots: slots.of(node.name), nodes }),
      ),
    })),
    ...model.networks.map((it) => ({
      path: it.path,
      items: by('network', registries.networks.need(it.kind), it.name, (driver) =>
        driver.compile(it as never, {
          ...contextOn(it.segment.host),
          switchOf: (name) => switches.get(`${it.segment.host} ${name}`),
        }),
      ),
    })),
    ...model.fabrics.map((it) => ({
      path: it.path,
      items: waysOf(
        it,
        by('fabric', registries.fabrics.need(it.kind), it.network, (driver) =>
          driver.compile(it as never, contextOn(it.here.host)),
        ),
      ),
    })),
    ...model.fabricLinks.map((it) => ({
      path: it.path,
      items: waysOf(
        it,
        by(
          'fabric',
          registries.fabrics.need(it.kind),
          it.link,
          (driver) => driver.link?.(it as never, contextOn(it.here.host)) ?? [],
        ),
      ),
    })),
    ...ownLinks(model).map((it) => ({
      path: it.path,
      items: by('link', registries.links.need(it.kind), it.name, (driver) =>
        driver.compile(it as never, contextOn(it.ends[0].on.host)),
      ),
    })),
    ...outcomes.map((it) => ({ path: [], items: it.outcome.resources })),
  ];
  const compiled = settledAll(made, model);
  const devices = devicesOf(compiled);
  const ofDrivers = resourcesOf(compiled);
  const ofNodes = configureNodes(topology, model, (entry, node) => [
    ...nodeResources(entry, node, { devices }),
    ...absentDevices(entry, node, { devices, made: ofDrivers, types: registries.types }),
  ]);
  const at = surroundingsIn(model, new Set(resourcesOf(ofNodes).map((it) => it.key)));
  const configured = [
    ...configureNics(model, devices, at, contextOn),
    ...configureNodes(topology, model, (entry, node) => loopbackResources(entry.loopback, node, at(node.name))),
    ...configureNodes(topology, model, (_, node) => hostRoutes(node, ofDrivers, devices)),
    ...ofNodes,
  ];
  const all = [...compiled, ...configured];
  const resources = onceEach(resourcesOf(all), registries).map(
    (it) => registries.types.need(it.type).mark?.(it, topology.name) ?? it,
  );
  const origins = new Map(
    all.flatMap(({ path, items }) => resourcesOf([{ path, items }]).map((it) => [it.key, path] as const)),
  );
  return {
    resources,
    origins,
    diagnostics: [
      ...slots.diagnostics,
      ...all.flatMap((it) => it.items.filter(isDiagnostic)),
      ...duplicates(resources, {
        types: registries.types,
        placeOf: (key) => placesIn(topology, model).get(key) ?? origins.get(key),
        contextOn,
      }),
      ...undescribed(resources, origins, registries),
      ...crowded(resources, origins, registries),
    ],
  };
}

function compileFeatures(model: Model, registries: Registries, context: FeatureContext, whole: Model = model) {
  return registries.features.map((feature) => ({
    kind: feature.kind,
    outcome: outcomeOf(feature, model, whole, registries, context),
  }));
}

/** The environment that what is run in a node gets: what features fill in, and over it the node's own. */
export function environmentOf(
  name: string,
  model: Model,
  registries: Registries,
  context: FeatureContext,
): Readonly<Record<string, string>> {
  const own = model.nodes.find((it) => it.name === name)?.env ?? {};
  const filled = joinSlots(compileFeatures(model, registries, context)).of(name).env;
  return Object.fromEntries(
    Object.entries({ ...filled, ...own }).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}

/** Of a part of the topology; but what there is once for all of it is as the whole topology wants it. */
function outcomeOf(
  feature: FeatureDriver,
  part: Model,
  whole: Model,
  registries: Registries,
  context: FeatureContext,
): FeatureOutcome {
  const names = new Set(whole.nodes.map(({ name }) => name));
  const of = (model: Model): FeatureOutcome =>
    outcomeBy(feature, model.topology, names, registries, () => feature.compile(model, context));
  const outcome = of(part);
  if (part === whole) return outcome;
  const isWhole = (it: Compiled[number]): boolean =>
    !isDiagnostic(it) && registries.types.need(it.type).traces !== undefined;
  return {
    ...outcome,
    resources: [...outcome.resources.filter((it) => !isWhole(it)), ...of(whole).resources.filter(isWhole)],
  };
}

/** Those whose driver makes them. */
const ownLinks = ({ links }: Model): Model['links'] => links.filter(({ fabric }) => fabric === undefined);

/** What one part of the file compiles to. */
interface Sourced {
  readonly path: Path;
  readonly items: Compiled;
}

const resourcesOf = (all: readonly Sourced[]): readonly Resource[] =>
  all.flatMap(({ items }) => items.flatMap((it) => (isDiagnostic(it) ? [] : [it])));

const devicesOf = (all: readonly Sourced[]): ReadonlyMap<Key, Resource<DeviceAttrs>> =>
  new Map(
    resourcesOf(all).flatMap((it) => (it.type === 'device' ? [[it.key, it as Resource<DeviceAttrs>] as const] : [])),
  );

/** Devices of nics as the nics are to be. */
function settledAll(all: readonly Sourced[], model: Model): readonly Sourced[] {
  const nics = new Map(model.nodes.flatMap((it) => it.nics).map((nic) => [keyOf('device', nic.on, nic.device), nic]));
  const devices = devicesOf(all);
  const settle = (it: Resource<DeviceAttrs>, upon: readonly Key[] = []): Resource<DeviceAttrs> => {
    const nic = nics.get(it.key);
    // A loop was complained of.
    const parent = upon.includes(it.key) ? undefined : devices.get(nic?.parent?.ref ?? '');
    return nic ? settled(it, nic, parent && settle(parent, [...upon, it.key])) : it;
  };
  return all.map(({ path, items }) => ({
    path,
    items: items.map((it) => (isDiagnostic(it) || it.type !== 'device' ? it : settle(it as Resource<DeviceAttrs>))),
  }));
}

function configureNics(
  model: Model,
  devices: ReadonlyMap<Key, Resource<DeviceAttrs>>,
  at: (node: string) => Surroundings,
  contextOn: (host: string) => CompileContext,
): readonly Sourced[] {
  const owners: readonly { readonly contract: string; readonly kind: string; readonly nics: readonly Nic[] }[] = [
    ...model.networks.map((it) => ({ contract: 'network', kind: it.kind, nics: it.members })),
    ...model.links.map((it) => ({
      contract: it.fabric === undefined ? 'link' : 'fabric',
      kind: it.fabric ?? it.kind,
      nics: it.ends,
    })),
  ];
  return owners.flatMap(({ contract, kind, nics }) =>
    nics.map((nic) => {
      const device = devices.get(keyOf('device', nic.on, nic.device));
      return {
        path: nic.path,
        items: device
          ? [...nicResources(nic, device, at(nic.node)), ...missingTools(nic, contextOn(nic.on.host).facts)]
          : [missingDevice(contract, kind, nic.id, nic.path)],
      };
    }),
  );
}

function surroundingsIn(model: Model, said: ReadonlySet<Key>): (node: string) => Surroundings {
  const bare = new Set(model.nodes.flatMap((it) => (it.managed && !it.engine ? [it.name] : [])));
  return (node) => ({ said, isBare: bare.has(node) });
}

function configureNodes(
  topology: Topology,
  model: Model,
  configure: (entry: NodeEntry, node: ModelNode) => Compiled,
): readonly Sourced[] {
  const entries = new Map(topology.nodes.map((it) => [it.name, it]));
  return model.nodes.flatMap((node) => {
    const entry = entries.get(node.name);
    return entry ? [{ path: node.path, items: configure(entry, node) }] : [];
  });
}

/** What is not one part's alone is once in the state, however many parts of the file are on it or say what it is to be. */
function onceEach(asked: readonly Resource[], { types }: Pick<Registries, 'types'>): readonly Resource[] {
  const known = new Map<Key, Resource>();
  return asked.filter((it) => {
    const other = known.get(it.key);
    known.set(it.key, it);
    const isCommon = (it.adopt && other?.adopt) ?? (it.shared && other?.shared) ?? types.need(it.type).lasting ?? false;
    return !(isCommon && deepEqual(it.attrs, other?.attrs));
  });
}

interface DuplicateParts extends Pick<Registries, 'types'> {
  readonly placeOf: (key: Key) => Path | undefined;
  readonly contextOn: (host: string) => CompileContext;
}

/** Two resources of one key: two parts of the file want the same name in the same place, or one takes there what another needs. */
function duplicates(
  resources: readonly Resource[],
  { types, placeOf, contextOn }: DuplicateParts,
): readonly Diagnostic[] {
  const seen = new Map<Key, Resource>();
  const claim = (key: Key, it: Resource): readonly Diagnostic[] => {
    const other = seen.get(key);
    seen.set(key, it);
    return other ? [problem(duplicate(key, [other, it], types), placeOf(it.key) ?? [])] : [];
  };
  return resources.flatMap((it) => {
    const origin = originOf(it, contextOn(it.on.host));
    return [...claim(it.key, it), ...(origin === undefined || origin === it.key ? [] : claim(origin, it))];
  });
}

function duplicate(key: Key, [first, second]: readonly [Resource, Resource], types: Registries['types']): Fault {
  const { host } = second.on;
  if (first.moved || second.moved) {
    const home = keyOf(second.type, { host }, '');
    if (key.startsWith(home)) return errors.lentTwice(key.slice(home.length), first.id, second.id);
  }
  const name = key.slice(keyOf(second.type, second.on, '').length);
  const what = `${second.type} ${name}${second.on.node === undefined ? '' : ` in ${second.on.node}`}`;
  return types.need(second.type).lasting
    ? errors.valueTwice(
        what,
        [first, second].map(({ attrs }) => String(attrs['value'])),
      )
    : errors.resourceTwice(what, first.id, second.id);
}

/** What is moved is where it comes from no more. */
function originOf({ type, on: { host }, moved }: Resource, { facts }: CompileContext): Key | undefined {
  if (!moved) return undefined;
  const hardware = facts.devices.find((it) => it.kind === 'physical' && it.mac === moved.mac?.toLowerCase());
  const name = moved.name ?? hardware?.name;
  return name === undefined ? undefined : keyOf(type, { host }, name);
}

/** Devices to be made of a kind of which only another plugin knows what its attributes mean. */
function undescribed(
  resources: readonly Resource[],
  origins: ReadonlyMap<Key, Path>,
  { deviceKinds }: Registries,
): readonly Diagnostic[] {
  return resources.flatMap((it) => {
    const kind = it.type === 'device' && !it.adopt && !it.moved ? it.attrs['kind'] : undefined;
    return typeof kind !== 'string' || deviceKinds.get(kind)
      ? []
      : [problem(errors.undescribedKind(it.id, kind), origins.get(it.key) ?? [])];
  });
}

/** More ports than the kernel gives a device of that kind. */
function crowded(
  resources: readonly Resource[],
  origins: ReadonlyMap<Key, Path>,
  registries: Registries,
): readonly Diagnostic[] {
  const ports = new Map<Key, number>();
  for (const it of resources) {
    const master = (it.attrs as Partial<DeviceAttrs>).master;
    if (master) ports.set(master.ref, (ports.get(master.ref) ?? 0) + 1);
  }
  return resources.flatMap((it) => {
    const count = ports.get(it.key) ?? 0;
    const kind = it.attrs['kind'];
    const most = typeof kind === 'string' ? registries.deviceKinds.get(kind)?.maxPorts : undefined;
    return most !== undefined && count > most
      ? [problem(errors.tooManyPorts(it.id, count, most, String(kind)), origins.get(it.key) ?? [])]
      : [];
  });
}
