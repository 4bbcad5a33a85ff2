import { existsSync } from 'node:fs';
import { fail, PipewrightError } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { logSources, nodeOf, sourcesNamed } from '../logs/log-sources.js';
import { readLogs } from '../logs/read-logs.js';
import { isLikeFile } from '../read/like-file.js';
import { asFarAsReached } from '../reached.js';
import { abortedBySignal } from '../signals.js';
import { command } from '../spec/command.js';
import { flag, text } from '../spec/option.js';
import { topologyOptions } from '../spec/shared-options.js';
import { saySilent } from '../warnings.js';

export default command({
  name: 'logs',
  group: 'look',
  otherWords: ['log'],
  summary: 'show what containers and processes of nodes have said',
  details:
    'Of a container what its engine keeps, of a process of a node its log file, on whatever host. Of more than one each line begins with whose it is; with --json each line is an object by itself.',
  examples: [
    { line: 'pipewright logs', does: 'of all nodes' },
    { line: 'pipewright logs web db/postgres', does: 'of a node, and of a process of another' },
    { line: 'pipewright logs --follow --tail 10', does: 'the last lines of each, and what comes, until ^C' },
    { line: 'pipewright logs -n shop web', does: 'in a topology by name' },
  ],
  positionals: [{ name: 'NODE', summary: 'a node, or NODE/PROCESS; without any, all', many: true }],
  options: {
    ...topologyOptions,
    follow: flag('go on with what is said, until ^C', { alias: 'F' }),
    tail: text('LINES', 'so many lines from the end of each'),
  },
  run: async ({ options, words, session, output }) => {
    const tail = linesOf(options.tail);
    checkFile(options.file);
    const { input, engine } = await session.openApplied();
    const draft = await engine.topologies.draft(input);
    const { topology } = draft;
    const { value, unreached } = await asFarAsReached((without) =>
      engine.topologies.planDown(topology.name, draft, { without, partly: true }),
    );
    const asked = words.length === 0 ? topology.nodes : words.flatMap((it) => nodeOf(it, topology.nodes) ?? []);
    const hosts = new Set(asked.map(({ host }) => host));
    const away = [...unreached].filter(([host]) => hosts.has(host)).map(([, fault]) => fault);
    // An engine whose container is named says so itself.
    const engines = words.length === 0 ? (value.survey.silent ?? []) : [];
    const silent = [...away, ...engines.map(({ fault }) => fault)];
    saySilent(silent, output);
    const known = { ...topology, unreached: new Set(unreached.keys()) };
    const sources = sourcesNamed(words, logSources(draft, value.survey.actual, engine), known);
    const follow = options.follow ? abortedBySignal() : undefined;
    const extent = { ...(tail === undefined ? {} : { tail }), ...(follow ? { follow } : {}) };
    const { unread, failures } = await readLogs(sources, extent, output);
    const [gone] = unread;
    if (gone && words.length > 0) throw failures[0] ?? new PipewrightError(errors.notUp(`Node "${gone.name}"`));
    saySilent(failures, output);
    if (unread.length === sources.length && failures.length + away.length === 0)
      output.say(`Nothing is kept of what ${topology.name} says.`);
    return silent.length + failures.length > 0 ? 4 : 0; // what they say is not known
  },
});

/** Elsewhere `logs -f web` follows. */
function checkFile(given: string | undefined): void {
  if (given !== undefined && given !== '-' && !isLikeFile(given) && !existsSync(given)) fail(errors.nodeForFile(given));
}

function linesOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  return /^\d{1,9}$/.test(given) ? Number(given) : fail(errors.optionValue('--tail', 'a number of lines', given));
}
