import { type Echoed, fail, type Pinger, type Resource } from '@pipewright/plugin';
import type { Engine } from '../engine.js';
import { errors } from '../errors.js';
import { NodeCommands } from '../node-commands.js';
import { ProgramPinger } from '../ping/program-pinger.js';
import { asFarAsReached } from '../reached.js';
import {
  forgetting,
  type Probe,
  probesByRoutes,
  probesOf,
  type Reached,
  reachabilityText,
  roundsOf,
} from '../views/reachability.js';
import { listOf, Seen } from '../views/seen.js';
import { command } from '../spec/command.js';
import { topologyOptions } from '../spec/shared-options.js';
import { saySilent } from '../warnings.js';

export default command({
  name: 'ping',
  group: 'look',
  summary: 'see which nodes reach each other',
  details:
    'Pings each address of every node that shares a network or a link with another, in both directions; of two that are named and share none, each address of the other, by whatever routes lead there. Of nics that find their addresses, as by DHCP, those that they have. In process, or by the program `ping` on other hosts and where rtnetlink is not used in process. Exits with 1 if one is not reached, as where its host is away.',
  examples: [
    { line: 'pipewright ping', does: 'all that should reach each other' },
    { line: 'pipewright ping web redis', does: 'these two only, behind routers too' },
  ],
  positionals: [
    { name: 'FROM', summary: 'a node' },
    { name: 'TO', summary: 'another' },
  ],
  options: topologyOptions,
  needsRoot: true,
  run: async ({ words, session, output }) => {
    const { input, engine } = await session.open();
    const { value, unreached } = await asFarAsReached((without) => engine.topologies.plan({ ...input, without }));
    saySilent(unreached.values(), output);
    const { model, draft, survey } = value;
    if (!model || !draft) return 0;
    const there = new Set(survey.nodes.flatMap(({ name, state }) => (state === 'present' ? [name] : [])));
    if (there.size + unreached.size === 0) fail(errors.notUp(`Topology "${draft.topology.name}"`));
    const nodes = new NodeCommands(draft.topology, engine);
    const seen = new Seen(survey.actual);
    const named = [...new Set(words.map((it) => nodes.spec(it).name))];
    const beside = probesOf(model, seen, named);
    const [from, to] = named;
    const isFar = beside.length === 0 && from !== undefined && to !== undefined;
    const probes = isFar ? probesByRoutes(model, [from, to], seen) : beside;
    const rounds = roundsOf(probes);
    const lasting = survey.actual.filter(({ type }) => type === 'neighbour');
    const program = new ProgramPinger(engine.commands, (on, argv) => nodes.at(on, argv));
    const reached = new Map<Probe, Reached>();
    for (const round of rounds) {
      for (const it of round) {
        const missing = [it.from, it.to].find((node) => !there.has(node));
        if (missing === undefined) continue;
        const { host } = nodes.spec(missing);
        const message = unreached.has(host) ? `${missing} is on ${host}, which is not reached` : `${missing} is not up`;
        reached.set(it, reachedOf(it, { message }));
      }
      const asked = round.filter((it) => !reached.has(it));
      await askEach(asked, ({ nic }) => engine.executor.pinger?.(nic.on) ?? program, reached);
      if (rounds.length > 1)
        await forget(
          round.filter(({ from }) => there.has(from)),
          lasting,
          engine,
        );
    }
    const pairs = probes.flatMap((it) => reached.get(it) ?? []);
    output.result(
      () => ({ topology: draft.topology.name, pairs }),
      () => (pairs.length === 0 ? nothingToPing(words) : reachabilityText(pairs, output.paint)),
    );
    return pairs.every((it) => it.reached) ? 0 : 1;
  },
});

const nothingToPing = (words: readonly string[]): string =>
  `There is nothing to ping: ${words.length === 2 ? `${words.join(' and ')} have no addresses of one family` : 'no two nodes share a network or a link with addresses'}.`;

/** To make room for the next ones. One that is not kept any more is as good as forgotten. */
const forget = async (probes: readonly Probe[], lasting: readonly Resource[], { executor }: Engine): Promise<unknown> =>
  executor.run(forgetting(probes, lasting), { undo: true });

/** Those of one pinger together. */
async function askEach(
  probes: readonly Probe[],
  pingerOf: (probe: Probe) => Pinger,
  reached: Map<Probe, Reached>,
): Promise<void> {
  const lists = new Map<Pinger, Probe[]>();
  for (const it of probes) listOf(lists, pingerOf(it)).push(it);
  const ask = async ([pinger, asked]: readonly [Pinger, readonly Probe[]]): Promise<void> => {
    const answers = await pinger.ping(asked.map(({ family, address, nic: { on } }) => ({ on, family, address })));
    for (const [index, it] of asked.entries()) {
      const answer = answers[index];
      if (answer) reached.set(it, reachedOf(it, answer));
    }
  };
  await Promise.all([...lists].map(ask));
}

const reachedOf = ({ nic: _, ...question }: Probe, answer: Echoed): Reached =>
  'ms' in answer ? { ...question, reached: true, ...answer } : { ...question, reached: false, ms: null, ...answer };
