import { type CommandResult, fail, type Resource } from '@pipewright/plugin';
import type { Engine } from '../engine.js';
import { errors } from '../errors.js';
import { NodeCommands } from '../node-commands.js';
import {
  forgetting,
  pingArgv,
  type Probe,
  probesOf,
  type Reached,
  reachabilityText,
  roundsOf,
  roundTrip,
} from '../views/reachability.js';
import { command } from '../spec/command.js';
import { topologyOptions } from '../spec/shared-options.js';

const AT_ONCE = 8;
/** A network just made may still be learning who is where. */
const TRIES = 3;

export default command({
  name: 'ping',
  group: 'look',
  summary: 'see which nodes reach each other',
  details:
    'Pings each address of every node that shares a network or a link with another, in both directions. Exits with 1 if one is not reached.',
  examples: [
    { line: 'pipewright ping', does: 'all that should reach each other' },
    { line: 'pipewright ping web redis', does: 'these two only' },
  ],
  positionals: [
    { name: 'FROM', summary: 'a node' },
    { name: 'TO', summary: 'another' },
  ],
  options: topologyOptions,
  needsRoot: true,
  run: async ({ words, session, output }) => {
    const { input, engine } = await session.open();
    const { model, draft, survey } = await engine.topologies.plan(input);
    if (!model || !draft) return 0;
    const there = new Set(survey.nodes.flatMap(({ name, state }) => (state === 'present' ? [name] : [])));
    if (there.size === 0) fail(errors.notUp(`Topology "${draft.topology.name}"`));
    const nodes = new NodeCommands(draft.topology, engine);
    const probes = probesOf(model).filter(isAsked(words.map((it) => nodes.spec(it).name)));
    const rounds = roundsOf(probes);
    const lasting = survey.actual.filter(({ type }) => type === 'neighbour');
    const answers = new Map<Probe, Reached>();
    for (const round of rounds) {
      await eachAtOnce(round, AT_ONCE, async (probe) => {
        const missing = [probe.from, probe.to].find((it) => !there.has(it));
        const answer =
          missing === undefined ? await reach(probe, nodes, engine) : unreached(probe, `${missing} is not up`);
        answers.set(probe, answer);
      });
      if (rounds.length > 1)
        await forget(
          round.filter(({ from }) => there.has(from)),
          lasting,
          engine,
        );
    }
    const reached = probes.flatMap((it) => answers.get(it) ?? []);
    output.result(
      () => ({ topology: draft.topology.name, pairs: reached }),
      () => (reached.length === 0 ? nothingToPing(words) : reachabilityText(reached, output.paint)),
    );
    return reached.every((it) => it.reached) ? 0 : 1;
  },
});

/** With one node: to and from it. With two: these two. */
const isAsked =
  (nodes: readonly string[]) =>
  ({ from, to }: Probe): boolean =>
    nodes.every((it) => it === from || it === to);

const nothingToPing = (words: readonly string[]): string =>
  `There is nothing to ping: ${words.length === 2 ? `${words.join(' and ')} do not` : 'no two nodes'} share a network or a link with addresses.`;

/** To make room for the next ones. One that is not kept any more is as good as forgotten. */
const forget = async (probes: readonly Probe[], lasting: readonly Resource[], { executor }: Engine): Promise<unknown> =>
  executor.run(forgetting(probes, lasting), { undo: true });

/** By the host's own ping, in the namespace of the node: what is in a container need have none. */
async function reach(probe: Probe, nodes: NodeCommands, { commands }: Engine): Promise<Reached> {
  const argv = nodes.within(probe.from, pingArgv(probe));
  let result = await commands.run(argv);
  for (let tries = 1; tries < TRIES && result.code !== 0; tries++) result = await commands.run(argv);
  const { code, stdout } = result;
  return code === 0
    ? { ...questionOf(probe), reached: true, ms: roundTrip(stdout) }
    : unreached(probe, wordsOf(result));
}

const unreached = (probe: Probe, message: string): Reached => ({
  ...questionOf(probe),
  reached: false,
  ms: null,
  message,
});

const questionOf = ({ nic: _, ...question }: Probe): Omit<Probe, 'nic'> => question;

/** Ping speaks on either stream; of its lines the first that tells of a failure is enough. */
function wordsOf({ stdout, stderr, code }: CommandResult): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((it) => it.trim());
  return (
    lines.find((it) => /unreachable|cannot|not |error|no such|100% packet loss/i.test(it)) ??
    `ping ended with ${String(code)}`
  );
}

async function eachAtOnce<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
