import {
  type Diagnostic,
  type Family,
  familyOf,
  type HostFacts,
  type Listener,
  type Model,
  type ModelNode,
  parseCidr,
  parsePublished,
  type Path,
  type PortProtocol,
  type PortRange,
  problem,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { type HostedNetwork, isHosted, reachesFromHost } from './networks.js';
import { type NodeOptions, parsePorts } from './options.js';

/** Ports of the host that are a node's. */
interface HostPorts {
  readonly node: ModelNode;
  /** As the file says it. */
  readonly text: string;
  readonly path: Path;
  readonly protocol: PortProtocol;
  /** The host's address; `null`: all of them. */
  readonly ip: string | null;
  readonly host: PortRange;
}

/** A node's address in a network that the host is in. */
interface Target {
  readonly family: Family;
  readonly address: string;
  readonly network: HostedNetwork;
}

/** Ports of the host that lead to a node. */
export interface Publication extends HostPorts {
  readonly ports: PortRange;
  /** One a family in which it is published. */
  readonly targets: readonly Target[];
}

interface Publications {
  readonly publications: readonly Publication[];
  readonly diagnostics: readonly Diagnostic[];
}

export function publicationsOf(model: Model, { listeners = [] }: Pick<HostFacts, 'listeners'>): Publications {
  const publications = model.nodes.flatMap((it) => (it.engine ? [] : publishedBy(it, model)));
  const taken = model.nodes.flatMap((it) => (it.engine ? takenBy(it) : []));
  return {
    publications,
    diagnostics: [
      ...publications.flatMap(problemsOf),
      ...twice(publications, taken),
      ...publications.flatMap((it) => {
        const taken = listeners.find((one) => isTaken(it, one));
        return taken ? [inUse(it, taken)] : [];
      }),
    ],
  };
}

const portsIn = ({ options, path }: ModelNode): readonly { readonly text: string; readonly path: Path }[] =>
  ((options as NodeOptions).ports ?? []).map((it, index) => ({ text: String(it), path: [...path, 'ports', index] }));

const publishedBy = (node: ModelNode, model: Model): readonly Publication[] =>
  portsIn(node).flatMap(({ text, path }) => {
    const it = parsePorts(text);
    return it ? [{ ...it, node, text, path, targets: targetsOf(node, it.ip, model) }] : [];
  });

/** What a container's engine publishes, which has options of that name, too. */
const takenBy = (node: ModelNode): readonly HostPorts[] =>
  portsIn(node).flatMap(({ text, path }) => {
    const it = parsePublished(text);
    return it?.host ? [{ node, text, path, protocol: it.protocol, ip: it.ip, host: it.host }] : [];
  });

/** Of each family that is asked for, its first address that the host reaches. */
function targetsOf({ nics }: ModelNode, ip: string | null, { networks }: Model): readonly Target[] {
  const open = networks.filter(isHosted).filter(({ options }) => options.internal !== true);
  const all = nics.flatMap((nic) =>
    nic.addresses.flatMap((text): readonly Target[] => {
      const [network, address] = [open.find(({ name }) => name === nic.network), parseCidr(text)];
      if (!network || !address || !reachesFromHost(network, text)) return [];
      return [{ family: address.family, address: address.address, network }];
    }),
  );
  const families = ip === null ? ([4, 6] as const) : [familyOf(ip)];
  return families.flatMap((family) => all.find((it) => it.family === family) ?? []);
}

export const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1';

function problemsOf({ node, text, path, ip, targets }: Publication): readonly Diagnostic[] {
  if (node.on.node === undefined) return [problem(errors.onHost(node.name), path)];
  if (ip === '::1') return [problem(errors.loopback6(node.name, text), path)];
  const family = ip === null ? '' : `IPv${String(familyOf(ip))} `;
  return targets.length === 0 ? [problem(errors.notReached(node.name, text, family), path)] : [];
}

/** Each pair once, at the second of them. */
const twice = (publications: readonly Publication[], taken: readonly HostPorts[]): readonly Diagnostic[] =>
  publications.flatMap((it, index) => {
    const other = [...taken, ...publications.slice(0, index)].find((one) => clash(it, one));
    if (!other) return [];
    const port = `${String(Math.max(it.host[0], other.host[0]))}/${it.protocol}`;
    return [problem(errors.portTwice(port, it.node.name, other.node.name), it.path)];
  });

const clash = (one: HostPorts, other: HostPorts): boolean =>
  one.protocol === other.protocol &&
  one.host[0] <= other.host[1] &&
  other.host[0] <= one.host[1] &&
  (one.ip === null || other.ip === null || one.ip === other.ip);

/** A socket on all addresses of IPv6 takes those of IPv4, too, unless it says otherwise: that is not to be seen. */
function isTaken({ protocol, host, ip, targets }: Publication, it: Listener): boolean {
  if (protocol !== it.protocol || it.port < host[0] || it.port > host[1]) return false;
  if (ip !== null && it.ip !== null) return ip === it.ip;
  const families = it.ip === null && it.family === 6 ? [4, 6] : [it.family];
  return targets.some(({ family }) => families.includes(family));
}

function inUse({ node, host: [first, last], protocol, path }: Publication, { topology }: Listener): Diagnostic {
  const port = `${first === last ? String(first) : `${String(first)}-${String(last)}`}/${protocol}`;
  const fault =
    topology === undefined ? errors.portInUse(node.name, port) : errors.portOfTopology(node.name, port, topology);
  return problem(fault, path);
}
