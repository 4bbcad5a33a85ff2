import {
  type EngineAnswer,
  type Engines,
  type EngineSpec,
  isFine,
  type NamedGuest,
  type NodeTarget,
  PipewrightError,
} from '@pipewright/plugin';
import { filesOfNames } from './locate.js';

/** A container in the answer to `GET /containers/json`; of more than these nobody here asks. */
interface ListedContainer {
  readonly Names: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** Compose's own label. */
const SERVICE = 'com.docker.compose.service';

/** What may be a guest on this machine: named namespaces, and containers that run. */
export const guestsHere = async (asked: readonly EngineSpec[], engines: Engines): Promise<readonly NamedGuest[]> => [
  ...filesOfNames().map((name) => ({ name })),
  ...(await containersOf(asked, engines)),
];

/** What else a word for one of the nodes could have meant. */
export const readAround = async (
  nodes: readonly NodeTarget[],
  namespaces: readonly string[],
  engines: Engines,
): Promise<readonly NamedGuest[]> => [
  ...namesAround(nodes, namespaces),
  ...(await containersOf(enginesAround(nodes), engines)),
];

/** Named namespaces, where one of the nodes is such. */
export const namesAround = (nodes: readonly NodeTarget[], namespaces: readonly string[]): readonly NamedGuest[] =>
  nodes.some(({ locator }) => locator.by === 'name') ? namespaces.map((name) => ({ name })) : [];

/** The engines that nodes are containers of. */
export const enginesAround = (nodes: readonly NodeTarget[]): readonly EngineSpec[] => {
  const all = nodes.flatMap(({ locator }) => (locator.by === 'container' ? [locator.engine] : []));
  return [...new Map(all.map((it) => [it.title, it])).values()];
};

async function containersOf(asked: readonly EngineSpec[], engines: Engines): Promise<readonly NamedGuest[]> {
  const there = asked.filter((it) => engines.isThere(it));
  return (await Promise.all(there.map(async (it) => listedBy(it, engines)))).flat();
}

/** Names are a help, for which no engine needs to answer. */
async function listedBy(engine: EngineSpec, engines: Engines): Promise<readonly NamedGuest[]> {
  try {
    return containersIn(engine, await engines.request(engine, { method: 'GET', path: '/containers/json' }));
  } catch (error) {
    if (error instanceof PipewrightError) return [];
    throw error;
  }
}

/** In the answer to `GET /containers/json`. */
export function containersIn({ title: engine }: EngineSpec, answer: EngineAnswer): readonly NamedGuest[] {
  const rows = isFine(answer) && Array.isArray(answer.body) ? (answer.body as readonly ListedContainer[]) : [];
  return rows.flatMap(({ Names: names, Labels: labels }): readonly NamedGuest[] => {
    // With a legacy link a container is listed under `/other/alias` too.
    const name = names?.find((it) => it.lastIndexOf('/') === 0)?.slice(1);
    const service = labels?.[SERVICE];
    return name === undefined ? [] : [{ name, engine, ...(service === undefined ? {} : { service }) }];
  });
}
