import { argvOf } from '../command.js';
import type { NodeSlots, NodeSpec } from '../model.js';
import type { Attrs } from '../resource.js';
import { asArray, z } from '../schema.js';
import { type Pairs, pairsOf } from '../service.js';
import { parseDuration } from '../duration.js';
import { type HostEntry, hostEntriesOf } from './hosts.js';
import type { ContainerOptions } from './options.js';
import { parsePublished } from '../published-ports.js';
import { securityOptionsOf } from './security.js';
import { parseSize } from './sizes.js';

type Texts = Readonly<Record<string, string>>;

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const map = <T extends z.ZodType>(value: T) => z.record(z.string(), value).readonly();

/** `null` where nothing is given: what is taken out of the file is a difference, too. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);

const range = z.tuple([z.int(), z.int()]).readonly();
const exposed = { ports: range, protocol: z.enum(['tcp', 'udp', 'sctp']) };
const milliseconds = z.int().nullable();

/** What a container is made of: the options of the file under their own words, each in one form. */
const makeCreationSchema = () =>
  z.object({
    image: maybe(z.string()),
    command: maybe(list(z.string())),
    entrypoint: maybe(list(z.string())),
    env: maybe(map(z.string())),
    /** Environment beneath the node's own, from features. */
    'feature-env': maybe(map(z.string())),
    /** `name:address`: the file's, then those from features. */
    hosts: maybe(list(z.string())),
    mounts: maybe(list(z.string())),
    /** Path → options. */
    tmpfs: maybe(map(z.string())),
    ports: maybe(list(z.object({ ip: z.string().nullable(), host: range.nullable(), ...exposed }).readonly())),
    expose: maybe(list(z.object(exposed).readonly())),
    restart: maybe(z.string()),
    'cap-add': maybe(list(z.string())),
    'cap-drop': maybe(list(z.string())),
    'security-opt': maybe(list(z.string())),
    privileged: maybe(z.literal(true)),
    devices: maybe(list(z.object({ host: z.string(), container: z.string(), permissions: z.string() }).readonly())),
    sysctls: maybe(map(z.string())),
    ulimits: maybe(map(z.object({ soft: z.int(), hard: z.int() }).readonly())),
    /** Bytes. */
    memory: maybe(z.int()),
    cpus: maybe(z.number()),
    cpuset: maybe(z.string()),
    'pids-limit': maybe(z.int()),
    /** Bytes. */
    'shm-size': maybe(z.int()),
    user: maybe(z.string()),
    'group-add': maybe(list(z.string())),
    hostname: maybe(z.string()),
    workdir: maybe(z.string()),
    labels: maybe(map(z.string())),
    dns: maybe(list(z.string())),
    'dns-search': maybe(list(z.string())),
    'dns-options': maybe(list(z.string())),
    pid: maybe(z.string()),
    ipc: maybe(z.string()),
    network: maybe(z.string()),
    health: maybe(
      z
        .object({
          test: list(z.string()),
          interval: milliseconds,
          timeout: milliseconds,
          retries: z.int().nullable(),
          'start-period': milliseconds,
        })
        .readonly(),
    ),
    'log-driver': maybe(z.string()),
    'log-opt': maybe(map(z.string())),
    tty: maybe(z.literal(true)),
    'stdin-open': maybe(z.literal(true)),
    init: maybe(z.literal(true)),
    'read-only': maybe(z.literal(true)),
    'stop-signal': maybe(z.string()),
    'stop-timeout': maybe(z.int()),
  });

export type Creation = Readonly<z.output<ReturnType<typeof makeCreationSchema>>>;

let made: ReturnType<typeof makeCreationSchema> | undefined;

/** Made once, and only where there are containers of ours. */
export const creationSchema = (): ReturnType<typeof makeCreationSchema> => (made ??= makeCreationSchema());

/** Which container it is, and whose. */
export interface Identity extends Attrs {
  readonly name: string;
  /** The node it is. */
  readonly node: string | null;
  /** The topology it is of; set with the mark. */
  readonly topology?: string;
  /** The engine's id of one that is there. One that is only wanted has none yet. */
  readonly containerId?: string;
  /** One that is there, and is paused. */
  readonly paused?: true;
}

export const identitySchema = () =>
  z.object({
    name: z.string(),
    node: z.string().nullable(),
    topology: z.string().optional(),
    containerId: z.string().optional(),
    paused: z.literal(true).optional(),
  });

/** The engine's network that it is on, as it was made on one: null where it is on it no more. */
export interface Connection {
  readonly connected?: string | null;
}

/** When its image is pulled. No container tells how that came to be there. */
export interface Pulling {
  readonly pull?: 'always' | 'never';
}

export type ContainerAttrs = Identity & Creation & Connection & Pulling;

export const pullingOf = ({ pull = 'missing' }: Pick<ContainerOptions, 'pull'>): Pulling =>
  pull === 'missing' ? {} : { pull };

/** Options as a file has them, and what features put into the node's slots, in the one form. */
export const creationOf = (
  { options: it, env, expose, sysctls }: Pick<NodeSpec<ContainerOptions>, 'options' | 'env' | 'expose' | 'sysctls'>,
  slots: NodeSlots,
): Creation => ({
  image: it.image ?? null,
  command: wordsOf(it.command),
  entrypoint: it.entrypoint === '' ? [''] : wordsOf(it.entrypoint),
  env: mapOrNull(textsOf(env)),
  'feature-env': mapOrNull(Object.fromEntries(Object.entries(slots.env).filter(([name]) => env[name] !== null))),
  hosts: listOrNull(hostLines([...hostEntriesOf(it['extra-hosts']), ...hostEntriesOf(slots.hosts)])),
  mounts: listOrNull([
    ...(it.mounts ?? []),
    ...Object.entries(slots.mounts).map(([target, source]) => `${source}:${target}`),
  ]),
  tmpfs: mapOrNull(Object.fromEntries(asArray(it.tmpfs).map(tmpfsOf))),
  ports: listOrNull((it.ports ?? []).flatMap((each) => parsePublished(each) ?? [])),
  expose: listOrNull(expose),
  restart: it.restart === undefined || it.restart === 'no' ? null : it.restart,
  'cap-add': capabilitiesOf(it['cap-add']),
  'cap-drop': capabilitiesOf(it['cap-drop']),
  'security-opt': listOrNull(securityOptionsOf(it['security-opt'])),
  privileged: it.privileged || null,
  devices: listOrNull((it.devices ?? []).map(deviceOf)),
  sysctls: mapOrNull(sysctls),
  ulimits: mapOrNull(limitsOf(it.ulimits)),
  memory: bytesOf(it.memory),
  cpus: it.cpus ?? null,
  cpuset: it.cpuset === undefined ? null : String(it.cpuset),
  'pids-limit': it['pids-limit'] ?? null,
  'shm-size': bytesOf(it['shm-size']),
  user: it.user === undefined ? null : String(it.user),
  'group-add': listOrNull([...new Set((it['group-add'] ?? []).map(String))]),
  hostname: it.hostname ?? null,
  workdir: it.workdir ?? null,
  labels: mapOrNull(textsBy(it.labels)),
  dns: listOrNull(asArray(it.dns)),
  'dns-search': listOrNull(asArray(it['dns-search'])),
  'dns-options': listOrNull(asArray(it['dns-options'])),
  pid: it.pid ?? null,
  ipc: it.ipc ?? null,
  network: it.network ?? 'none',
  health: it.health ? healthOf(it.health) : null,
  'log-driver': it['log-driver'] ?? null,
  'log-opt': mapOrNull(textsBy(it['log-opt'])),
  tty: it.tty || null,
  'stdin-open': it['stdin-open'] || null,
  init: it.init || null,
  'read-only': it['read-only'] || null,
  'stop-signal': it['stop-signal'] === undefined ? null : String(it['stop-signal']),
  'stop-timeout': it['stop-timeout'] ?? null,
});

const listOrNull = <T>(all: readonly T[]): readonly T[] | null => (all.length === 0 ? null : all);

const mapOrNull = <T>(all: Readonly<Record<string, T>>): Readonly<Record<string, T>> | null =>
  Object.keys(all).length === 0 ? null : all;

const wordsOf = (given: string | readonly string[] = []): readonly string[] | null => listOrNull(argvOf(given));

const textsBy = (given: Pairs = {}): Texts => pairsOf(given);

const hostLines = (all: readonly HostEntry[]): readonly string[] => [...new Set(all.map((it) => it.join(':')))];

const textsOf = (given: NodeSpec['env']): Texts =>
  Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));

const splitAt = (text: string, at: number): readonly [string, string] => [text.slice(0, at), text.slice(at + 1)];

const tmpfsOf = (text: string): readonly [string, string] =>
  text.includes(':') ? splitAt(text, text.indexOf(':')) : [text, ''];

/** Engines take them with and without CAP_, in any case. */
const capabilitiesOf = (given: readonly string[] = []): readonly string[] | null =>
  listOrNull([...new Set(given.map((it) => it.toUpperCase().replace(/^CAP_/, '')))].sort());

function deviceOf(text: string): NonNullable<Creation['devices']>[number] {
  const parts = text.split(':');
  const [host = '', container = host] = parts.filter((it) => it.startsWith('/'));
  return { host, container, permissions: parts.slice(1).find((it) => !it.startsWith('/')) ?? 'rwm' };
}

const limitsOf = (given: ContainerOptions['ulimits'] = {}): NonNullable<Creation['ulimits']> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, it]) =>
      it === undefined ? [] : [[name, typeof it === 'number' ? { soft: it, hard: it } : it]],
    ),
  );

const bytesOf = (given: string | number | undefined): number | null =>
  given === undefined ? null : (parseSize(given) ?? null);

function healthOf(it: NonNullable<ContainerOptions['health']>): NonNullable<Creation['health']> {
  const time = (given: string | number | undefined) => (given === undefined ? null : (parseDuration(given) ?? null));
  return {
    test: typeof it.test === 'string' ? ['CMD-SHELL', it.test] : it.test,
    interval: time(it.interval),
    timeout: time(it.timeout),
    retries: it.retries ?? null,
    'start-period': time(it['start-period']),
  };
}
