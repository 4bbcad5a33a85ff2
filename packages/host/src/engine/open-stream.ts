import type { Socket } from 'node:net';
import type { EngineAnswer } from '@pipewright/plugin';

/** Bytes that go to and fro once a request is taken. */
export interface EngineStream {
  /** What the engine sends, until it ends. Whoever stops listening closes it. */
  readonly received: AsyncIterable<Uint8Array>;
  /** Resolves when more may be sent; what nobody reads any more is dropped. */
  send(bytes: Uint8Array): Promise<void>;
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
  return {
    received: wholeOf(socket, complain),
    send: (bytes) =>
      new Promise((resolve) => {
        if (socket.writable) socket.write(bytes, () => resolve());
        else resolve();
      }),
    end: () => void socket.end(),
    close: () => void socket.destroy(),
  };
}

/** An answer that goes on and on. */
export const oneWay = (
  response: AsyncIterable<Uint8Array> & { destroy(): unknown },
  complain: Complain,
): EngineStream => ({
  received: wholeOf(response, complain),
  send: async () => undefined,
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
