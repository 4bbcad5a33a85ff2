import {
  type CompileContext,
  type Compiled,
  definePlugin,
  featureDriver,
  fileBlock,
  keyOf,
  type Model,
  type ModelNode,
  type NetworkSpec,
  parseCidr,
  PLUGIN_API,
  problem,
  processIn,
  ref,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { namesIn } from './names.js';
import { type NetworkOptions, networkOptions, serviceOf } from './options.js';
import { server } from './server.js';

/** resolv.conf(5): a resolver asks no more of them. */
const MOST_SERVERS = 3;

export const dns = featureDriver({
  kind: 'dns',
  summary: 'A resolver on a network, which answers what its nodes are called.',
  options: { network: networkOptions },
  programs: [{ name: 'DNS server', anyOf: ['dnsmasq'], package: 'dnsmasq-base' }],
  compile: (model, context) => {
    const served = servedOf(model);
    return {
      resources: [
        ...served.flatMap((it) => serverResources(it, served, model, context.on(it.segment.host))),
        ...model.nodes.flatMap((it) => resolvConf(it, served, model)),
      ],
    };
  },
});

/** One over several hosts once: the host has no address in it. */
const servedOf = ({ networks }: Model): readonly NetworkSpec<NetworkOptions>[] =>
  (networks as readonly NetworkSpec<NetworkOptions>[]).filter(
    (it) => serviceOf(it.options) && networks.find(({ name }) => name === it.name) === it,
  );

const serversOf = ({ addresses }: NetworkSpec): readonly string[] =>
  addresses.flatMap((it) => parseCidr(it)?.address ?? []);

function serverResources(
  network: NetworkSpec<NetworkOptions>,
  served: readonly NetworkSpec<NetworkOptions>[],
  model: Model,
  { topology, facts }: CompileContext,
): Compiled {
  const { name, segment, device, options, path, addresses } = network;
  const at = [...path, dns.kind];
  const service = serviceOf(options);
  if (!service) return [];
  if (!device || addresses.length === 0) return [problem(errors.noAddress(name), at)];
  // A host has a device at least: with none at all nothing is known of it.
  if (facts.devices.length > 0 && !('dnsmasq' in facts.tools)) return [problem(errors.noServer(name), at)];
  const { names, problems } = namesIn(network, model);
  const beside = joinedWith(network, served).flatMap((it) => [...namesIn(it, model).names]);
  const run = server(serversOf(network), new Map([...beside.reverse(), ...names]), service.forward);
  const needs = addresses.map((it) => ref(keyOf('address', segment, `${device.name} ${it}`)));
  const within = [ref(keyOf('device', segment, device.name))];
  return [...problems, processIn(segment, topology, `${name}/dns`, run, { within, needs })];
}

/**
 * Other networks that a node of this one is in. It asks one server, and is content where that one knows no such name, so
 * that each knows the names of all.
 */
function joinedWith<N extends NetworkSpec>({ name, members }: NetworkSpec, served: readonly N[]): readonly N[] {
  const nodes = new Set(members.map(({ node }) => node));
  return served.filter((it) => it.name !== name && it.members.some(({ node }) => nodes.has(node)));
}

/** Whom programs ask that run where files of the host's are laid over /etc. */
function resolvConf(
  { name, on, files, nics }: ModelNode,
  served: readonly NetworkSpec<NetworkOptions>[],
  { topology }: Model,
): Compiled {
  const joined = served.filter((it) => nics.some(({ network }) => network === it.name));
  const lines = joined
    .flatMap(serversOf)
    .slice(0, MOST_SERVERS)
    .map((it) => `nameserver ${it}`);
  if (!files || !('etc' in files) || lines.length === 0) return [];
  const path = `${files.etc}/resolv.conf`;
  return [fileBlock({ host: on.host }, { path, topology, lines, copyOf: '' }, { id: `${name}/resolv.conf` })];
}

export default definePlugin({ name: 'dns', api: PLUGIN_API, drivers: { features: [dns] } });
