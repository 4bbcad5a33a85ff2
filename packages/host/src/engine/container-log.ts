import {
  type CommandStreams,
  type ContainerLog,
  type EngineAnswer,
  engineSays,
  fail,
  isFine,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { EngineConnection } from './engine-connection.js';
import { show } from './frames.js';
import { isOpened } from './open-stream.js';

const NO_SUCH = 404;

/** In two requests: whether it has a terminal, which makes its two streams one, and what it said. */
export async function readLog(
  connection: Pick<EngineConnection, 'request' | 'open'>,
  log: ContainerLog,
  write: CommandStreams['write'],
): Promise<boolean> {
  const path = `/containers/${encodeURIComponent(log.container)}`;
  const inspect = () => connection.request({ method: 'GET', path: `${path}/json` });
  const first = await inspect();
  const found = first.status >= 500 ? await inspect() : first; // Podman fails where its process ends just then
  if (found.status === NO_SUCH) return false;
  if (!isFine(found)) return refused(log, found);
  const { Config: config } = found.body as { readonly Config?: { readonly Tty?: boolean } };
  try {
    // Podman begins with the first word that there is to pass on.
    const stream = await connection.open({ method: 'GET', path: `${path}/logs?${queryOf(log)}` }, log.follow);
    if (!isOpened(stream)) return refused(log, stream);
    await show(stream.received, config?.Tty === true, write).finally(() => stream.close());
  } catch (error) {
    if (log.follow?.aborted !== true) throw error;
  }
  return true;
}

const queryOf = ({ tail, follow }: ContainerLog): string =>
  new URLSearchParams({
    stdout: 'true',
    stderr: 'true',
    ...(tail === undefined ? {} : { tail: String(tail) }),
    ...(follow ? { follow: 'true' } : {}),
  }).toString();

const refused = ({ engine: { title }, container }: ContainerLog, answer: EngineAnswer): never =>
  fail(errors.noLogs(title, container, engineSays(answer)));
