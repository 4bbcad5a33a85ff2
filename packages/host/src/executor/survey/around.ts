import type { EngineAnswer, Engines, EngineSpec, NamedGuest, NodeTarget } from '@pipewright/plugin';
import { type ContainerRow, ownName, rowsIn, runningIn } from '../../engine/list.js';
import { filesOfNames } from './locate.js';

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
  return (await Promise.all(there.map(async (it) => guestsIn(it, await runningIn(it, engines))))).flat();
}

/** In the answer to `GET /containers/json`. */
export const containersIn = (engine: EngineSpec, answer: EngineAnswer): readonly NamedGuest[] =>
  guestsIn(engine, rowsIn(answer));

const guestsIn = ({ title: engine }: EngineSpec, rows: readonly ContainerRow[]): readonly NamedGuest[] =>
  rows.flatMap(({ Names: names, Labels: labels }) => {
    const name = ownName(names);
    const service = labels?.[SERVICE];
    return name === undefined ? [] : [{ name, engine, ...(service === undefined ? {} : { service }) }];
  });
