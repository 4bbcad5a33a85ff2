import { standardError } from './channel.js';

/** Somebody sits there to answer. */
export const isInteractive = (): boolean => standardError.isTerminal && process.stdin.isTTY;

export type Answer = 'yes' | 'no' | 'interrupted';

/** Asks on standard error; anything but a yes is a no, the end of the input too. */
export async function ask(question: string, signal: AbortSignal): Promise<Answer> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const [interrupted, ended] = [new AbortController(), new AbortController()];
  lines.once('SIGINT', () => interrupted.abort()); // the terminal is ours meanwhile: ^C is a key, no signal
  lines.once('close', () => ended.abort());
  try {
    const given = await lines.question(`${question} [y/N] `, {
      signal: AbortSignal.any([signal, interrupted.signal, ended.signal]),
    });
    return /^y(es)?$/i.test(given.trim()) ? 'yes' : 'no';
  } catch {
    process.stderr.write('\n');
    return interrupted.signal.aborted || signal.aborted ? 'interrupted' : 'no';
  } finally {
    lines.close();
  }
}
