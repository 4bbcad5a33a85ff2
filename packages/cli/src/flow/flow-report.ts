import { type Commands, fail, keyOf, LOCAL_HOST, type Model, type Survey } from '@pipewright/plugin';
import { textOf } from '../checks/files.js';
import { errors } from '../errors.js';
import { NodeCommands } from '../node-commands.js';
import type { Output } from '../output/output.js';
import { printable } from '../output/text.js';
import type { Opened } from '../session.js';
import { sayWarnings } from '../warnings.js';
import { type Finding, findingOf } from './finding.js';
import { type Flow, flowsOf } from './flow.js';
import { probe } from './probe.js';

/** Sends a probe of each flow, in each family, and tells what became of it. Returns the exit code. */
export async function reportFlows(
  words: readonly string[],
  { input, engine }: Opened,
  output: Output,
): Promise<number> {
  const { model, draft, survey, warnings } = await engine.topologies.plan(input);
  sayWarnings(warnings, output);
  if (!model || !draft) return 0;
  if (!('nft' in survey.facts.tools)) fail(errors.flowNoNft());
  const flows = words.flatMap((it) => flowsOf(it, model));
  const far = model.nodes.find(
    ({ name, host }) => host !== LOCAL_HOST && flows.some((it) => it.from === name || it.to === name),
  );
  if (far) fail(errors.flowElsewhere(far.name, far.host));
  const nodes = new NodeCommands(draft.topology, engine);
  const untraced = await legacyTables(engine.commands);
  const findings: Finding[] = [];
  for (const it of flows) {
    const probed = await probe(it, (argv) => nodes.within(it.from, argv), engine.commands);
    findings.push(findingOf(it, probed, untraced, portOf(it, model, survey)));
  }
  output.result(
    () => ({ topology: model.topology, flows: findings }),
    () => findings.map((it) => findingText(it, output)).join('\n'),
  );
  return findings.every(({ result }) => result === 'passes') ? 0 : 1;
}

/** The host's end of the cable to the nic that has the address. */
function portOf({ to, address }: Flow, { nodes }: Model, { actual }: Survey): string | undefined {
  const nics = nodes.flatMap((it) => (it.name === to ? it.nics : []));
  const nic = nics.find((it) => it.addresses.some((text) => text.startsWith(`${address}/`)));
  const key = nic && keyOf('device', nic.on, nic.device);
  const peer = actual.find((it) => it.key === key)?.peer?.ref;
  const name = actual.find((it) => it.key === peer)?.attrs['name'];
  return typeof name === 'string' ? name : undefined;
}

/** What iptables-legacy filters by, of which nft shows nothing. */
async function legacyTables(commands: Commands): Promise<readonly string[]> {
  const files = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'];
  const names = (await Promise.all(files.map((it) => textOf(it, commands)))).join('');
  return [...new Set(names.split('\n').filter((it) => it !== ''))];
}

const STYLES = { passes: 'green', dropped: 'red', unknown: 'yellow' } as const;

function findingText({ from, to, address, port, protocol, result, detail, drops }: Finding, { paint }: Output): string {
  const flow = printable(`${from} → ${to} ${address} ${protocol} ${port}`);
  return [
    `${flow}: ${paint(STYLES[result], result)}, ${printable(detail)}`,
    ...drops.map(({ rule, owner }) => `  by ${printable(rule)} (${printable(owner)})`),
  ].join('\n');
}
