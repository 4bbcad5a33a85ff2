import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fail, PipewrightError } from '@pipewright/plugin';
import { declaredStatus } from '../declared-status.js';
import { errors as commandErrors } from '../errors.js';
import type { Output } from '../output/output.js';
import { wordsOf } from '../read/code.js';
import type { Opened } from '../session.js';
import { errors } from '../views/errors.js';
import { graphFormats, graphOf, type GraphFormat } from '../views/graph.js';
import type { Graph } from '../views/graph-parts.js';
import { withState } from '../views/graph-state.js';
import { command } from '../spec/command.js';
import { flag, text } from '../spec/option.js';
import { topologyOptions } from '../spec/shared-options.js';
import { saySilent, sayWarnings } from '../warnings.js';

const formats = Object.keys(graphFormats);
/** By the ending of a file's name. */
const formatsByEnding: Readonly<Record<string, GraphFormat>> = {
  ...Object.fromEntries(formats.map((it) => [it, it as GraphFormat])),
  gv: 'dot',
  mmd: 'mermaid',
};

export default command({
  name: 'graph',
  group: 'look',
  otherWords: ['draw', 'picture'],
  summary: 'draw a topology: as a picture, or for Graphviz or Mermaid',
  details:
    'Of the declaration alone: nothing has to be up. Addresses that are allotted from a subnet may come out otherwise on a host where some are taken. With --state the host is looked at, and what is absent, or not as declared, is marked; where one of several hosts is not reached, or a container engine does not answer, it says so, draws the rest as it is, and exits with 4.',
  examples: [
    { line: 'pipewright graph -o shop.svg', does: 'a picture, by nothing but pipewright' },
    { line: 'pipewright graph --state -o now.svg', does: 'with what is there of it' },
    { line: 'pipewright graph | dot -Tpdf > shop.pdf', does: 'by Graphviz' },
    { line: 'pipewright graph --format mermaid', does: 'for a README' },
  ],
  positionals: [],
  options: {
    ...topologyOptions,
    format: text('FORMAT', 'the language; without it that of the ending of FILE, else dot', { choices: formats }),
    output: text('FILE', 'write it to a file', { alias: 'o' }),
    state: flag('look at the host, and mark what is not as declared'),
  },
  run: async ({ options, session, output }) => {
    if (options.json && options.format !== undefined)
      fail(commandErrors.notTogether('--json', '--format', 'each is a language'));
    const opened = await session.open();
    const { graph, isWhole } = await (options.state ? graphWithState : declaredGraph)(opened, output);
    const format = (options.format ?? (options.json ? 'dot' : formatOf(options.output))) as GraphFormat; // the parser knows the choices
    if (options.output === undefined)
      output.result(
        () => graph,
        () => graphFormats[format](graph),
      );
    else write(options.output, options.json ? JSON.stringify(graph, undefined, 2) : graphFormats[format](graph));
    return isWhole ? 0 : 4;
  },
});

/** `isWhole`: nothing that was asked for is left open. */
interface Drawn {
  readonly graph: Graph;
  readonly isWhole: boolean;
}

async function declaredGraph({ input, engine }: Opened, output: Output): Promise<Drawn> {
  const { model, warnings } = await engine.topologies.draft(input);
  sayWarnings(warnings, output);
  return { graph: graphOf(model), isWhole: true };
}

/** Of a host that is not reached, and of an engine that does not answer, it is said beside the picture. */
async function graphWithState(opened: Opened, output: Output): Promise<Drawn> {
  const { model, status } = await declaredStatus(opened);
  saySilent([...status.unreached.values(), ...status.silent.map(({ fault }) => fault)], output);
  return { graph: withState(graphOf(model), status), isWhole: status.unreached.size + status.silent.length === 0 };
}

/** A file without an ending says nothing. */
function formatOf(file: string | undefined): GraphFormat {
  const ending = extname(file ?? '').slice(1);
  if (file === undefined || ending === '') return 'dot';
  return formatsByEnding[ending] ?? fail(errors.unknownPicture(file, Object.keys(formatsByEnding)));
}

function write(file: string, content: string): void {
  try {
    writeFileSync(file, `${content}\n`);
  } catch (error) {
    throw new PipewrightError(errors.unwritableFile(file, wordsOf(error)), { cause: error });
  }
}
