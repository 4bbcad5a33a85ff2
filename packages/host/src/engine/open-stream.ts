import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { EngineAnswer } from '@pipewright/plugin';
import { codeOf } from '../file-system.js';

/** Bytes that go to and fro once a request is taken. */
export interface EngineStream {
  /**
   * What the engine sends, until it ends. Whoever stops listening closes it. It ends, too, where the engine let go of the
   * connection with something of ours unread, as a command that has ended may: `endedWell` says whether it was so.
   */
  readonly received: AsyncIterable<Uint8Array>;
  /** Throws where the engine let go of it. */
  endedWell(): void;
  /** Resolves when more may be sent, to whether anybody reads it still; what nobody does is dropped. */
  send(bytes: Uint8Array): Promise<boolean>;
  /** Nothing more is sent; what is received goes on. */
  end(): void;
  close(): void;
}

/** The request was taken. */
export const isOpened = (it: EngineStream | EngineAnswer): it is EngineStream => 'received' in it;

/** Tells what went wrong in words of ours. */
type Complain = (error: unknown) => never;

/** A connection that the engine has taken over, with what came along with its word for that. */
export function bothWays(socket: Socket, head: Buffer, complain: Complain): EngineStream {
  // Of what breaks off its reader hears; a writer has nothing to say to nobody.
  socket.on('error', () => undefined);
  if (head.length > 0) socket.unshift(head);
  let letGo: unknown;
  let lastWords: readonly Uint8Array[] = [];
  const received = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* socket as AsyncIterable<Uint8Array>;
    } catch (error) {
      const { readableLength: lost } = socket;
      yield* lastWords;
      if (lost > 0 || !LET_GO.includes(codeOf(error))) complain(error);
      letGo = error;
    }
  };
  return {
    received: received(),
    endedWell: () => letGo === undefined || complain(letGo),
    send: (bytes) =>
      new Promise((resolve) => {
        if (!socket.writable) {
          resolve(false);
          return;
        }
        socket.write(bytes, (error) => {
          if (error) lastWords = [...lastWords, ...unreadOf(socket)];
          resolve(!error);
        });
      }),
    end: () => void socket.end(),
    close: () => void socket.destroy(),
  };
}

/**
 * What the other end has said and nobody has read. A socket that cannot be written to Node closes as soon as it has said so, with
 * all that the kernel still holds of it.
 */
function unreadOf(socket: Socket): readonly Uint8Array[] {
  const unread: Uint8Array[] = [];
  for (let next = nextOf(socket); next; next = nextOf(socket)) unread.push(next);
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: number } | null };
  if ('encrypted' in socket || handle?.fd === undefined || handle.fd < 0) return unread;
  const buffer = Buffer.alloc(65_536);
  try {
    for (let length = readSync(handle.fd, buffer); length > 0; length = readSync(handle.fd, buffer))
      unread.push(Buffer.from(buffer.subarray(0, length)));
  } catch {
    // There is no more.
  }
  return unread;
}

const nextOf = (socket: Socket): Uint8Array | null => socket.read() as Uint8Array | null;

/** Who closes a socket of which something is unread is heard to reset it; who writes to it then, that the pipe is broken. */
const LET_GO: readonly unknown[] = ['ECONNRESET', 'EPIPE'];

/** An answer that goes on and on. */
export const oneWay = (
  response: AsyncIterable<Uint8Array> & { destroy(): unknown },
  complain: Complain,
): EngineStream => ({
  received: wholeOf(response, complain),
  endedWell: () => undefined,
  send: async () => false,
  end: () => undefined,
  close: () => void response.destroy(),
});

async function* wholeOf(chunks: AsyncIterable<Uint8Array>, complain: Complain): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    complain(error);
  }
}
