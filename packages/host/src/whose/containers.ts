import { type Engines, type EngineSpec, PipewrightError } from '@pipewright/plugin';
import { type ContainerRow, ownName, rowsIn } from '../engine/list.js';

/** A container engine, under the word that nodes of its kind have in a topology. */
export interface KnownEngine {
  readonly kind: string;
  readonly spec: EngineSpec;
}

/** A container that processes of a namespace are in. */
export interface ContainerReport {
  /** Null where none of the engines that answer knows it. */
  readonly engine: string | null;
  readonly id: string;
  /** Its id's first twelve digits where nobody knows a name. */
  readonly name: string;
}

/** A container as its engine lists it. */
export interface ListedContainer extends ContainerReport {
  /** It uses the namespace of another container. */
  readonly joined: boolean;
}

/**
 * The container that control groups name: `/docker/<id>`, `/system.slice/docker-<id>.scope`, `/machine.slice/libpod-<id>.scope`.
 * Of containers in containers the innermost, whose namespaces they are.
 */
export const containerIdIn = (controlGroups: string): string | undefined =>
  controlGroups.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g)?.at(-1);

/** Of several that share a namespace the one it was made for; `ids` are in the order of their processes. */
export function containerOf(
  ids: readonly string[],
  listed: ReadonlyMap<string, ListedContainer>,
): ContainerReport | null {
  const id = ids.find((it) => listed.get(it)?.joined === false) ?? ids[0];
  if (id === undefined) return null;
  const { engine = null, name = id.slice(0, SHORT_ID) } = listed.get(id) ?? {};
  return { engine, id, name };
}

/** As engines print ids. */
const SHORT_ID = 12;

const TIMEOUT_MS = 2000;

/** All running containers of the engines that are there and answer, by id; `sharing`: those with another in their namespace. */
export async function listContainers(
  known: readonly KnownEngine[],
  engines: Engines,
  sharing: ReadonlySet<string> = new Set(),
): Promise<ReadonlyMap<string, ListedContainer>> {
  const there = known.filter(({ spec }) => engines.isThere(spec));
  const lists = await Promise.all(there.map(async (it) => containersOf(it, engines, sharing)));
  return new Map(lists.flat().map((it) => [it.id, it]));
}

/** Names of containers are a help, not the answer: an engine that does not answer is passed over. */
async function containersOf(
  { kind, spec }: KnownEngine,
  engines: Engines,
  sharing: ReadonlySet<string>,
): Promise<readonly ListedContainer[]> {
  const ask = async (path: string) => engines.request(spec, { method: 'GET', path, timeoutMs: TIMEOUT_MS });
  try {
    const answer = await ask('/containers/json');
    const whole = rowsIn(answer).map(async (row) => {
      // Podman's list says nothing of networks.
      const { body } = row.HostConfig || !sharing.has(row.Id) ? { body: {} } : await ask(`/containers/${row.Id}/json`);
      return listedContainer(kind, { ...(body as Pick<ContainerRow, 'HostConfig'>), ...row });
    });
    return await Promise.all(whole);
  } catch (error) {
    if (error instanceof PipewrightError) return [];
    throw error;
  }
}

export function listedContainer(
  engine: string,
  { Id: id, Names: names, HostConfig: config }: ContainerRow,
): ListedContainer {
  return {
    engine,
    id,
    name: ownName(names) ?? id.slice(0, SHORT_ID),
    joined: config?.NetworkMode?.startsWith('container:') === true,
  };
}
