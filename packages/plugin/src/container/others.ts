import type { NodeContext } from '../drivers.js';
import { type Diagnostic, problem } from '../errors.js';
import type { ModelNode, NodeSpec } from '../model.js';
import { errors } from './errors.js';
import type { ContainerOptions } from './options.js';

/** Another node that a container depends on. */
export interface Other {
  readonly node: ModelNode & NodeSpec<ContainerOptions>;
  /** Waited for until its health test says so. */
  readonly healthy: boolean;
}

type Spec = NodeSpec<ContainerOptions>;

/** The nodes it names, as far as they are containers of the same engine; what else it names are mistakes. */
export function othersOf(
  { name, kind, host, options, path }: Spec,
  { nodes }: Pick<NodeContext, 'nodes'>,
): {
  readonly others: readonly Other[];
  readonly holder: Other['node'] | undefined;
  readonly problems: readonly Diagnostic[];
} {
  const problems: Diagnostic[] = [];
  const find = (word: string, option: string): Other['node'] | undefined => {
    const found = nodes.get(word);
    if (found && found.kind === kind && word !== name) return found as Other['node'];
    const others = othersIn(nodes, kind, name);
    const fault =
      found && found.kind !== kind
        ? errors.otherKind(name, option, word, [found.kind, kind], others)
        : errors.noOther(name, option, word, others);
    problems.push(problem(fault, [...path, option]));
    return undefined;
  };
  const others = Object.entries(conditionsOf(options)).flatMap(([word, condition]) => {
    const node = find(word, 'depends-on');
    return node ? [{ node, healthy: condition === 'healthy' }] : [];
  });
  const word = options['namespace-of'];
  const holder = word === undefined ? undefined : find(word, 'namespace-of');
  if (holder && holder.on.host !== host)
    problems.push(
      problem(errors.holderElsewhere(name, holder.name, [host, holder.on.host]), [...path, 'namespace-of']),
    );
  return { others, holder, problems };
}

const conditionsOf = ({
  'depends-on': given = [],
}: ContainerOptions): Readonly<Record<string, 'started' | 'healthy'>> =>
  Array.isArray(given) ? Object.fromEntries(given.map((it) => [it, 'started'])) : given;

const othersIn = (nodes: NodeContext['nodes'], kind: string, name: string): readonly string[] =>
  [...nodes.values()].flatMap((it) => (it.kind === kind && it.name !== name ? [it.name] : []));

/** Options that say something of a network namespace, which is the holder's. */
const OF_A_NAMESPACE = ['network', 'ports', 'hostname', 'extra-hosts', 'dns', 'dns-search', 'dns-options'] as const;

export function holderProblems(
  { name, options, expose, path }: Spec,
  holder: Other['node'],
  { nodes }: Pick<NodeContext, 'nodes'>,
): readonly Diagnostic[] {
  const { nics: own = [], configures = [] } = nodes.get(name) ?? {};
  const further = holder.options['namespace-of'];
  return [
    ...(own.length > 0 ? [problem(errors.nicsOfHolder(name, holder.name), path)] : []),
    ...(further === undefined
      ? []
      : [problem(errors.holderOfHolder(name, holder.name, further), [...path, 'namespace-of'])]),
    ...[
      ...OF_A_NAMESPACE.filter((it) => options[it] !== undefined),
      ...(expose.length > 0 ? ['expose'] : []),
      ...configures,
    ].map((it) => problem(errors.saidByHolder(name, it, holder.name), [...path, it])),
  ];
}

/** Nodes that wait for each other in a ring, from this one back to it; undefined where they do not. */
export function ringThrough(name: string, { nodes }: Pick<NodeContext, 'nodes'>): readonly string[] | undefined {
  const search = (at: string, passed: readonly string[]): readonly string[] | undefined => {
    for (const next of namedBy(nodes.get(at))) {
      if (next === name) return [...passed, next];
      if (passed.includes(next)) continue;
      const ring = search(next, [...passed, next]);
      if (ring) return ring;
    }
    return undefined;
  };
  return search(name, [name]);
}

function namedBy(node: ModelNode | undefined): readonly string[] {
  const { 'depends-on': others, 'namespace-of': holder } = (node?.options ?? {}) as Partial<ContainerOptions>;
  const all = others === undefined ? [] : Array.isArray(others) ? others : Object.keys(others);
  return holder === undefined ? all : [...all, holder];
}
