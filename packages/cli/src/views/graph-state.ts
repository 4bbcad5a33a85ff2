import type { Graph, GraphNic } from './graph-parts.js';
import type { Status } from './status.js';

/** The graph with what `status` found of it: of nodes always, of nics where they are not as declared. */
export function withState(graph: Graph, { nodes, drift }: Status): Graph {
  const found = new Map(nodes.map((it) => [it.name, it]));
  const nicState = ({ node, name }: GraphNic): string | undefined => {
    const it = found.get(node)?.interfaces.find((one) => one.name === name);
    if (it?.state === 'missing' || it?.state === 'down') return it.state;
    const id = `${node}/${name}`;
    return drift.some((one) => one.id === id || one.id.startsWith(`${id}/`)) ? 'not as declared' : undefined;
  };
  const seen = (nic: GraphNic): GraphNic => stated(nic, nicState(nic));
  return {
    ...graph,
    nodes: graph.nodes.map((it) => stated(it, found.get(it.name)?.state)),
    joins: graph.joins.map(({ nic, network }) => ({ nic: seen(nic), network })),
    links: graph.links.map(({ ends: [a, b] }) => ({ ends: [seen(a), seen(b)] })),
  };
}

const stated = <T>(it: T, state: string | undefined): T => (state === undefined ? it : { ...it, state });
