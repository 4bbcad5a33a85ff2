import type { ExecOptions } from '@pipewright/plugin';
import { NodeCommands } from '../node-commands.js';
import { text } from '../spec/option.js';
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
  },
  needsRoot: true,
  run: async ({ words: [node = '', ...argv], options: { user }, session, output }) => {
    const { input, engine } = await session.open();
    const drafted = await engine.topologies.draft(input);
    const nodes = new NodeCommands(drafted.topology, engine);
    const env = await engine.topologies.environment(drafted, node);
    const runs = nodes.command(node, argv, { ...howWith(user), env });
    if ('engine' in runs) {
      const engines = await nodes.enginesOf(node);
      return withOwnStreams(runs.tty, engine.commands, (it) => engines.exec(runs, it));
    }
    const { code, stderr } = await engine.commands.run(runs, { inherit: true });
    if (stderr !== '') output.say(stderr); // the program could not be started at all
    return code;
  },
});

/** As our own standard streams are: a pipe stays one, a terminal is the command's too. */
const howWith = (user: string | undefined): ExecOptions => ({
  stdin: true,
  ...(process.stdin.isTTY && process.stdout.isTTY ? { tty: true } : {}),
  ...(user === undefined ? {} : { user }),
});
