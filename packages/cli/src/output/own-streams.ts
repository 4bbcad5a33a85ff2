import type { Commands, CommandStreams } from '@pipewright/plugin';
import { standardError, standardOutput } from './channel.js';

/** Our own standard streams for a command elsewhere, which has our terminal to itself meanwhile. */
export async function withOwnStreams<T>(
  tty: boolean,
  commands: Commands,
  run: (streams: CommandStreams) => Promise<T>,
): Promise<T> {
  const { stdin, stdout } = process;
  if (tty) await makeRaw(commands);
  try {
    return await run({
      input: stdin,
      write: writeOwn,
      size: () => [stdout.rows, stdout.columns],
      onResize: (listener) => {
        stdout.on('resize', listener);
        return () => stdout.off('resize', listener);
      },
    });
  } finally {
    if (tty) stdin.setRawMode(false);
    stdin.destroy(); // who waits for more of it keeps us here
  }
}

/** Node's own raw mode still ends lines for who writes, and the terminal over there has done so. */
async function makeRaw(commands: Commands): Promise<void> {
  process.stdin.setRawMode(true);
  await commands.run(['stty', '-opost'], { inherit: true });
}

/** Resolves when it is written, to whether anybody reads it. */
export const writeOwn: CommandStreams['write'] = (stream, bytes) =>
  new Promise((resolve) => {
    const channel = stream === 'stdout' ? standardOutput : standardError;
    channel.stream().write(bytes, (error) => resolve(!error));
  });
