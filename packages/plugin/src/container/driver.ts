import {
  type Compiled,
  type Guest,
  type GuestReference,
  type NodeContext,
  type NodeDriver,
  nodeDriver,
} from '../drivers.js';
import type { ContainerCommand, ContainerWords, EngineSpec } from '../engine.js';
import { type Diagnostic, problem } from '../errors.js';
import type { NodeSpec } from '../model.js';
import { asArray } from '../schema.js';
import type { ExposedPorts } from '../service.js';
import { creationOf, pullingOf } from './attrs.js';
import { containerResources, type Neighbour } from './types.js';
import { errors } from './errors.js';
import { HOST_GATEWAY, hostEntriesOf } from './hosts.js';
import { type ContainerOptions, containerOptions, ENGINE_NAME } from './options.js';
import { parsePublished } from '../published-ports.js';
import { holderProblems, othersOf, ringThrough } from './others.js';

type Spec = NodeSpec<ContainerOptions>;

/** The kind of node that is a container of an engine which speaks Docker's API; its word is the engine's command. */
export function containerDriver(engine: EngineSpec, words: ContainerWords): NodeDriver {
  let made: ReturnType<typeof containerOptions> | undefined;
  // Many options, and most commands have to do with no container.
  const options = () => (made ??= containerOptions(engine.title));
  return nodeDriver({
    kind: words.command,
    summary: `A container of ${engine.title}: one that is there already, or with an image one that pipewright makes and removes.`,
    get options() {
      return options();
    },
    managed: isManaged,
    engine,
    // eth0 is on the engine's own network.
    firstNic: (it) => (isManaged(it) && networkOf(it) === 'none' ? 0 : 1),
    // Engines give their networks a gateway, and IPv6 only where that is asked for.
    leadsOut: (it) => (isManaged(it) && networkOf(it) !== 'none' ? [4] : []),
    exposes: publishedOf,
    image: ({ image }) => image,
    files: ({ options: it }) => ({ root: 'own', ...(isReadOnly(it) ? { readOnly: true } : {}) }),
    sysctls: IPC_SYSCTLS,
    hostname: ({ hostname }) => hostname,
    hosts: ({ 'extra-hosts': given }) => given && hostEntriesOf(given).map(([name]) => name),
    paths: ['mounts'],
    guest: guestOf,
    compile: (node, context): Compiled => [
      ...nameProblems(node, engine),
      ...(isManaged(node.options)
        ? [
            ...networkProblems(node, engine, words),
            ...ringProblems(node, context),
            ...resourcesOf(node, context, engine, words),
          ]
        : adoptedProblems(node, [...Object.keys(options().shape), 'sysctls'])),
    ],
    locate: (node) => ({ by: 'container', engine, name: nameOf(node) }),
    exec: (node, argv, { stdin = false, tty = false, user, workdir, env = {} } = {}): ContainerCommand => ({
      engine,
      container: nameOf(node),
      argv,
      stdin,
      tty,
      env: besidesItsOwn(node, env),
      ...(user === undefined ? {} : { user }),
      ...(workdir === undefined ? {} : { workdir }),
    }),
  });
}

/** Those of an IPC namespace, as engines have a list of them (moby/opts, `ValidateSysctl`). */
const IPC_SYSCTLS: NonNullable<NodeDriver['sysctls']> = {
  of: (name) =>
    /^(kernel[.](msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs[.]mqueue[.].+)$/.test(name),
  allowed: '`kernel.shm*`, `kernel.msg*`, `kernel.sem` and `fs.mqueue.*`',
};

const isManaged = ({ image }: ContainerOptions): boolean => image !== undefined;

/** So is /run of it, where we would make files, unless that is in memory. */
const isReadOnly = ({ 'read-only': root, tmpfs }: ContainerOptions): boolean =>
  root === true && !asArray(tmpfs).some((it) => it.split(':')[0] === '/run');

const networkOf = ({ network = 'none' }: ContainerOptions): string => network;

const nameOf = ({ name, topology, options }: Spec): string =>
  options.container ?? (isManaged(options) ? `${topology}-${name}` : name);

/** Names of nodes end here; an id is shown as long as lists print it. */
const LONGEST = 63;
const ID = /^[0-9a-f]{64}$/;

function guestOf({ form, text }: GuestReference): Guest | undefined {
  // As `docker inspect` prints a name, and takes it: /web.
  const container = text.replace(/^\//, '');
  if ((form === 'path' && container === text) || !ENGINE_NAME.test(container)) return undefined;
  const name = ID.test(container) ? container.slice(0, 12) : container.slice(0, LONGEST);
  return { name, options: { container } };
}

const publishedOf = ({ ports = [] }: ContainerOptions): readonly ExposedPorts[] =>
  ports.flatMap((it) => parsePublished(it) ?? []).map(({ ports: range, protocol }) => ({ ports: range, protocol }));

/** What one of ours was made with it has. */
const besidesItsOwn = (
  { options, env: own }: Spec,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !(isManaged(options) && name in own)));

function resourcesOf(node: Spec, context: NodeContext, engine: EngineSpec, words: ContainerWords): Compiled {
  const { others, holder, problems } = othersOf(node, context);
  const creation = creationOf(node, context.slots);
  const network = holder ? `container:${nameOf(holder)}` : creation.network;
  const attrs = { name: nameOf(node), node: node.name, ...creation, network, ...pullingOf(node.options) };
  const neighbours = others.map(({ node: other, healthy }) => neighbourOf(other, healthy));
  return [
    ...problems,
    ...hostProblems(node, context),
    ...gatewayProblems(node, engine, words),
    ...(holder ? holderProblems(node, holder, context) : []),
    ...containerResources(node.host, attrs, words, {
      neighbours,
      ...(holder ? { holder: neighbourOf(holder, false) } : {}),
    }),
  ];
}

/** Two that say where a name is: the second would be heard by nobody. */
function hostProblems({ name, options, path }: Spec, { slots }: NodeContext): readonly Diagnostic[] {
  const own = hostEntriesOf(options['extra-hosts']);
  return Object.entries(slots.hosts).flatMap(([host, addresses]) => {
    const said = own.flatMap(([it, address]) => (it === host ? [address] : []));
    if (said.every((it) => addresses.includes(it))) return [];
    const fault = errors.hostTwice(name, host, said.join(' and '), addresses.join(' and '));
    return [problem(fault, [...path, 'extra-hosts'])];
  });
}

const gatewayProblems = (
  { name, options, path }: Spec,
  { title }: EngineSpec,
  { hostGateway }: ContainerWords,
): readonly Diagnostic[] =>
  hostEntriesOf(options['extra-hosts'])
    .filter(([, address]) => address === HOST_GATEWAY && !hostGateway)
    .map(([host]) => problem(errors.noHostGateway(name, host, title), [...path, 'extra-hosts']));

const neighbourOf = (node: Spec, healthy: boolean): Neighbour => ({
  name: nameOf(node),
  managed: isManaged(node.options),
  healthy,
});

/** Told once, at the first of those that wait for each other. */
function ringProblems({ name, path }: Spec, context: NodeContext): readonly Diagnostic[] {
  const ring = ringThrough(name, context);
  const first = [...context.nodes.keys()].find((it) => ring?.includes(it));
  return ring && first === name ? [problem(errors.ring(ring), path)] : [];
}

const nameProblems = (node: Spec, { title }: EngineSpec): readonly Diagnostic[] =>
  ENGINE_NAME.test(nameOf(node)) ? [] : [problem(errors.badName(nameOf(node), title), node.path)];

function networkProblems(
  { name, options, path }: Spec,
  { title }: EngineSpec,
  { resolvesOnNetworks }: ContainerWords,
): readonly Diagnostic[] {
  const network = networkOf(options);
  if (network === 'host') return [problem(errors.hostNetwork(name), [...path, 'network'])];
  if (network !== 'none' || options['namespace-of'] !== undefined) return [];
  const unresolved = resolvesOnNetworks ? OF_A_RESOLVER.filter((it) => options[it] !== undefined) : [];
  return [
    ...(options.ports === undefined ? [] : [problem(errors.portsUnpublished(name, title), [...path, 'ports'])]),
    ...unresolved.map((it) => problem(errors.noResolver(name, it, title), [...path, it])),
  ];
}

const OF_A_RESOLVER = ['dns', 'dns-search', 'dns-options'] as const;

/** A container that is there is left as it is: what would have made it otherwise is a mistake. */
const adoptedProblems = ({ name, options, sysctls, path }: Spec, own: readonly string[]): readonly Diagnostic[] =>
  own
    .filter((it) => (it === 'sysctls' ? Object.keys(sysctls).length > 0 : Object.hasOwn(options, it)))
    .filter((it) => it !== 'container')
    .map((it) => problem(errors.needsImage(name, it), [...path, it]));
