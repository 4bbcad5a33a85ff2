import type { Model, Nic } from '@pipewright/plugin';
import type { Topology } from '../topology.js';

export interface Narrowed {
  readonly topology: Topology;
  readonly model: Model;
}

/** The part of a topology, and of its model, that makes one nic: its network with it as only member, its node with nothing else. */
export function narrow(topology: Topology, model: Model, nic: Nic): Narrowed {
  return {
    topology: {
      ...topology,
      nodes: topology.nodes
        .filter((it) => it.name === nic.node)
        .map((it) => ({ ...it, nics: [], routes: [], rules: [], sysctls: {}, commands: [] })),
      links: [],
    },
    model: {
      ...model,
      nodes: model.nodes.filter((it) => it.name === nic.node).map((it) => ({ ...it, nics: [nic] })),
      networks: model.networks.filter((it) => it.name === nic.network).map((it) => ({ ...it, members: [nic] })),
      fabrics: [],
      fabricLinks: [],
      links: [],
    },
  };
}
