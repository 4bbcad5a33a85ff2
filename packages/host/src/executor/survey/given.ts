import {
  type Engines,
  type EngineSpec,
  isFine,
  PipewrightError,
  type ResourceType,
  type SurveyRequest,
} from '@pipewright/plugin';

/** A container that runs, in the answer to `GET /containers/json`; of more than this nobody here asks. */
interface ListedContainer {
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, Endpoint | null>> | null;
  };
}

interface Endpoint {
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
}

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
  if (!engines.isThere(engine)) return [];
  try {
    const answer = await engines.request(engine, { method: 'GET', path: '/containers/json' });
    return isFine(answer) && Array.isArray(answer.body) ? addressesIn(answer.body as readonly ListedContainer[]) : [];
  } catch (error) {
    if (error instanceof PipewrightError) return []; // whoever needs the engine says what is wrong with it
    throw error;
  }
}

const addressesIn = (listed: readonly ListedContainer[]): readonly string[] =>
  listed
    .flatMap(({ NetworkSettings: settings }) => Object.values(settings?.Networks ?? {}))
    .flatMap((it) => [it?.IPAddress ?? '', it?.GlobalIPv6Address ?? ''])
    .filter((it) => it !== '');
