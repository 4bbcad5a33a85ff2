import type { Engines, EngineSpec, ResourceType, SurveyRequest } from '@pipewright/plugin';
import { type ContainerRow, runningIn } from '../../engine/list.js';

/**
 * Addresses of containers beside which the topology has nics, on a bridge of their engine that it adopts: in no namespace
 * that is looked into does anybody see them.
 */
export async function readGiven(
  request: Pick<SurveyRequest, 'wanted'>,
  types: readonly ResourceType[],
  engines: Engines,
): Promise<readonly string[]> {
  const adopted = request.wanted.flatMap(({ type, adopt, attrs }) =>
    type === 'device' && adopt ? [String(attrs['name'])] : [],
  );
  if (adopted.length === 0) return [];
  const concerned = enginesOf(types).filter(
    (it) => it.bridges !== undefined && adopted.some((name) => new RegExp(it.bridges ?? '').test(name)),
  );
  return (await Promise.all(concerned.map((it) => givenBy(it, engines)))).flat();
}

const enginesOf = (types: readonly ResourceType[]): readonly EngineSpec[] => {
  const all = types.flatMap(({ queries }) => queries.flatMap(({ engine }) => (engine ? [engine.of] : [])));
  return [...new Map(all.map((it) => [it.title, it])).values()];
};

async function givenBy(engine: EngineSpec, engines: Engines): Promise<readonly string[]> {
  return engines.isThere(engine) ? addressesIn(await runningIn(engine, engines)) : [];
}

const addressesIn = (listed: readonly ContainerRow[]): readonly string[] =>
  listed
    .flatMap(({ NetworkSettings: settings }) => Object.values(settings?.Networks ?? {}))
    .flatMap((it) => [it?.IPAddress ?? '', it?.GlobalIPv6Address ?? ''])
    .filter((it) => it !== '');
