import {
  type Commands,
  fail,
  type Resource,
  resource,
  type ResourceType,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { Located } from './locate.js';

/** What lasting things will be by themselves in namespaces that are still to be made: as a new namespace has them. */
export async function readInitial(
  { wanted }: SurveyRequest,
  located: readonly Located[],
  types: readonly ResourceType[],
  commands: Commands,
): Promise<readonly Resource[]> {
  const absent = new Set(located.filter(({ node }) => node.state === 'absent').map(({ node }) => node.name));
  const initial: Resource[] = [];
  for (const type of types) {
    const asked = wanted.filter((it) => it.type === type.type && absent.has(it.on.node ?? ''));
    if (type.point && asked.length > 0) initial.push(...(await asNew(type, type.point(asked), asked, commands)));
  }
  return initial;
}

async function asNew(
  type: ResourceType,
  { argv, parse }: ReturnType<NonNullable<ResourceType['point']>>,
  asked: readonly Resource[],
  commands: Commands,
): Promise<readonly Resource[]> {
  const { code, stdout, stderr } = await commands.run(['unshare', '--net', ...argv]);
  if (code !== 0) return fail(errors.surveyFailed('A new namespace', argv.join(' '), stderr.trim()));
  const found = new Map(parse(stdout).map(({ attrs }) => [type.name(attrs), attrs]));
  return asked.flatMap(({ on, id, attrs }) => {
    const name = type.name(attrs);
    const value = found.get(name);
    return value ? [resource(type.type, on, name, value, { id })] : [];
  });
}
