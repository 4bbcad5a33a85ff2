import { constants } from 'node:os';
import type { CommandOptions, CommandResult, Commands } from '@pipewright/plugin';
import type { execa as execaFunction } from 'execa';

/** As shells have it. */
const [NOT_RUN, NOT_FOUND] = [126, 127];

/**
 * Programs by execa. Each has a process group of its own: a ^C at the terminal does not stop half-done work on the
 * kernel, and a timeout ends grandchildren too. One that has our own streams has the terminal too, and its signals.
 */
export class ExecaCommands implements Commands {
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { execa } = await import('execa'); // late: most of a dry run does without
    const [file = '', ...args] = argv;
    return options.inherit === true ? attached(execa, file, args, options) : captured(execa, file, args, options);
  }
}

type Execa = typeof execaFunction;

/** What a terminal sends to all that belongs to it. */
const FROM_TERMINAL: readonly unknown[] = ['SIGINT', 'SIGQUIT', 'SIGHUP'];

async function captured(
  execa: Execa,
  file: string,
  args: readonly string[],
  options: CommandOptions,
  again = true,
): Promise<CommandResult> {
  const child = execa(file, args, {
    reject: false,
    detached: true,
    stripFinalNewline: false,
    env: { LC_ALL: 'C', ...options.env },
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.take ? { buffer: { stdout: false } } : {}),
  });
  const watch = endAfter(child.pid, options.timeoutMs);
  const release = endOn(child.pid, options.stop);
  const [{ stdout, stderr, ...end }] = await Promise.all([child, options.take && handOver(child, options.take)]);
  clearTimeout(watch.timer);
  release();
  // Hit between fork and setsid, while it was in our group still: it has not begun, and is begun again.
  if (again && FROM_TERMINAL.includes(end.signal)) return captured(execa, file, args, options, false);
  const late = watch.late() ? `no answer within ${String(options.timeoutMs)} ms` : '';
  const kept = options.take ? '' : stdout;
  return { code: codeOf(end), stdout: kept, stderr: `${stderr}${late}${notBegun(file, end)}` };
}

/** Until there is no more, or nobody who would take it. */
async function handOver(
  { pid, stdout }: { readonly pid?: number; readonly stdout: AsyncIterable<Uint8Array> },
  take: (bytes: Uint8Array) => Promise<boolean>,
): Promise<void> {
  for await (const bytes of stdout) {
    if (await take(bytes)) continue;
    if (pid !== undefined) signalGroup(pid, 'SIGTERM');
    break;
  }
}

/** Why the program could not be started at all. */
const notBegun = (file: string, { code }: { readonly code?: string | undefined }): string =>
  code === 'ENOENT' ? `${file}: not found` : code === 'EACCES' ? `${file}: permission denied` : '';

async function attached(
  execa: Execa,
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const child = execa(file, args, { reject: false, stdio: 'inherit', ...(options.env ? { env: options.env } : {}) });
  const release = passSignals(child);
  const end = await child;
  release();
  return { code: codeOf(end), stdout: '', stderr: notBegun(file, end) };
}

interface Watch {
  readonly timer: NodeJS.Timeout | undefined;
  readonly late: () => boolean;
}

function endAfter(pid: number | undefined, ms: number | undefined): Watch {
  let late = false;
  const end = (group: number): void => {
    late = true;
    signalGroup(group, 'SIGKILL');
  };
  const timer = pid === undefined || ms === undefined ? undefined : setTimeout(end, ms, pid);
  return { timer, late: () => late };
}

/** More than what it has begun takes to be ended in its turn. */
const GRACE_MS = 10_000;

/** Returns what is to be called when it has ended. */
function endOn(pid: number | undefined, stop: AbortSignal | undefined): () => void {
  if (pid === undefined || stop === undefined) return () => undefined;
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(pid, 'SIGTERM');
    kill = setTimeout(signalGroup, GRACE_MS, pid, 'SIGKILL');
  };
  stop.addEventListener('abort', end);
  if (stop.aborted) end();
  return () => {
    stop.removeEventListener('abort', end);
    clearTimeout(kill);
  };
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

/** While a child has the terminal we outlive it: what the terminal sends reaches both, what others send only us. */
function passSignals(child: { kill(signal: NodeJS.Signals): boolean }): () => void {
  const pass = (signal: NodeJS.Signals): void => {
    if (!process.stdin.isTTY || signal === 'SIGTERM' || signal === 'SIGHUP') child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}

function codeOf(end: {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}): number {
  if (end.exitCode !== undefined) return end.exitCode;
  const signal = Object.entries(constants.signals).find(([name]) => name === end.signal)?.[1];
  if (signal !== undefined) return 128 + signal;
  return end.code === 'EACCES' ? NOT_RUN : NOT_FOUND;
}
