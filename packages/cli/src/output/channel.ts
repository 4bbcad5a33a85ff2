import { fstatSync, writeSync } from 'node:fs';

/** 1:3, by devices.txt of Linux. */
const NULL_DEVICE = 0x103;

/** Hears of all that is written. */
type Listener = (to: 1 | 2, text: string) => void;

let listener: Listener | undefined;

export function overhearOutput(heard: Listener): void {
  listener = heard;
}

/**
 * Standard output or standard error. To load Node's streams takes as long as many a command: only a terminal has one,
 * and a reader that does not keep up.
 */
export class Channel {
  readonly isTerminal: boolean;
  #stream: NodeJS.WriteStream | undefined;
  #loss: Error | undefined;

  /** What follows a loss, once. */
  onLoss: () => void = () => undefined;

  constructor(private readonly fd: 1 | 2) {
    const stats = fstatSync(fd);
    this.isTerminal = stats.isCharacterDevice() && stats.rdev !== NULL_DEVICE && this.stream().isTTY;
  }

  /** Why something could not be written though somebody would have read it: the disk of a log was full. */
  get loss(): Error | undefined {
    return this.#loss;
  }

  write(text: string): void {
    listener?.(this.fd, text);
    if (this.#stream) this.#stream.write(text);
    else this.#writeNow(Buffer.from(text));
  }

  /** From here on all goes through it, so that the order is kept. */
  stream(): NodeJS.WriteStream {
    return (this.#stream ??= this.#opened());
  }

  /** Resolves once all that was written has gone, or is lost. */
  async gone(): Promise<void> {
    const stream = this.#stream;
    if (stream) await new Promise((resolve) => stream.write('', resolve));
  }

  #opened(): NodeJS.WriteStream {
    const stream = this.fd === 1 ? process.stdout : process.stderr;
    return stream.on('error', (error) => this.#failed(error));
  }

  #writeNow(bytes: Buffer): void {
    let rest = bytes;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.fd, rest));
    } catch (error) {
      if (codeOf(error) === 'EAGAIN') this.stream().write(rest);
      else this.#failed(error);
    }
  }

  /**
   * Whoever reads may have seen enough (`| head`), the terminal may be gone (EIO, after a SIGHUP): what is still to be
   * done or undone goes on without a reader.
   */
  #failed(error: unknown): void {
    if (this.#loss || !(error instanceof Error) || ['EPIPE', 'EIO'].includes(codeOf(error))) return;
    this.#loss = error;
    this.onLoss();
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

export const standardOutput = new Channel(1);
export const standardError = new Channel(2);
