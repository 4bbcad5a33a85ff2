import {
  type Compiled,
  definePlugin,
  featureDriver,
  keyOf,
  type ModelNode,
  PLUGIN_API,
  problem,
  processIn,
  type ProcessSpec,
  type Ref,
  ref,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { type NodeOptions, nodeOptions, type NodeProcess, processOf } from './options.js';
import { probeScript, RUN_SCRIPT } from './script.js';

export const processes = featureDriver({
  kind: 'processes',
  summary: 'Programs of the host that run in a node while it is up: routing daemons, servers.',
  options: { node: nodeOptions },
  // A container has a command of its own, and the host who looks after its services.
  takes: ({ engine, wellKnown }) => engine === undefined && wellKnown === undefined,
  compile: ({ nodes }, { topology }) => ({ resources: nodes.flatMap((node) => nodeProcesses(node, topology)) }),
});

/** Each starts when the one before it is ready. */
function nodeProcesses(node: ModelNode, topology: string): Compiled {
  const { processes: given = {} } = node.options as NodeOptions;
  const within = namespaceOf(node);
  const compiled: Compiled[number][] = [];
  let before = whatIsThere(node);
  for (const [name, entry] of Object.entries(given)) {
    const it = processOf(entry);
    const id = `${node.name}/${name}`;
    const relative = relativeWord(it);
    if (relative !== undefined) {
      compiled.push(problem(errors.relativePath(id, relative), [...node.path, processes.kind, name]));
      continue;
    }
    const process = processIn(node.on, topology, id, specOf(it, node, topology), { needs: before, within });
    compiled.push(process);
    before = [...before, ref(process)];
  }
  return compiled;
}

/** In the folder that it is started in there is nothing of the user's. */
const relativeWord = ({ command, ready = [], afterwards = [] }: NodeProcess): string | undefined =>
  [...command, ...ready, ...afterwards].find((it) => /^\.\.?\//.test(it));

function specOf(
  { command, ready, timeout = PATIENCE, afterwards }: NodeProcess,
  node: ModelNode,
  topology: string,
): ProcessSpec {
  const inNode = (words: readonly string[]): readonly string[] => [...surroundings(node, topology), ...words];
  return {
    argv: ['./run', ...inNode(command)],
    files: { run: RUN_SCRIPT, ...(ready ? { probe: probeScript(inNode(ready)) } : {}) },
    ready: { withinMs: timeout * 1000, otherwise: `it was not ready within ${String(timeout)} s` },
    ...(afterwards ? { afterwards: inNode(afterwards) } : {}),
  };
}

/** Seconds. */
const PATIENCE = 10;

/** As what `exec` runs: what `ip netns` knows by name has files of its own below /etc. */
function surroundings(node: ModelNode, topology: string): readonly string[] {
  const name = namespaceName(node);
  const env: ModelNode['env'] = { PIPEWRIGHT_TOPOLOGY: topology, PIPEWRIGHT_NODE: node.name, ...node.env };
  const given = Object.entries(env).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]));
  return [...(name === undefined ? [] : ['ip', 'netns', 'exec', name]), 'env', '--', ...given];
}

const namespaceName = ({ files }: ModelNode): string | undefined =>
  files && 'etc' in files ? files.etc.slice(files.etc.lastIndexOf('/') + 1) : undefined;

/** It keeps a namespace alive whose name is gone, and is of no use in that which is made anew. */
function namespaceOf(node: ModelNode): readonly Ref[] {
  const name = node.managed ? namespaceName(node) : undefined;
  return name === undefined ? [] : [{ ref: keyOf('namespace', { host: node.host }, name) }];
}

const whatIsThere = ({ on, nics, loopback }: ModelNode): readonly Ref[] =>
  [
    ...nics.map(({ device }) => keyOf('device', on, device)),
    ...nics.flatMap(({ device, addresses }) => addresses.map((it) => keyOf('address', on, `${device} ${it}`))),
    ...loopback.map((it) => keyOf('address', on, `lo ${it}`)),
  ].map((key) => ({ ref: key }));

export default definePlugin({ name: 'processes', api: PLUGIN_API, drivers: { features: [processes] } });
