import type { Model, Nic } from '@pipewright/plugin';
import type { Topology } from '../topology.js';

export interface Narrowed {
  readonly topology: Topology;
  readonly model: Model;
}

/** The part of a topology, and of its model, that makes nics of one node: their networks with no other members, the node with nothing else. */
export function narrow(topology: Topology, model: Model, node: string, nics: readonly Nic[]): Narrowed {
  return {
    topology: {
      ...topology,
      nodes: topology.nodes
        .filter((it) => it.name === node)
        .map((it) => ({ ...it, nics: [], loopback: [], routes: [], rules: [], sysctls: {}, commands: [] })),
      links: [],
    },
    model: {
      ...model,
      nodes: model.nodes.filter((it) => it.name === node).map((it) => ({ ...it, nics })),
      networks: model.networks.flatMap((it) => {
        const members = nics.filter(({ network }) => network === it.name);
        return members.length > 0 ? [{ ...it, members }] : [];
      }),
      fabrics: [],
      fabricLinks: [],
      links: [],
    },
  };
}
