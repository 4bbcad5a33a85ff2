import {
  type Compiled,
  definePlugin,
  type Diagnostic,
  featureDriver,
  type FeatureOutcome,
  fileBlock,
  type Model,
  type ModelNode,
  PLUGIN_API,
  problem,
  type Resource,
  type ServiceLink,
} from '@pipewright/plugin';
import { linkEnv } from './env.js';
import { envFile } from './env-file.js';
import { errors } from './errors.js';
import { countOf } from './ports.js';

/** More of them would leave a process no room for its arguments (execve(2), E2BIG). */
const MOST_PORTS = 1000;

/** Where a shell finds the variables in a container: those of processes that run already cannot be changed. */
const ENV_FILE = '/run/pipewright/links.env';

export const link = featureDriver({
  kind: 'link',
  summary: 'Service links: the address and ports of other nodes as environment variables and hosts entries.',
  compile: (model) => {
    const nodes = new Map(model.nodes.map((it) => [it.name, it]));
    const linked = model.nodes.flatMap((node) => {
      const links = model.serviceLinks.filter((it) => it.from === node.name);
      return links.length > 0 ? [{ node, links }] : [];
    });
    const filled = linked.map(({ node, links }) => {
      const { env, problems } = envOf(links, nodes);
      const all = [...problems, ...takenNames(node, links, nodes)];
      return { node, env, problems: all, blocks: blocksOf(node, links, env, model, nodes) };
    });
    return {
      resources: filled.flatMap(({ blocks, problems }): Compiled => [...problems, ...blocks]),
      slots: Object.fromEntries(filled.map(({ node, env }) => [node.name, { env }])),
    } satisfies FeatureOutcome;
  },
});

type Nodes = ReadonlyMap<string, ModelNode>;
type Env = Readonly<Record<string, string>>;

/** What all links of one node set; two that set one variable are a mistake. */
function envOf(
  links: readonly ServiceLink[],
  nodes: Nodes,
): { readonly env: Env; readonly problems: readonly Diagnostic[] } {
  const env: Record<string, string> = {};
  const writers = new Map<string, string>();
  const problems: Diagnostic[] = [];
  for (const it of links) {
    const count = countOf(it.ports);
    if (count > MOST_PORTS) {
      problems.push(problem(errors.tooManyPorts(it.from, it.to, count, MOST_PORTS), it.path));
      continue;
    }
    const own = linkEnv(it, toldOf(nodes.get(it.to)));
    const twice = Object.keys(own).find((name) => writers.has(name));
    if (twice !== undefined)
      problems.push(problem(errors.sameVariable(it.from, twice, writers.get(twice) ?? '', it.alias), it.path));
    for (const name of Object.keys(own)) writers.set(name, it.alias);
    Object.assign(env, own);
  }
  return { env, problems };
}

/** Names of which the node says itself where they are: of two lines in its hosts file the second is heard by nobody. */
const takenNames = (
  { name, hosts = [] }: ModelNode,
  links: readonly ServiceLink[],
  nodes: Nodes,
): readonly Diagnostic[] =>
  links.flatMap((it) =>
    namesOf(it, nodes)
      .filter((told) => hosts.includes(told))
      .map((told) => problem(errors.nameTaken(name, told, it.to), it.path)),
  );

/** As a container has it: the file's own over that of the image. */
const toldOf = (node: ModelNode | undefined): Env =>
  Object.fromEntries(
    Object.entries({ ...node?.shipped?.env, ...node?.env }).flatMap(([name, value]) =>
      value === null ? [] : [[name, value]],
    ),
  );

function blocksOf(
  { name, on, files, env: own, shipped }: ModelNode,
  links: readonly ServiceLink[],
  env: Env,
  { topology }: Model,
  nodes: Nodes,
): readonly Resource[] {
  const lines = hostsLines(links, nodes);
  if (!files) return [];
  if ('etc' in files) {
    const path = `${files.etc}/hosts`;
    return [fileBlock({ host: on.host }, { path, topology, lines, copyOf: '/etc/hosts' }, { id: `${name}/hosts` })];
  }
  const told = Object.entries(env).filter(([it]) => !(it in own));
  const hosts = fileBlock(on, { path: '/etc/hosts', topology, lines, copyOf: '' }, { id: `${name}/hosts` });
  if (files.readOnly || shipped?.readOnly) return [hosts];
  return [
    hosts,
    fileBlock(on, { path: ENV_FILE, topology, lines: envFile(told), copyOf: '' }, { id: `${name}/links.env` }),
  ];
}

/** `10.10.0.5⇥db dbhost redis`: the alias, what the target calls itself, and its name, as Docker writes them. */
const hostsLines = (links: readonly ServiceLink[], nodes: Nodes): readonly string[] =>
  links.flatMap((link) => link.addresses.map((it) => `${it}\t${namesOf(link, nodes).join(' ')}`));

const namesOf = ({ alias, to }: ServiceLink, nodes: Nodes): readonly string[] => [
  ...new Set([alias, hostnameOf(nodes.get(to)) ?? to, to]),
];

const hostnameOf = (node: ModelNode | undefined): string | undefined => node?.hostname ?? node?.shipped?.hostname;

export default definePlugin({ name: 'link', api: PLUGIN_API, drivers: { features: [link] } });
