import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CommandStreams,
  type ContainerCommand,
  type EngineAnswer,
  type EngineRequest,
  engineSays,
  fail,
  isFine,
  textAt,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { EngineConnection } from './engine-connection.js';
import { show } from './frames.js';
import { type EngineStream, isOpened } from './open-stream.js';
import { isOfSeveral } from './several.js';

/** What of a connection a command takes. */
type Connection = Pick<EngineConnection, 'request' | 'open'>;

/** A command that was let go of with Docker's own keys (^P ^Q) goes on: nobody waits for its end. */
const ENDED_WITHIN_MS = 2_000;
const ASK_EVERY_MS = 20;

/** As of a command that SIGPIPE ends. */
const UNREAD = 128 + constants.signals.SIGPIPE;

/**
 * A command is there a moment after its stream, on a busy machine some seconds, and has no terminal before: its size is told so
 * long after the start, too.
 */
const TOLD_AFTER_MS = [0, 20, 60, 120, 200, 400, 1_000, 2_000, 4_000, 8_000, 16_000];

/** In three requests: what it is, its streams, how it ended (Docker Engine API, "Exec"). */
export async function runInContainer(
  connection: Connection,
  command: ContainerCommand,
  streams: CommandStreams,
): Promise<number> {
  const { tty } = command;
  const ask = (request: EngineRequest) => connection.request(request);
  const made = await ask({
    method: 'POST',
    path: `/containers/${encodeURIComponent(command.container)}/exec`,
    body: { ...requestOf(command), ...consoleOf(command, streams) },
  });
  if (!isFine(made)) return refused(command, made);
  const body = { Detach: false, Tty: tty, ...consoleOf(command, streams) };
  const path = `/exec/${textAt(['Id'], made)}`;
  const stream = await connection.open({ method: 'POST', path: `${path}/start`, body });
  if (!isOpened(stream)) return refused(command, stream);
  const forget = tty ? followSize(streams, path, ask) : undefined;
  try {
    if (command.stdin) void feed(stream, streams.input);
    if (!(await show(stream.received, tty, (which, bytes) => streams.write(which, bytes)))) return UNREAD;
    return await exitCode(stream, () => ask({ method: 'GET', path: `${path}/json` }));
  } finally {
    forget?.();
    stream.close();
  }
}

const requestOf = ({ argv, stdin, tty, env, user, workdir }: ContainerCommand) => ({
  AttachStdin: stdin,
  AttachStdout: true,
  AttachStderr: true,
  Tty: tty,
  Cmd: argv,
  Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ...(user === undefined ? {} : { User: user }),
  ...(workdir === undefined ? {} : { WorkingDir: workdir }),
});

/** Since 1.42 of its API an engine is told the size at once; before, a moment after the start. */
function consoleOf({ tty }: ContainerCommand, { size }: CommandStreams): object {
  const lines = tty ? size?.() : undefined;
  return lines === undefined ? {} : { ConsoleSize: lines };
}

const refused = ({ engine: { title }, container }: ContainerCommand, answer: EngineAnswer): never =>
  fail(
    answer.status < 500 || isOfSeveral(answer) || isOfState(answer)
      ? errors.noExec(title, container, engineSays(answer))
      : errors.engineFailed(title, `a command in the container "${container}"`, engineSays(answer)),
  );

/** It does not run: Podman says so with the status of its own troubles. */
const isOfState = (answer: EngineAnswer): boolean => /container state improper/i.test(engineSays(answer));

/** The terminal of the command is as large as ours. */
function followSize(
  { size, onResize }: CommandStreams,
  path: string,
  ask: (request: EngineRequest) => Promise<EngineAnswer>,
): () => void {
  const tell = async (): Promise<void> => {
    const [lines, columns] = size?.() ?? [];
    if (lines === undefined || columns === undefined) return;
    await ask({ method: 'POST', path: `${path}/resize?h=${String(lines)}&w=${String(columns)}` });
  };
  // What comes too early or too late for the engine is no failure of the command.
  const tellOrNot = (): void => void tell().catch(() => undefined);
  const timers = TOLD_AFTER_MS.map((ms) => setTimeout(tellOrNot, ms));
  const forget = onResize?.(tellOrNot);
  return () => {
    for (const it of timers) clearTimeout(it);
    forget?.();
  };
}

/** Until there is no more, or nobody who would take it: what the input comes from is its owner's to close. */
async function feed(stream: EngineStream, input: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  const more = input?.[Symbol.asyncIterator]();
  try {
    for (let next = await more?.next(); next?.done === false; next = await more?.next())
      if (!(await stream.send(next.value))) break;
  } catch {
    // A terminal that is gone says no more.
  }
  stream.end();
}

/** What it said may end a moment before the command does. One that goes on is let go of, or cut off. */
async function exitCode(stream: EngineStream, inspect: () => Promise<EngineAnswer>): Promise<number> {
  const until = Date.now() + ENDED_WITHIN_MS;
  for (;;) {
    const { body } = await inspect();
    const { Running: runs, ExitCode: code } = body as { readonly Running?: unknown; readonly ExitCode?: unknown };
    if (runs !== true && typeof code === 'number') return code;
    if (Date.now() >= until) {
      stream.endedWell();
      return 0;
    }
    await sleep(ASK_EVERY_MS);
  }
}
