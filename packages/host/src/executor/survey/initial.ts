import { type Resource, resource, type ResourceType, type SurveyRequest } from '@pipewright/plugin';
import type { Asker, Point } from './asker.js';
import type { Located } from './located.js';

/** What lasting things will be by themselves in namespaces that are still to be made: as a new namespace has them. */
export async function readInitial(
  { wanted }: SurveyRequest,
  located: readonly Located[],
  types: readonly ResourceType[],
  asker: Asker,
): Promise<readonly Resource[]> {
  const absent = new Set(located.filter(({ node }) => node.state === 'absent').map(({ node }) => node.name));
  const initial: Resource[] = [];
  for (const type of types) {
    const asked = wanted.filter((it) => it.type === type.type && absent.has(it.on.node ?? ''));
    if (type.point && type.lasting && asked.length > 0)
      initial.push(...(await asNew(type, type.point(asked), asked, asker)));
  }
  return initial;
}

async function asNew(
  type: ResourceType,
  point: Point,
  asked: readonly Resource[],
  asker: Asker,
): Promise<readonly Resource[]> {
  const found = new Map((await asker.pointAnew(point)).map(({ attrs }) => [type.name(attrs), attrs]));
  return asked.flatMap(({ on, id, attrs }) => {
    const name = type.name(attrs);
    const value = found.get(name);
    return value ? [resource(type.type, on, name, value, { id })] : [];
  });
}
