import { dirname, relative, resolve } from 'node:path';
import { parseSource } from '@pipewright/core';
import { fail } from '@pipewright/plugin';
import { composeEngine, type Engine } from '../engine.js';
import { errors } from '../errors.js';
import { isInteractive } from '../output/ask.js';
import type { Output } from '../output/output.js';
import { count, printable } from '../output/text.js';
import { loadPlugins } from '../read/index.js';
import {
  type Answers,
  answersAsked,
  answersSaid,
  firstTopology,
  isSaid,
  type Said,
  type Suggested,
  suggested,
} from '../scaffold/answers.js';
import { errors as scaffoldErrors } from '../scaffold/errors.js';
import { interview } from '../scaffold/interview.js';
import { type FirstTopology, topologyText } from '../scaffold/topology-text.js';
import { isThere, writeFile } from '../scaffold/write-files.js';
import { command } from '../spec/command.js';
import { flag, list, text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

const FILE = 'pipewright.yaml';
const STANDARD_OUTPUT = '-';

export default command({
  name: 'init',
  group: 'topology',
  otherWords: ['new'],
  summary: 'write a first topology file',
  details:
    'Asks what to put in it, on a terminal and if none of --name, --nodes, --network and --kind is given; what is not said is as good as any for a start. Overwrites nothing without --force.',
  examples: [
    { line: 'pipewright init', does: 'a few questions, then pipewright.yaml' },
    { line: 'pipewright init --nodes web,db --network front=10.10.0.0/24', does: 'without a question' },
  ],
  positionals: [],
  options: {
    ...globalOptions,
    file: text('FILE', `where to write it; ${FILE} if none is given, - is standard output`, { alias: 'f' }),
    name: text('NAME', "what the topology is called; the folder's name if none is given", { alias: 'n' }),
    nodes: text('NODES', 'how many nodes, or their names: 3, or web,db'),
    network: list('SPEC', 'a network that all of them join: [NAME=]SUBNET; may be repeated'),
    kind: text('KIND', 'what the nodes are: KIND[,OPTION=VALUE]…'),
    force: flag('overwrite the file'),
  },
  run: async ({ options, session, output }) => {
    const { file = FILE, force, plugin } = options;
    checkFile(file, force);
    const base = dirname(resolve(file));
    const engine = composeEngine(await loadPlugins(plugin.map(asSpec), process.cwd()), session.progress);
    const answers = await answersTo(options, suggested(base, engine.registries), output);
    const topology = firstTopology(answers, plugin.map(seenFrom(base)), engine.registries);
    const content = topologyText(topology);
    checkText(content, engine, base);
    if (file === STANDARD_OUTPUT) output.print(content.trimEnd());
    else {
      writeFile({ path: file, text: content }, force ? 'w' : 'wx');
      output.done(
        () => ({ file, name: topology.name, nodes: topology.nodes, networks: topology.networks }),
        () => writtenText(file, topology),
      );
    }
    return 0;
  },
});

async function answersTo(said: Said, otherwise: Suggested, output: Output): Promise<Answers> {
  if (!isSaid(said)) {
    if (isInteractive() && !output.manner.json) return interview((ask) => answersAsked(ask, otherwise));
    output.say('Nothing was given and nobody is asked: see `pipewright init --help` for what can be.');
  }
  return answersSaid(said, otherwise);
}

/** Before anything is asked. */
function checkFile(file: string, force: boolean): void {
  if (file === STANDARD_OUTPUT) return;
  if (!/[.]ya?ml$/.test(file)) fail(errors.optionValue('--file', 'a name that ends in .yaml', file));
  if (!force && isThere(file)) fail(scaffoldErrors.topologyExists(file));
}

const asSpec = (use: string) => ({ use, options: {}, path: [] });

/** A path of the command line, as the file has to write it; the name of a package as it is. */
const seenFrom =
  (folder: string) =>
  (use: string): string => {
    if (!use.startsWith('.')) return use;
    const path = relative(folder, resolve(use));
    return path.startsWith('.') ? path : `./${path}`;
  };

/** Only its driver knows what else a kind needs. */
function checkText(content: string, { topologies }: Engine, base: string): void {
  topologies.check({ source: parseSource(content, { file: 'the new topology', env: process.env }), base });
}

const writtenText = (file: string, { name, nodes, networks }: FirstTopology): string => {
  const given = file === FILE ? '' : ` -f ${printable(file)}`;
  return [
    `Wrote ${printable(file)}: ${printable(name)}, ${count(nodes.length, 'node')}, ${count(networks.length, 'network')}.`,
    '',
    'Next:',
    `  pipewright plan${given}`,
    `  pipewright up${given}`,
  ].join('\n');
};
