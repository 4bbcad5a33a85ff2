import { type EngineAnswer, type Engines, type EngineSpec, isFine, PipewrightError } from '@pipewright/plugin';

/** A container that runs, in the answer to `GET /containers/json`; of more than this nobody asks. */
export interface ContainerRow {
  readonly Id: string;
  readonly Names?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly HostConfig?: { readonly NetworkMode?: string };
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, Endpoint | null>> | null;
  };
}

interface Endpoint {
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
}

/** Those of the answer; of one that is no list none. */
export const rowsIn = (answer: EngineAnswer): readonly ContainerRow[] =>
  isFine(answer) && Array.isArray(answer.body) ? (answer.body as readonly ContainerRow[]) : [];

/** Containers that run, where they are a help only: of an engine that does not answer none, as who needs it says what is wrong. */
export async function runningIn(engine: EngineSpec, engines: Engines): Promise<readonly ContainerRow[]> {
  try {
    return rowsIn(await engines.request(engine, { method: 'GET', path: '/containers/json' }));
  } catch (error) {
    if (error instanceof PipewrightError) return [];
    throw error;
  }
}

/** Of names with a slash before them: with a legacy link a container is listed under `/other/alias` too. */
export const ownName = (names: readonly string[] | null | undefined): string | undefined =>
  names?.find((it) => it.lastIndexOf('/') <= 0)?.replace(/^[/]/, '');
