import {
  type Diagnostic,
  type Model,
  type NodeTarget,
  type Observed,
  type Shipped,
  type ShippedQuestion,
  type Survey,
  type SurveyRequest,
  warning,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { Topology } from '../topology.js';

type ByNode = Readonly<Record<string, Shipped>>;

/** Nodes that have to do with service links: those that are told, and those told of. */
const concernedBy = ({ nodes }: Topology): ReadonlySet<string> =>
  new Set(
    nodes.flatMap(({ name, serviceLinks }) =>
      serviceLinks.length > 0 ? [name, ...serviceLinks.map((it) => it.node)] : [],
    ),
  );

/** What there is to ask of those that are containers. */
export function shippedQuestions(
  topology: Topology,
  { nodes }: Pick<Model, 'nodes'>,
  targets: readonly NodeTarget[],
  registries: Registries,
): Pick<SurveyRequest, 'shipped'> {
  const concerned = concernedBy(topology);
  const shipped = nodes.flatMap(({ name, kind, options }) => {
    const locator = concerned.has(name) ? targets.find((it) => it.name === name)?.locator : undefined;
    if (locator?.by !== 'container') return [];
    const image = registries.nodes.need(kind).image?.(options as never);
    const { engine, name: container } = locator;
    return [{ node: name, engine, container, ...(image === undefined ? {} : { image }) }];
  });
  return shipped.length > 0 ? { shipped } : {};
}

/** What those nodes have besides what the file says, by the look and as it was before; undefined where there are none. */
export function shippedBy(
  topology: Topology,
  { nodes }: Pick<Model, 'nodes'>,
  before: ByNode | undefined,
  { shipped: told = {}, actual }: Pick<Survey, 'shipped' | 'actual'>,
): ByNode | undefined {
  const concerned = concernedBy(topology);
  if (concerned.size === 0) return undefined;
  const known = nodes.filter(({ name }) => concerned.has(name));
  return Object.fromEntries(
    known.flatMap(({ name, managed }) => {
      const its = told[name] ?? before?.[name];
      const addresses = managed ? [] : foreignAddresses(name, topology.name, actual);
      if (!its && addresses.length === 0) return [];
      const { addresses: _, ...rest } = its ?? { expose: [], env: {} };
      return [[name, addresses.length > 0 ? { ...rest, addresses } : rest] as const];
    }),
  );
}

/** Where it is reached by others, that is: not by itself alone, nor over one wire alone. */
const foreignAddresses = (node: string, topology: string, actual: readonly Observed[]): readonly string[] =>
  actual
    .filter(({ type, on, owner }) => type === 'address' && on.node === node && owner !== topology)
    .map(({ attrs }) => String(attrs['address']))
    .filter((it) => !/^(127\.|169\.254\.|::1\/|fe80:)/.test(it));

/** Images that were asked about and are not here yet. */
export const unknownImages = (
  { shipped: asked = [] }: SurveyRequest,
  { shipped = {} }: Survey,
): readonly ShippedQuestion[] => asked.filter(({ node, image }) => image !== undefined && !(node in shipped));

export const imageWarnings = ({ nodes }: Model, unknown: readonly ShippedQuestion[]): readonly Diagnostic[] =>
  unknown.map(({ node, image = '' }) =>
    warning(errors.imageNotHere(node, image), nodes.find(({ name }) => name === node)?.path ?? []),
  );
