import {
  type Diagnostic,
  type Model,
  type NetworkSpec,
  parseCidr,
  type ServiceLink,
  warning,
} from '@pipewright/plugin';
import { errors } from './errors.js';

/** A name, and the addresses behind it: IPv4 first. */
export type Names = ReadonlyMap<string, readonly string[]>;

/** What the nodes of a network are called in it: by their own names, which come first, and by those of service links. */
export function namesIn(
  network: NetworkSpec,
  { nodes, serviceLinks }: Model,
): { readonly names: Names; readonly problems: readonly Diagnostic[] } {
  const own = new Map(
    nodes.flatMap(({ name, hostname }) => {
      const addresses = addressesOf(name, network);
      const called = addresses.length === 0 ? [] : [name, ...(hostname === undefined ? [] : [hostname])];
      return called.map((it) => [it, addresses] as const);
    }),
  );
  const linked = serviceLinks.filter((it) => it.network === network.name && !own.has(it.alias));
  const twice = linked.filter((it) => rivalOf(it, linked));
  const aliases = linked.filter((it) => !twice.includes(it)).map((it) => [it.alias, it.addresses] as const);
  return {
    names: new Map([...own, ...aliases]),
    problems: twice.flatMap((it) => {
      const rival = rivalOf(it, linked);
      return rival && linked.indexOf(rival) > linked.indexOf(it)
        ? [warning(errors.aliasTwice(network.name, it.alias, it.to, rival.to), rival.path)]
        : [];
    }),
  };
}

/** Another node that is called so. */
const rivalOf = ({ alias, to }: ServiceLink, all: readonly ServiceLink[]): ServiceLink | undefined =>
  all.find((it) => it.alias === alias && it.to !== to);

const addressesOf = (node: string, { members }: NetworkSpec): readonly string[] =>
  members
    .filter((it) => it.node === node)
    .flatMap((it) => it.addresses.flatMap((text) => parseCidr(text) ?? []))
    .sort((a, b) => a.family - b.family)
    .map(({ address }) => address);
