import type { Graph, GraphNic } from './graph-parts.js';
import { isOfNic, ofNodeItself, type Status } from './status.js';

/** The graph with what `status` found of it: of nodes always, of their nics where something is wrong. */
export function withState(graph: Graph, { nodes, drift }: Status): Graph {
  const found = new Map(nodes.map((it) => [it.name, it]));
  const nicState = ({ node, name }: GraphNic): string | undefined => {
    const it = found.get(node)?.interfaces.find((one) => one.name === name);
    if (it?.state === 'missing' || it?.state === 'down') return it.state;
    if (drift.some((one) => isOfNic(one, `${node}/${name}`))) return 'not as declared';
    return it?.carrier === false ? 'no carrier' : undefined;
  };
  const nodeState = (name: string): string | undefined => {
    const it = found.get(name);
    return it?.state === 'up' && ofNodeItself(it, drift).length > 0 ? 'not as declared' : it?.state;
  };
  const seen = (nic: GraphNic): GraphNic => stated(nic, nicState(nic));
  return {
    ...graph,
    nodes: graph.nodes.map((it) => stated(it, nodeState(it.name))),
    joins: graph.joins.map(({ nic, network }) => ({ nic: seen(nic), network })),
    links: graph.links.map(({ ends: [a, b] }) => ({ ends: [seen(a), seen(b)] })),
  };
}

const stated = <T>(it: T, state: string | undefined): T => (state === undefined ? it : { ...it, state });
