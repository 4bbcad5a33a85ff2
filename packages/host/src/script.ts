import { type Line, renderCommand, renderFileBlock, renderNetlink, renderProcess } from '@pipewright/kernel';
import {
  type Batch,
  type DeviceKind,
  type EngineCondition,
  type EngineOp,
  type EngineSpec,
  type FileBlockOp,
  type Locator,
  type NodeTarget,
  type Op,
  type Placement,
  placeKey,
  requestPlace,
} from '@pipewright/plugin';

export interface ScriptContext {
  readonly topology: string;
  readonly nodes: readonly NodeTarget[];
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
}

/** The namespace that the script itself runs in. */
const OWN = '%own%';

/** A node as the script knows it: a function that runs a command in it, and what stands after `netns`. */
interface Way {
  readonly place: string;
  readonly node: NodeTarget;
  readonly run: string;
  readonly netns: string;
}

/** The ops of each stage as a POSIX shell script that does the same by hand, and leaves the same marks. */
export function renderScript(stages: readonly (readonly Batch[])[], context: ScriptContext): string {
  const ways = waysOf(context.nodes);
  const body = stages.flatMap((batches, index) => stageLines(batches, index + 1, ways, context));
  const used = [...ways.values()].filter(({ run, netns }) =>
    body.some((line) => line.includes(run) || line.includes(netns.replace(/^%(.*)%$/, '$($1)'))),
  );
  return [
    '#!/bin/sh',
    `# Topology ${context.topology}. Run as root. Afterwards \`pipewright plan\` has nothing left to do.`,
    'set -eu',
    ...used.flatMap(functionsOf),
    ...body,
    '',
  ].join('\n');
}

function waysOf(nodes: readonly NodeTarget[]): ReadonlyMap<string, Way> {
  const taken = new Set<string>();
  return new Map(
    nodes.map((node) => {
      const word = unused(node.name.replaceAll(/[^A-Za-z0-9_]/g, '_'), taken);
      const place = placeKey(node.on);
      return [place, { place, node, run: `in_${word}`, netns: netnsWord(node.locator, word) }];
    }),
  );
}

function unused(word: string, taken: Set<string>): string {
  let name = word;
  for (let number = 2; taken.has(name); number += 1) name = `${word}_${String(number)}`;
  taken.add(name);
  return name;
}

// Between percent signs: a function of the script, called when the line runs.
const netnsWord = (locator: Locator, word: string): string =>
  locator.by === 'name' ? locator.name : `%netns_${word}%`;

function functionsOf({ node: { locator }, run, netns }: Way): readonly string[] {
  if (locator.by === 'host') return [`${run}() { "$@"; }`];
  if (locator.by === 'name') return [`${run}() { nsenter --net=${quoted(`/run/netns/${locator.name}`)} "$@"; }`];
  const file = netns.slice(1, -1);
  return [`${file}() { ${fileOf(locator)}; }`, `${run}() { nsenter --net="$(${file})" "$@"; }`];
}

/** What stands for the file of its namespace; the host's own has none. */
function fileWord(way: Way | undefined): string | undefined {
  const locator = way?.node.locator;
  if (locator?.by === 'name') return `/run/netns/${locator.name}`;
  return locator?.by === 'host' ? undefined : way?.netns;
}

function fileOf(locator: Exclude<Locator, { by: 'host' | 'name' }>): string {
  if (locator.by === 'path') return `echo ${quoted(locator.path)}`;
  if (locator.by === 'pid') return `echo /proc/${locator.pid}/ns/net`;
  const query = locator.by === 'query' ? locator.argv.map(quoted).join(' ') : pidOf(locator);
  return `echo "/proc/$(${query})/ns/net"`;
}

/** The pid of a container's first process, as its engine's API tells it. */
const pidOf = ({ engine, name }: Extract<Locator, { by: 'container' }>): string =>
  `${requestWords(engine, 'GET', `/containers/${encodeURIComponent(name)}/json`)} | sed 's/.*"Pid":\\([0-9]*\\).*/\\1/'`;

/** A request as curl makes it of an engine that listens at its own socket. */
const requestWords = ({ sockets, api }: EngineSpec, method: string, path: string): string =>
  ['curl', '-sSf', '--unix-socket', sockets[0] ?? '', '-X', method, `http://engine/v${api.oldest}${path}`]
    .map(quoted)
    .join(' ');

function stageLines(
  batches: readonly Batch[],
  number: number,
  ways: ReadonlyMap<string, Way>,
  context: ScriptContext,
): readonly string[] {
  return [
    '',
    `# Stage ${number}`,
    ...batches.flatMap(({ on, ops }) => [
      `# ${on.node ?? 'the host'}`,
      ...ops.flatMap((op) => opLines(op, ways, context)),
    ]),
  ];
}

function opLines(op: Op, ways: ReadonlyMap<string, Way>, { deviceKind }: ScriptContext): readonly string[] {
  const wayOf = (on: Placement): Way | undefined => ways.get(placeKey(on));
  if (op.op === 'engine') return [engineLine(op)];
  if (op.op === 'file-block') return [fileBlockLine(op, wayOf(op.on))];
  const from = requestPlace(op);
  const way = from.node === undefined ? undefined : wayOf(from);
  const prefix = way ? `${way.run} ` : '';
  if (op.op === 'process') {
    const words = renderProcess(op, { file: fileWord(wayOf(op.in)), undo: false });
    return [`${prefix}${shellWords(words.map(quoted))}`];
  }
  if (op.op !== 'netlink') return [`${stdinOf(op)}${prefix}${renderCommand(op).map(quoted).join(' ')}`];
  const lines = renderNetlink(op, { deviceKind, netns: (on) => wayOf(on)?.netns ?? on.node ?? OWN });
  return lines.map((line) => `${prefix}ip ${shellWords(line)}`);
}

/** A node's file is in the root of its first process. */
function fileBlockLine(op: FileBlockOp, way: Way | undefined): string {
  const [script, words] = renderFileBlock(op);
  const root = way ? `"$(${way.netns.slice(1, -1)} | sed 's,/ns/net$,/root,')"` : '';
  return `sh -c ${quoted(script)} sh ${root}${quoted(op.path)} ${words.map(quoted).join(' ')}`;
}

/** `fine` statuses are those of what was done before: the script goes on. */
function engineLine({ engine, method, path, body, fine, unless, given, until }: EngineOp): string {
  const json = body === undefined ? '' : ` -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
  const request = `${requestWords(engine, method, path)}${json}`;
  if (until) return untilLine(until, request);
  const read = (path: string): string => `${requestWords(engine, 'GET', path)} > /dev/null 2>&1 || `;
  const known = `${unless === undefined ? '' : read(unless)}${given === undefined ? '' : `! ${read(given)}`}`;
  return `${known}${request} > /dev/null${fine?.some((it) => it >= 400) ? ' || true' : ''}`;
}

/** A look a second, and the end of the script when it is too late. */
function untilLine({ at, is, withinMs }: EngineCondition, request: string): string {
  const [test, most] = [`grep -q '"${at.at(-1) ?? ''}":"${is}"'`, String(Math.ceil(withinMs / 1000))];
  return `for second in $(seq ${most}); do ${request} | ${test} && break; test "$second" -lt ${most}; sleep 1; done`;
}

const stdinOf = (op: Op): string =>
  op.op === 'exec' && op.stdin !== undefined ? `printf %s ${quoted(op.stdin)} | ` : '';

/** The words of a batch are plain; only the calls of the script's own functions are not. */
const shellWords = (line: Line): string =>
  line.map((word) => (word === OWN ? '"/proc/$$/ns/net"' : word.replace(/^%(netns_\w+)%$/, '"$($1)"'))).join(' ');

/** A word as the shell reads it. */
export const quoted = (word: string): string =>
  /^[A-Za-z0-9_.,+:/@=%-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
