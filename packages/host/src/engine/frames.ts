import type { CommandStreams, OutputStream } from '@pipewright/plugin';

export interface Frame {
  readonly stream: OutputStream;
  readonly bytes: Uint8Array;
}

/** Of each frame: which stream it is of (a byte, three of zero), and its length (4 bytes, the highest first). */
const HEADER = 8;
const STDERR = 2;

/**
 * Two streams that come as one, in frames (Docker Engine API, "Stream format"). What a frame holds is passed on as it comes:
 * a frame need not be whole.
 */
export async function* framesOf(received: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let [kept, left, stream]: [Buffer, number, OutputStream] = [Buffer.alloc(0), 0, 'stdout'];
  for await (const chunk of received) {
    kept = kept.length === 0 ? Buffer.from(chunk) : Buffer.concat([kept, chunk]);
    while (kept.length >= (left === 0 ? HEADER : 1)) {
      if (left === 0) {
        stream = kept[0] === STDERR ? 'stderr' : 'stdout';
        left = kept.readUInt32BE(4);
        kept = kept.subarray(HEADER);
      } else {
        const bytes = kept.subarray(0, left);
        left -= bytes.length;
        kept = kept.subarray(bytes.length);
        yield { stream, bytes };
      }
    }
  }
}

/** What comes of a terminal, where all is one stream. */
async function* asOneStream(received: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  for await (const bytes of received) yield { stream: 'stdout', bytes };
}

/** Resolves, at the end, to whether all was read. */
export async function show(
  received: AsyncIterable<Uint8Array>,
  tty: boolean,
  write: CommandStreams['write'],
): Promise<boolean> {
  const frames = tty ? asOneStream(received) : framesOf(received);
  for await (const { stream, bytes } of frames) if (!(await write(stream, bytes))) return false;
  return true;
}
