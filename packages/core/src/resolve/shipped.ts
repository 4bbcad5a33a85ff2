import {
  type Diagnostic,
  type Model,
  type NodeTarget,
  type ShippedQuestion,
  type Survey,
  type SurveyRequest,
  warning,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';

/** What there is to ask of containers that have to do with service links: both those that are told and those told of. */
export function shippedQuestions(
  { nodes, serviceLinks }: Model,
  targets: readonly NodeTarget[],
  registries: Registries,
): Pick<SurveyRequest, 'shipped'> {
  const concerned = new Set(serviceLinks.flatMap(({ from, to }) => [from, to]));
  const shipped = nodes.flatMap(({ name, kind, options }) => {
    const locator = concerned.has(name) ? targets.find((it) => it.name === name)?.locator : undefined;
    if (locator?.by !== 'container') return [];
    const image = registries.nodes.need(kind).image?.(options as never);
    const { engine, name: container } = locator;
    return [{ node: name, engine, container, ...(image === undefined ? {} : { image }) }];
  });
  return shipped.length > 0 ? { shipped } : {};
}

/** Images that were asked about and are not here yet. */
export const unknownImages = (
  { shipped: asked = [] }: SurveyRequest,
  { shipped = {} }: Survey,
): readonly ShippedQuestion[] => asked.filter(({ node, image }) => image !== undefined && !(node in shipped));

export const imageWarnings = ({ nodes }: Model, unknown: readonly ShippedQuestion[]): readonly Diagnostic[] =>
  unknown.map(({ node, image = '' }) =>
    warning(errors.imageNotHere(node, image), nodes.find(({ name }) => name === node)?.path ?? []),
  );
