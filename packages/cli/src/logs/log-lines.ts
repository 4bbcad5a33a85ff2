import type { CommandStreams, OutputStream } from '@pipewright/plugin';

/** Bytes of what has no end to its line, as the bar that shows progress: it is told as one. */
const LONGEST = 65_536;

/** Of one source: what it says in pieces comes out in lines. */
export class LogLines {
  readonly #begun: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

  /** `line` hears of whole lines, without their ends; resolves to whether anybody reads them. */
  constructor(private readonly line: (stream: OutputStream, text: string) => Promise<boolean>) {}

  readonly write: CommandStreams['write'] = async (stream, bytes) => {
    let rest = Buffer.concat([this.#begun[stream], bytes]);
    let isRead = true;
    for (let end = rest.indexOf('\n'); isRead && end !== -1; end = rest.indexOf('\n')) {
      isRead = await this.line(stream, rest.toString('utf8', 0, end).replace(/\r$/, ''));
      rest = rest.subarray(end + 1);
    }
    const isLong = rest.length > LONGEST;
    this.#begun[stream] = isLong ? Buffer.alloc(0) : rest;
    return isRead && isLong ? this.line(stream, rest.toString()) : isRead;
  };

  /** What stands without an end to its line. */
  async end(): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const)
      if (this.#begun[stream].length > 0) await this.line(stream, this.#begun[stream].toString());
  }
}
