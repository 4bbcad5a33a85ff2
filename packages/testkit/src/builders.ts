import {
  type CompileContext,
  type environment,
  exposedOf,
  type exposedPorts,
  type FabricSpec,
  type FeatureContext,
  type HostFacts,
  keyOf,
  type LinkSpec,
  type Model,
  type Names,
  type NetworkContext,
  type NetworkSpec,
  type Nic,
  type NodeContext,
  type NodeSpec,
  pairsOf,
  type z,
} from '@pipewright/plugin';

/**
 * Values for tests of drivers: whole, with fixed names, each part replaceable.
 * `bridge.compile(networkSpec({ members: [nic({ node: 'web' })] }), context())`.
 */
export function nic(given: Partial<Nic> = {}): Nic {
  const node = given.node ?? 'web';
  const name = given.name ?? 'eth0';
  return {
    node,
    name,
    device: name,
    id: `${node}/${name}`,
    on: { host: 'local', node },
    mac: '02:00:00:00:00:01',
    mtu: 1500,
    given: {},
    altnames: [],
    addresses: [],
    gateways: [],
    routes: [],
    neighbours: [],
    dynamic: [],
    settings: {},
    path: ['nodes', node],
    ...given,
  };
}

export function networkSpec<O = unknown>(given: Partial<NetworkSpec<O>> & { readonly options: O }): NetworkSpec<O>;
export function networkSpec(given?: Partial<NetworkSpec>): NetworkSpec;
export function networkSpec(given: Partial<NetworkSpec> = {}): NetworkSpec {
  const name = given.name ?? 'lan';
  const members = given.members ?? [nic({ network: name })];
  return {
    name,
    kind: 'test',
    segment: { host: 'local' },
    options: {},
    mtu: 1500,
    subnets: [],
    addresses: [],
    path: ['networks', name],
    ...given,
    members,
  };
}

export function linkSpec<O = unknown>(given: Partial<LinkSpec<O>> & { readonly options: O }): LinkSpec<O>;
export function linkSpec(given?: Partial<LinkSpec>): LinkSpec;
export function linkSpec(given: Partial<LinkSpec> = {}): LinkSpec {
  const ends = given.ends ?? [nic({ node: 'a' }), nic({ node: 'b', mac: '02:00:00:00:00:02' })];
  const name = `${ends[0].node}:${ends[0].name}--${ends[1].node}:${ends[1].name}`;
  return { name, kind: 'test', options: {}, mtu: 1500, path: ['links', 0], ...given, ends };
}

/** On `local`, at 198.51.100.1, with `h2` at 198.51.100.2. */
export const fabricSpec = <O>(given: Partial<FabricSpec<O>> & { readonly options: O }): FabricSpec<O> => ({
  network: 'lan',
  kind: 'test',
  id: 42,
  here: { host: 'local', underlay: '198.51.100.1' },
  others: [{ host: 'h2', underlay: '198.51.100.2' }],
  segment: { host: 'local' },
  switch: { ref: keyOf('device', { host: 'local' }, 'shop-lan') },
  mtu: 1450,
  path: ['networks', 'lan'],
  ...given,
});

/** A whole topology, empty but for what is given. */
export const model = (given: Partial<Model> = {}): Model => ({
  topology: 'shop',
  nodes: [],
  networks: [],
  fabrics: [],
  fabricLinks: [],
  links: [],
  serviceLinks: [],
  ...given,
});

export function nodeSpec<O = unknown>(given: Partial<NodeSpec<O>> & { readonly options: O }): NodeSpec<O>;
export function nodeSpec(given?: Partial<NodeSpec>): NodeSpec;
export function nodeSpec(given: Partial<NodeSpec> = {}): NodeSpec {
  const name = given.name ?? 'web';
  return {
    name,
    kind: 'test',
    host: 'local',
    topology: 'shop',
    options: {},
    env: {},
    expose: [],
    sysctls: {},
    loopback: [],
    path: ['nodes', name],
    ...given,
  };
}

/** What every kind of node may have, as a file has it. */
export interface CommonKeys {
  readonly env?: z.input<typeof environment>;
  readonly expose?: z.input<typeof exposedPorts>;
}

/** The same as a driver is given it. */
export const commonKeys = ({ env, expose }: CommonKeys): Pick<NodeSpec, 'env' | 'expose'> => ({
  env: pairsOf(env),
  expose: exposedOf(expose),
});

const FACTS: HostFacts = {
  machineId: '0123456789abcdef',
  kernel: '6.12.0',
  tools: { ip: '6.1.0', nft: '' },
  devices: [],
};

/** Readable instead of hashed: `web-eth0`, cut to what the kernel takes; MACs end in the words' last letters. */
const NAMES: Names = {
  device: (...words) => words.join('-').slice(0, 15),
  altnames: (...words) => (words.join('-').length > 15 ? [words.join('-')] : []),
  mac: (...words) => `02:${lastBytes(words.join('-'), 5).join(':')}`,
};

const lastBytes = (text: string, count: number): readonly string[] =>
  Array.from(Buffer.from(text.padStart(count)).subarray(-count), (byte) => byte.toString(16).padStart(2, '0'));

/** What a node's driver is given: no feature has filled a slot, and there is no other node. */
export const nodeContext = (given: Partial<NodeContext> = {}): NodeContext => ({
  ...context(),
  slots: { env: {}, hosts: {}, mounts: {} },
  nodes: new Map(),
  ...given,
});

/** What a driver compiles in: topology `shop`, one host, names that say what they are made of. */
export const context = (given: Partial<NetworkContext> = {}): NetworkContext => ({
  switchOf: () => undefined,
  topology: 'shop',
  facts: FACTS,
  names: NAMES,
  ...given,
});

/** What a feature compiles in: each host as `context` has it. */
export const featureContext = (given: Partial<CompileContext> = {}): FeatureContext => ({
  topology: 'shop',
  on: () => context(given),
});
