import { type OutputStream, PipewrightError } from '@pipewright/plugin';
import type { Output } from '../output/output.js';
import { writeOwn } from '../output/own-streams.js';
import type { Style } from '../output/paint.js';
import { padEnd } from '../output/text.js';
import { LogLines } from './log-lines.js';
import type { LogExtent, LogSource } from './log-sources.js';

/** What could not be read: what is not there, and what somebody refused. */
export interface Unread {
  readonly unread: readonly LogSource[];
  readonly failures: readonly PipewrightError[];
}

/** One after another, but where all go on. One that fails does so for itself. */
export async function readLogs(sources: readonly LogSource[], extent: LogExtent, output: Output): Promise<Unread> {
  const unread: LogSource[] = [];
  const failures: PipewrightError[] = [];
  const isAlone = sources.length === 1 && !output.manner.json;
  const width = Math.max(...sources.map(({ name }) => name.length));
  const read = async (source: LogSource, index: number): Promise<boolean> => {
    if (isAlone) return source.read(extent, writeOwn);
    const head = `${output.paint(STYLES[index % STYLES.length] ?? 'cyan', padEnd(source.name, width))} | `;
    const lines = new LogLines((stream, line) =>
      output.manner.json
        ? writeOwn('stdout', lineOf({ of: source.name, stream, line }))
        : writeOwn(stream, Buffer.from(`${head}${line}\n`)),
    );
    const isThere = await source.read(extent, lines.write);
    await lines.end();
    return isThere;
  };
  const readOne = async (source: LogSource, index: number): Promise<void> => {
    try {
      if (!(await read(source, index))) unread.push(source);
    } catch (error) {
      if (!(error instanceof PipewrightError)) throw error;
      unread.push(source);
      failures.push(error);
    }
  };
  if (extent.follow) await Promise.all(sources.map(readOne));
  else for (const [index, source] of sources.entries()) await readOne(source, index);
  return { unread, failures };
}

const STYLES: readonly Style[] = ['cyan', 'green', 'yellow'];

/** What --json prints a line. */
const lineOf = (it: { readonly of: string; readonly stream: OutputStream; readonly line: string }): Uint8Array =>
  Buffer.from(`${JSON.stringify(it)}\n`);
