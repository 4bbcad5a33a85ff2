import { type ContainerEvent, engineSays, fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { EngineConnection } from './engine-connection.js';
import { isOpened } from './open-stream.js';

/** What of all that engines tell makes a difference to networks; Podman's words besides Docker's. */
const TELLING = ['start', 'die', 'died', 'pause', 'unpause', 'rename', 'destroy', 'remove'];

const PATH = `/events?filters=${encodeURIComponent(JSON.stringify({ type: ['container'] }))}`;

const HEALTH = 'health_status';

/** What happens to an engine's containers, until it ends or `signal` is aborted. */
export async function* followContainers(
  title: string,
  connection: Pick<EngineConnection, 'open'>,
  signal: AbortSignal,
  { health = false }: { readonly health?: boolean } = {},
): AsyncGenerator<ContainerEvent> {
  const stream = await connection.open({ method: 'GET', path: PATH });
  if (!isOpened(stream)) return fail(errors.noEvents(title, engineSays(stream)));
  const telling = health ? [...TELLING, HEALTH] : TELLING;
  const close = (): void => stream.close();
  signal.addEventListener('abort', close);
  if (signal.aborted) close();
  try {
    for await (const line of linesOf(stream.received)) yield* eventsIn(line, telling);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

async function* linesOf(received: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let kept = Buffer.alloc(0);
  for await (const chunk of received) {
    kept = Buffer.concat([kept, chunk]);
    for (let end = kept.indexOf('\n'); end !== -1; end = kept.indexOf('\n')) {
      yield kept.subarray(0, end).toString();
      kept = kept.subarray(end + 1);
    }
  }
}

/** Docker says more after a colon: `health_status: healthy`. */
function eventsIn(line: string, telling: readonly string[]): readonly ContainerEvent[] {
  const { Action: said = '', Actor: actor } = parsed(line);
  const action = said.replace(/:.*/s, '');
  const { ID: id = '', Attributes: attributes } = actor ?? {};
  return telling.includes(action) ? [{ action, id, name: attributes?.name ?? id.slice(0, 12) }] : [];
}

interface EventJson {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: { readonly name?: string } };
}

function parsed(line: string): EventJson {
  try {
    return (JSON.parse(line) as EventJson | null) ?? {};
  } catch {
    return {}; // nothing that we know to read
  }
}
