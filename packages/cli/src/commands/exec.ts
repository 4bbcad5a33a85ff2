import { type ExecOptions, fail, pairsOf } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { NodeCommands } from '../node-commands.js';
import { list, text } from '../spec/option.js';
import { command } from '../spec/command.js';
import { withOwnStreams } from '../output/own-streams.js';
import { topologyOptions } from '../spec/shared-options.js';

export default command({
  name: 'exec',
  group: 'look',
  otherWords: ['run', 'shell', 'enter'],
  summary: 'run a command in a node',
  details:
    'With our own terminal, input and output; its exit code is ours. Write `--` before a command that has options. In a container its engine runs it, as `docker exec` does.',
  examples: [
    { line: 'pipewright exec web -- ip addr', does: 'one command' },
    { line: 'pipewright exec web bash', does: 'a shell' },
    { line: 'pipewright exec --user www web -- id', does: 'as another user' },
    { line: 'pipewright exec -w /srv -e TZ=UTC web -- ls', does: 'in a folder, with a variable' },
    { line: 'pipewright exec -n shop web -- ping -c 1 10.10.0.5', does: 'in a topology by name' },
  ],
  positionals: [
    { name: 'NODE', summary: 'the node', required: true },
    { name: 'COMMAND', summary: 'the command and its arguments', required: true, many: true },
  ],
  options: {
    ...topologyOptions,
    user: text('USER', 'as this user: of the container, or of the host where a node has none of its own', {
      alias: 'u',
    }),
    workdir: text('FOLDER', 'in this folder: of the container, or of the host where a node has none of its own', {
      alias: 'w',
    }),
    env: list('NAME=VALUE', 'with this environment variable; NAME by itself: as it is here; may be repeated', {
      alias: 'e',
    }),
  },
  needsRoot: true,
  run: async ({ words: [node = '', ...argv], options, session, output }) => {
    const how = howWith(options);
    const { input, engine } = await session.open();
    const drafted = await engine.topologies.draft(input);
    const nodes = new NodeCommands(drafted.topology, engine);
    const env = { ...(await engine.topologies.environment(drafted, node)), ...how.env };
    const runs = nodes.command(node, argv, { ...how, env });
    if ('engine' in runs) {
      const engines = await nodes.enginesOf(node);
      // What is said here counts for more than what a container was made with, which stands in for the topology's.
      const command = { ...runs, env: { ...runs.env, ...how.env } };
      return withOwnStreams(runs.tty, engine.commands, (it) => engines.exec(command, it));
    }
    const { code, stderr } = await engine.commands.run(runs, { inherit: true });
    if (stderr !== '') output.say(stderr); // the program could not be started at all
    if (code === 255) await nodes.checkThere(node);
    return code;
  },
});

interface Options {
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  readonly env: readonly string[];
}

/** As our own standard streams are: a pipe stays one, a terminal is the command's too. */
function howWith({ user, workdir, env }: Options): ExecOptions {
  const nameless = env.find((it) => !/^[^=]/.test(it));
  if (nameless !== undefined) fail(errors.optionValue('--env', 'NAME=VALUE, or the NAME of a variable', nameless));
  if (workdir?.startsWith('/') === false) fail(errors.optionValue('--workdir', 'an absolute path', workdir));
  return {
    stdin: true,
    ...(process.stdin.isTTY && process.stdout.isTTY ? { tty: true } : {}),
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { workdir }),
    env: pairsOf<string>(env.flatMap((it) => (it.includes('=') ? [it] : asHere(it)))),
  };
}

/** One that is not set here is none. */
function asHere(name: string): readonly string[] {
  const value = process.env[name];
  return value === undefined ? [] : [`${name}=${value}`];
}
