import {
  type Compiled,
  type CompileContext,
  definePlugin,
  featureDriver,
  keyOf,
  type Model,
  PLUGIN_API,
  problem,
  type Resource,
  sysctl,
} from '@pipewright/plugin';
import { besideDocker } from './beside-docker.js';
import { errors } from './errors.js';
import { callsFromLoopback, forwardedFamilies, forwardedNetworks, forwarding } from './forwarding.js';
import { isolation } from './isolation.js';
import { publishedIn } from './published-in.js';
import { networkProblems } from './networks.js';
import { type NetworkOptions, networkOptions, nodeOptions } from './options.js';
import { type Publication, publicationsOf } from './publications.js';

export const firewall = featureDriver({
  kind: 'firewall',
  summary: 'What passes the host: isolated and internal networks, masquerading, and published ports, by nftables.',
  options: { network: networkOptions, node: nodeOptions },
  // Those that an engine runs have ports of their own.
  takes: ({ engine }) => engine === undefined,
  leadsOut: ({ internal }: NetworkOptions) => internal !== true,
  asks: (model) => (publicationsOf(model, {}).publications.length > 0 ? ['listeners'] : []),
  takesPorts: publishedIn,
  programs: [{ name: 'nft', anyOf: ['nft'], package: 'nftables' }],
  compile: (model, context) => ({ resources: partsOf(model).flatMap((it) => onHost(it, context.on(it.host))) }),
});

/** What is on one host. */
interface Part extends Model {
  readonly host: string;
}

function partsOf(model: Model): readonly Part[] {
  const hosts = new Set([
    ...model.networks.map(({ segment }) => segment.host),
    ...model.nodes.map(({ on }) => on.host),
  ]);
  return [...hosts].map((host) => ({
    ...model,
    host,
    networks: model.networks.filter(({ segment }) => segment.host === host),
    nodes: model.nodes.filter(({ on }) => on.host === host),
  }));
}

function onHost(part: Part, context: CompileContext): Compiled {
  const { publications, diagnostics } = publicationsOf(part, context.facts);
  const problems = [...networkProblems(part), ...diagnostics];
  if (problems.length > 0) return problems;
  const { host } = part;
  const tables = [...isolation(part, host, context), ...forwarding(part, publications, host, context)];
  return [
    ...missing(part, tables, context),
    ...tables,
    ...settings(part, publications),
    ...besideDocker(forwardedNetworks(part, publications), context),
  ];
}

/** Before any host was looked at, nothing is missing. */
function missing(part: Part, tables: readonly Resource[], { facts: { kernel, tools } }: CompileContext): Compiled {
  if (tables.length === 0 || kernel === '' || 'nft' in tools) return [];
  const asking = [...part.networks, ...part.nodes.filter(({ engine }) => !engine)].find(({ options }) => {
    const it = options as NetworkOptions & { readonly ports?: unknown };
    return it.isolated ?? it.internal ?? it.nat ?? it.ports;
  });
  return asking ? [problem(errors.noNft(`"${asking.name}"`), asking.path)] : [];
}

const FORWARDING = { 4: 'net.ipv4.ip_forward', 6: 'net.ipv6.conf.all.forwarding' } as const;

function settings(part: Part, publications: readonly Publication[]): readonly Resource[] {
  const on = { host: part.host };
  const local = publications.filter(callsFromLoopback).flatMap(({ targets }) => targets);
  const devices = new Set(local.filter(({ family }) => family === 4).map(({ network }) => network.device.name));
  return [
    ...forwardedFamilies(part, publications).map((family) => sysctl(on, FORWARDING[family], '1')),
    ...[...devices].map((name) =>
      sysctl(on, `net.ipv4.conf.${name}.route_localnet`, '1', { within: [{ ref: keyOf('device', on, name) }] }),
    ),
  ];
}

export default definePlugin({ name: 'firewall', api: PLUGIN_API, drivers: { features: [firewall] } });
