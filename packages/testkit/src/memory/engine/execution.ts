import type { CommandStreams, ContainerCommand } from '@pipewright/plugin';
import type { ContainerProgram } from './container.js';

const encoder = new TextEncoder();

/** Runs as soon as all its input is there. Of a terminal what it says is one stream, with lines as terminals end them. */
export async function runProgramIn(
  env: readonly string[],
  program: ContainerProgram | undefined,
  { argv, stdin, tty, env: more }: ContainerCommand,
  streams: CommandStreams,
): Promise<number> {
  const all = [...env, ...Object.entries(more).map(([name, value]) => `${name}=${value}`)];
  const call = { argv, env: all, input: stdin ? await textOf(streams.input ?? none()) : '' };
  const { stdout = '', stderr = '', code = 0 } = program?.(call) ?? notFound(argv[0]);
  const said = tty
    ? ([['stdout', `${stdout}${stderr}`.replaceAll('\n', '\r\n')]] as const)
    : ([
        ['stdout', stdout],
        ['stderr', stderr],
      ] as const);
  for (const [stream, text] of said)
    if (text !== '' && !(await streams.write(stream, encoder.encode(text)))) return UNREAD;
  return code;
}

/** As SIGPIPE ends. */
const UNREAD = 141;

async function* none(): AsyncGenerator<Uint8Array> {
  // Nothing.
}

async function textOf(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const notFound = (name = ''): ReturnType<ContainerProgram> => ({
  stdout: `OCI runtime exec failed: exec failed: unable to start container process: exec: "${name}": executable file not found in $PATH: unknown\r\n`,
  code: 126,
});
