import { resource } from '../constructors.js';
import type { AttributeClass } from '../device-kind.js';
import type { ContainerWords, EngineSpec } from '../engine.js';
import type { NodeTarget } from '../node-target.js';
import type { EngineOp, Op } from '../op.js';
import { type Key, keyOf, type Observed, type Placement, type Ref, ref, type Resource } from '../resource.js';
import {
  type Found,
  type RawObserved,
  type ReadContext,
  type ReadQuery,
  resourceType,
  type ResourceType,
} from '../resource-type.js';
import { z } from '../schema.js';
import {
  type Connection,
  type ContainerAttrs,
  type Creation,
  creationSchema,
  type Identity,
  identitySchema,
} from './attrs.js';
import { createBody, LABELS } from './create-body.js';
import { errors } from './errors.js';
import { isSameOption } from './same-option.js';

/** That the container of this name runs; with it there is the namespace of its node. */
export type RunningAttrs = Identity &
  Pick<ContainerAttrs, 'stop-timeout'> & {
    /** Containers whose health is waited for before it is started. */
    readonly after?: readonly string[];
  };

/** Another container that one has to do with. */
export interface Neighbour {
  readonly name: string;
  /** Its running is a resource of ours. */
  readonly managed: boolean;
  readonly healthy: boolean;
}

/** What is started before it, and whose namespace it is in. */
export interface Neighbours {
  readonly neighbours: readonly Neighbour[];
  readonly holder?: Neighbour;
}

/** A container as the engine lists it. */
interface Row {
  readonly Id: string;
  readonly Names: readonly string[] | null;
  readonly State: string;
  readonly HostConfig?: { readonly NetworkMode?: string };
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly NetworkID?: string } | null>> | null;
  };
  readonly Labels: Readonly<Record<string, string>>;
}

/** Ends the name of a container that is put aside until all that was to be done is done. */
const ASIDE = '.pipewright-removed';

/** A restarting one has a namespace again in a moment. */
const RUNNING = ['running', 'restarting', 'paused'];

/** Seconds from the signal to the end, where nobody says otherwise (docker-stop(1)). */
const STOP_TIMEOUT = 10;
const PATIENCE_MS = 30_000;

/** A change of any of them means another container, but for what its engine does to the one that is there. */
const classes = (schema: z.ZodObject): Readonly<Record<string, AttributeClass>> => ({
  ...Object.fromEntries(Object.keys(schema.shape).map((it) => [it, 'fixed'] as const)),
  // A neighbour that changes must not take along the container that is linked to it.
  'feature-env': 'initial',
  connected: 'in-place',
});

const containerSchema = () =>
  z.object({
    ...identitySchema().shape,
    ...creationSchema().shape,
    connected: z.string().nullable().optional(),
    pull: z.enum(['always', 'never']).optional(),
  });

/** The two resources that a node with an image is. */
export function containerResources(
  host: string,
  attrs: ContainerAttrs & { readonly node: string },
  words: ContainerWords,
  { neighbours, holder }: Neighbours = { neighbours: [] },
): readonly [Resource<ContainerAttrs>, Resource<RunningAttrs>] {
  const { name, node } = attrs;
  const { container, running } = words;
  const connected = networkOf(attrs, words);
  const all = connected === null ? attrs : { ...attrs, connected };
  const made = resource<ContainerAttrs>(container, { host }, name, all, { id: node });
  const after = neighbours.flatMap((it) => (it.healthy ? [it.name] : []));
  const runs = { name, node, 'stop-timeout': attrs['stop-timeout'], ...(after.length > 0 ? { after } : {}) };
  const runningOf = (all: readonly Neighbour[]) =>
    all.flatMap((it) => (it.managed ? [ref(keyOf(running, { host }, it.name))] : []));
  const held = runningOf(holder ? [holder] : []);
  return [
    // It is made for the namespace that the holder has then, and of no use in another.
    { ...made, ...(held.length > 0 ? { within: held } : {}) },
    resource<RunningAttrs>(running, { host }, name, runs, {
      id: node,
      needs: [...runningOf(neighbours), ...held],
      within: [ref(made)],
      makes: node,
      ...furnishedBy(attrs),
    }),
  ];
}

/** Where it is on a network of somebody else's, there are things of theirs in its namespace as soon as it runs. */
const furnishedBy = ({ network }: Pick<Creation, 'network'>): Pick<Resource, 'furnished'> =>
  network === 'none' ? {} : { furnished: true };

/** A container and its running, as resource types of an engine. */
export function containerTypes(engine: EngineSpec, words: ContainerWords): readonly [ResourceType, ResourceType] {
  const queries: readonly ReadQuery[] = [
    {
      argv: [words.command, 'containers'],
      engine: { of: engine, path: `/containers/json?all=1&${filters({ label: [LABELS.topology] })}` },
      once: true,
    },
  ];
  const common = {
    name: ({ name }: Identity) => name,
    owner: ({ attrs }: { readonly attrs: Identity }) => attrs.topology,
    queries,
  };
  const container = resourceType<ContainerAttrs>({
    ...common,
    type: words.container,
    get attrs() {
      return containerSchema();
    },
    get classes() {
      return classes(containerSchema());
    },
    mark: (it, topology) => ({ ...it, attrs: { ...it.attrs, topology } }),
    parse: ([answer], context) => {
      const rows = rowsOf(answer);
      return rows.map((row) => {
        const attrs = { ...attrsOf(row), ...connectionOf(row, words) };
        const left = leftBehind(row, attrs, rows, engine, context);
        return {
          attrs,
          ...heldBy(row, attrs, rows, words.running, context.on),
          ...(left ? { raw: { left } } : {}),
        };
      });
    },
    relate: (all) => new Map(all.flatMap((it) => withItsNamespace(it, all, words))),
    exclusive: true,
    outlives: true,
    equal: (field, wanted, found) => field === 'pull' || isSameOption(field, wanted, found),
    write: ({ before, after, replaced }) => {
      if (before && after) return connect(engine, before, after);
      return [...(before ? takeAway(engine, before, replaced) : []), ...(after ? [putThere(engine, after)] : [])];
    },
    prepare: ({ on, attrs }) => [...seeNetwork(engine, on, attrs, words), ...haveImage(engine, on, attrs)],
    finish: (removed) => (removed.attrs.containerId === undefined ? [] : [remove(engine, removed)]),
  });
  const running = resourceType<RunningAttrs>({
    ...common,
    type: words.running,
    get attrs() {
      return identitySchema().extend({ 'stop-timeout': z.int().nullable(), after: z.array(z.string()).optional() });
    },
    classes: { name: 'fixed', node: 'fixed', 'stop-timeout': 'fixed' },
    // Docker has no name left for a nic that comes to others: eth0 is no longer free to it, and eth1 is ours.
    lostBy: (_, { fields }) => fields.includes('connected'),
    whyGone: ({ attrs }, found) => (found ? undefined : errors.ended(attrs.name, words.command)),
    parse: ([answer], context) =>
      rowsOf(answer)
        .filter(({ State }) => RUNNING.includes(State))
        .map((row) => runningOf(row, engine, words.container, context)),
    // What it waited for when it was started is nothing that it has.
    equal: (field, wanted, found) => field === 'after' || wanted === found,
    write: ({ before, after }) => [
      ...(before ? stop(engine, before) : []),
      ...(after ? [...waits(engine, after), start(engine, after)] : []),
    ],
  });
  return [container, running] as unknown as readonly [ResourceType, ResourceType]; // a registry of all types forgets each
}

const filters = (it: Readonly<Record<string, readonly string[]>>): string =>
  `filters=${encodeURIComponent(JSON.stringify(it))}`;

/** Those with our labels, but what is put aside. */
const rowsOf = (answer: unknown): readonly Row[] =>
  (Array.isArray(answer) ? (answer as readonly Row[]) : []).filter((row) => !nameOf(row).endsWith(ASIDE));

/** Names with a second slash are legacy links of others to it. */
const nameOf = ({ Names: names, Id: id }: Row): string =>
  (names?.find((it) => it.lastIndexOf('/') === 0) ?? `/${id}`).slice(1);

/**
 * One that was made for the network namespace of another is of no use when that one is not what it was. Podman's list does
 * not say whose namespace it is, but does not let go of a container whose namespace another is in, either: a name will do.
 */
function heldBy(
  { HostConfig: config }: Row,
  { network }: Creation,
  rows: readonly Row[],
  running: string,
  on: Placement,
): Pick<Found, 'within'> {
  const isHolder = (it: Row): boolean =>
    config ? config.NetworkMode === `container:${it.Id}` : network === `container:${nameOf(it)}`;
  const holder = rows.find(isHolder);
  return holder ? { within: [ref(keyOf(running, on, nameOf(holder)))] } : {};
}

/** In a namespace that nobody else is in any more: until it is started again, or for good, as there is no other to be in. */
type Left = 'until it starts' | 'for good';

/** The namespace that it was made for has gone: the one whose it was has been started again since, or made anew. */
function leftBehind(
  row: Row,
  { name, network }: ContainerAttrs,
  rows: readonly Row[],
  engine: EngineSpec,
  { nodes, absent = [] }: ReadContext,
): Left | undefined {
  const holder = /^container:(.*)$/.exec(network ?? '')?.[1];
  if (holder === undefined) return undefined;
  const own = nodes.find((it) => isOf(it, engine, name, row.Id));
  const its = rows.find((it) => nameOf(it) === holder);
  const there = nodes.find((it) => isOf(it, engine, holder, its?.Id));
  if (there) {
    const isOther = isOfAnother(row, its?.Id ?? there.container);
    if (own ? namespaceOf(own) === namespaceOf(there) : !isOther) return undefined;
    return isOther ? 'for good' : 'until it starts';
  }
  const gone = absent.find((it) => isOf(it, engine, holder, its?.Id));
  return gone !== undefined && (own !== undefined || gone.stopped !== true) ? 'for good' : undefined;
}

/** One that was left behind is of no use as it is; what is in the namespace that it is in ends with it, and comes back nowhere. */
function withItsNamespace(
  it: RawObserved,
  all: readonly RawObserved[],
  words: ContainerWords,
): readonly (readonly [Key, Observed])[] {
  const left = it.type === words.container ? (it.raw?.['left'] as Left | undefined) : undefined;
  if (!left) return [];
  const key = keyOf(words.running, it.on, String(it.attrs['name']));
  const node = all.find((one) => one.key === key)?.makes;
  const isInside = ({ on }: RawObserved): boolean => on.host === it.on.host && on.node === node;
  const ends = all.filter((one) => (node !== undefined && isInside(one)) || (left === 'for good' && one.key === key));
  return [
    [it.key, { ...it, lacks: 'the namespace that it was made for' }],
    ...ends.map((one) => [one.key, { ...one, stray: true }] as const),
  ];
}

const isOf = ({ locator }: NodeTarget, { title }: EngineSpec, name: string, id = ''): boolean =>
  locator.by === 'container' && locator.engine.title === title && isCalled(locator.name, name, id);

/** Nodes with the same one are in one namespace. */
const namespaceOf = ({ name, same = name }: ReadContext['nodes'][number]): string => same;

/** The engine knows whose namespace it is by an id, which is not that of the one that is called so now. */
const isOfAnother = ({ HostConfig: config }: Row, id: string | undefined): boolean =>
  config?.NetworkMode !== undefined && id !== undefined && config.NetworkMode !== `container:${id}`;

/** The engine's network that it is made on; null where it is made on none. */
const networkOf = ({ network }: Pick<Creation, 'network'>, { networks = {} }: ContainerWords): string | null =>
  network === null || network === 'none' || network.startsWith('container:')
    ? null
    : Object.hasOwn(networks, network)
      ? (networks[network] ?? null)
      : network;

/**
 * Whether it is on the network that it was made on; others that it was put on are nobody's difference. From `none` it cannot
 * be brought to any, and that is also what a dockerd without a bridge has for the default.
 */
function connectionOf(row: Row, words: ContainerWords): Connection {
  const network = networkOf(configOf(row), words);
  const { NetworkSettings: settings } = row;
  if (network === null) return {};
  const isOn =
    !settings ||
    Object.entries(settings.Networks ?? {}).some(
      ([name, it]) => ['none', network].includes(name) || it?.NetworkID?.startsWith(network),
    );
  return { connected: isOn ? network : null };
}

const attrsOf = (row: Row): ContainerAttrs => ({ ...configOf(row), ...identityOf(row) });

function identityOf(row: Row): Identity & { readonly node: string | null } {
  const { [LABELS.topology]: topology, [LABELS.node]: node } = row.Labels;
  return {
    name: nameOf(row),
    node: node ?? null,
    containerId: row.Id,
    ...(row.State === 'paused' ? { paused: true } : {}),
    ...(topology === undefined ? {} : { topology }),
  };
}

/** What its label says it was made of. Where that is nothing that we write, it differs from all that is wanted. */
function configOf({ Labels: labels }: Row): Creation {
  const schema = creationSchema();
  return schema.safeParse(jsonOf(labels[LABELS.config])).data ?? schema.parse({});
}

function jsonOf(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function runningOf(row: Row, engine: EngineSpec, container: string, { on, nodes }: ReadContext): Found<RunningAttrs> {
  const identity = identityOf(row);
  const node = nodeOf(row, identity, engine, nodes);
  const attrs = attrsOf(row);
  return {
    attrs: { ...identity, 'stop-timeout': attrs['stop-timeout'] },
    within: [ref(keyOf(container, on, identity.name))],
    ...(node === undefined ? {} : { makes: node }),
    ...furnishedBy(attrs),
  };
}

/** The node that is looked for in this container, else the one it was made for, if that is not elsewhere by now. */
function nodeOf(
  { Id: id }: Row,
  { name, node }: Identity,
  engine: EngineSpec,
  nodes: readonly NodeTarget[],
): string | undefined {
  const sought = nodes.find((it) => isOf(it, engine, name, id));
  if (sought) return sought.name;
  return node === null || nodes.some((it) => it.name === node) ? undefined : node;
}

/** By its name, or by its id, at least as long as lists print it. */
const isCalled = (word: string, name: string, id: string): boolean =>
  word === name || (/^[0-9a-f]{12,64}$/.test(word) && id.startsWith(word));

const request = (
  engine: EngineSpec,
  { host }: Placement,
  method: EngineOp['method'],
  path: string,
  more: Partial<
    Pick<EngineOp, 'about' | 'body' | 'fine' | 'given' | 'login' | 'opens' | 'timeoutMs' | 'unless' | 'until'>
  > = {},
): EngineOp => ({ op: 'engine', on: { host }, engine, method, path, ...more });

const pathOf = (nameOrId: string, what = ''): string => `/containers/${encodeURIComponent(nameOrId)}${what}`;

/** What may be done while the same is done to other containers: this one has nothing to do with any. */
const abreast = (name: string, others: readonly Ref[] = []): Pick<EngineOp, 'about'> =>
  others.length === 0 ? { about: name } : {};

/**
 * One that was there can come back, so it is only put aside; one that we have just made goes for good. That is known by its
 * name alone, which the one it replaced has again once it is back.
 */
function takeAway(
  engine: EngineSpec,
  it: Resource<ContainerAttrs>,
  replaced: Resource<ContainerAttrs> | undefined,
): readonly Op[] {
  const { name, containerId: id } = it.attrs;
  if (id === undefined) {
    const old = replaced?.attrs.containerId;
    return [{ ...remove(engine, it), ...(old === undefined ? {} : { given: pathOf(asideOf(name, old), '/json') }) }];
  }
  const aside = asideOf(name, id);
  const ops = [
    // The plan takes its running for gone along with it; nothing but this stops it.
    ...stop(engine, it),
    request(engine, it.on, 'POST', pathOf(id, `/rename?name=${encodeURIComponent(aside)}`), { fine: [404] }),
  ];
  return ops.map((op) => ({ ...op, ...abreast(name, it.within) }));
}

/** Onto the network that it was made on. Off it again it comes by undoing alone, and then it may be off it still. */
function connect(
  engine: EngineSpec,
  { attrs: { connected: from } }: Resource<ContainerAttrs>,
  { on, attrs: { name, connected: to } }: Resource<ContainerAttrs>,
): readonly Op[] {
  const post = (network: string, what: string, more = {}) =>
    request(engine, on, 'POST', `/networks/${encodeURIComponent(network)}/${what}`, {
      body: { Container: name },
      ...more,
    });
  if (to) return [post(to, 'connect')];
  return from ? [post(from, 'disconnect', { fine: NOT_CONNECTED })] : [];
}

/** Engines have several numbers for that. */
const NOT_CONNECTED = [403, 404, 500];

/** What one that was there is called while it is put aside. */
const asideOf = (name: string, id: string): string => `${name}.${id.slice(0, 12)}${ASIDE}`;

function putThere(engine: EngineSpec, { on, attrs, within }: Resource<ContainerAttrs>): Op {
  const { name, containerId: id } = attrs;
  const called = `name=${encodeURIComponent(name)}`;
  const about = abreast(name, within);
  if (id === undefined)
    return request(engine, on, 'POST', `/containers/create?${called}`, { body: createBody(attrs), ...about });
  // Undone twice it has its name already, and engines give nobody the name that it has.
  const given = pathOf(asideOf(name, id), '/json');
  return request(engine, on, 'POST', pathOf(id, `/rename?${called}`), { given, ...about });
}

/** With its anonymous volumes; those with names stay. */
const remove = (engine: EngineSpec, { on, attrs: { name, containerId } }: Resource<ContainerAttrs>): Op =>
  request(engine, on, 'DELETE', pathOf(containerId ?? name, '?force=1&v=1'), { fine: [404] });

/** That it is there. Of the default one engines know what to make where they have none. */
const seeNetwork = (
  engine: EngineSpec,
  on: Placement,
  { connected = null }: ContainerAttrs,
  { networks }: ContainerWords,
): readonly EngineOp[] =>
  connected === null || connected === networks?.['default']
    ? []
    : [request(engine, on, 'GET', `/networks/${encodeURIComponent(connected)}`)];

/** Most images have a tag; one without means the latest, not all of them. */
function haveImage(engine: EngineSpec, on: Placement, { image, pull }: ContainerAttrs): readonly EngineOp[] {
  if (image === null) return [];
  const tagged = /@|:[^/]*$/.test(image) ? image : `${image}:latest`;
  const known = `/images/${encodeURIComponent(image)}/json`;
  if (pull === 'never') return [request(engine, on, 'GET', known)];
  return [
    request(engine, on, 'POST', `/images/create?fromImage=${encodeURIComponent(tagged)}`, {
      login: image,
      ...(pull === 'always' ? {} : { unless: known }),
      timeoutMs: PULL_MS,
    }),
  ];
}

const PULL_MS = 30 * 60_000;

const waits = (engine: EngineSpec, { on, attrs: { after = [] } }: Resource<RunningAttrs>): readonly Op[] =>
  after.map((name) =>
    request(engine, on, 'GET', pathOf(name, '/json'), {
      until: {
        at: HEALTH,
        is: 'healthy',
        never: [
          {
            at: ['State', 'Status'],
            in: ['exited', 'dead', 'removing', 'stopped'],
            words: 'ended before it was healthy',
          },
          { at: HEALTH, in: ['', 'none'], words: 'has no health test' },
          { at: HEALTH, in: ['unhealthy'], words: 'is unhealthy' },
        ],
        why: ['State', 'Health', 'Log', '-1', 'Output'],
        of: name,
        withinMs: HEALTHY_MS,
      },
    }),
  );

const HEALTH = ['State', 'Health', 'Status'];

const HEALTHY_MS = 5 * 60_000;

function start(engine: EngineSpec, { on, attrs: { name }, needs, makes }: Resource<RunningAttrs>): Op {
  const opens = makes === undefined ? {} : { opens: targetOf(engine, on, makes, name) };
  return request(engine, on, 'POST', pathOf(name, '/start'), { fine: [304], ...abreast(name, needs), ...opens });
}

const targetOf = (engine: EngineSpec, { host }: Placement, node: string, name: string): NodeTarget => ({
  name: node,
  on: { host, node },
  locator: { by: 'container', engine, name },
});

/** One that was there is given its time; one that we started a moment ago has nothing to lose. What is paused hears no signal. */
function stop(engine: EngineSpec, { on, attrs }: Resource<RunningAttrs>): readonly EngineOp[] {
  const { name, containerId: id = name, paused } = attrs;
  const seconds = attrs.containerId === undefined ? 0 : (attrs['stop-timeout'] ?? STOP_TIMEOUT);
  return [
    ...(paused ? [request(engine, on, 'POST', pathOf(id, '/unpause'), { fine: NOT_PAUSED })] : []),
    request(engine, on, 'POST', pathOf(id, `/stop?t=${seconds}`), {
      fine: [304, 404],
      timeoutMs: seconds * 1000 + PATIENCE_MS,
    }),
  ];
}

/** It goes on already, or is not there: engines have several numbers for that. */
const NOT_PAUSED = [404, 409, 500];
