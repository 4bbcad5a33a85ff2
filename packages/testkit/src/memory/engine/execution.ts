import type { CommandStreams, ContainerCommand, OutputStream } from '@pipewright/plugin';
import type { ContainerConfig, ContainerProgram } from './container.js';

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
  const result = program?.(call) ?? notFound(argv[0]);
  for (const [stream, text] of saidBy(result, tty))
    if (text !== '' && !(await streams.write(stream, encoder.encode(text)))) return UNREAD;
  return result.code ?? 0;
}

/** Of a container's own command: undefined where the image has no such program, and it runs on. */
export const resultOf = ({ Cmd: argv, Env: env }: ContainerConfig, program: ContainerProgram | undefined) => {
  const result = program?.({ argv: argv ?? [], env: env ?? [], input: '' });
  return result && { code: 0, ...result };
};

/** What that says. */
export const logLines = (
  config: ContainerConfig,
  program: ContainerProgram | undefined,
): readonly (readonly [stream: OutputStream, line: Uint8Array])[] =>
  saidBy(resultOf(config, program) ?? {}, config.Tty === true).flatMap(([stream, text]) =>
    (text.match(/[^\n]*\n/g) ?? []).map((line) => [stream, encoder.encode(line)] as const),
  );

const saidBy = ({ stdout = '', stderr = '' }: Said, tty: boolean): readonly (readonly [OutputStream, string])[] =>
  tty
    ? [['stdout', `${stdout}${stderr}`.replaceAll('\n', '\r\n')]]
    : [
        ['stdout', stdout],
        ['stderr', stderr],
      ];

type Said = Pick<ReturnType<ContainerProgram>, 'stdout' | 'stderr'>;

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
