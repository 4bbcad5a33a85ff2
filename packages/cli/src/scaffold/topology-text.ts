import { plainScalar } from '@pipewright/core';
import type { FirstNetwork, NodeKind } from './fields.js';

/** A topology in which every node joins every network. */
export interface FirstTopology {
  readonly name: string;
  readonly plugins: readonly string[];
  readonly networks: readonly (FirstNetwork & { readonly kind: string })[];
  readonly nodes: readonly string[];
  /** Undefined: that of nodes that name none. */
  readonly nodeKind: NodeKind | undefined;
}

/** As YAML, with the line by which an editor knows what may stand there. */
export const topologyText = ({ name, plugins, networks, nodes, nodeKind }: FirstTopology): string => {
  const joined = `networks: [${networks.map((it) => word(it.name)).join(', ')}]`;
  const kind = nodeKind
    ? [`kind: ${word(nodeKind.kind)}`, ...nodeKind.options.map(([key, it]) => `${key}: ${value(it)}`)]
    : [];
  return [
    '# yaml-language-server: $schema=pipewright.schema.json',
    '# For editors that complete by it: pipewright schema > pipewright.schema.json',
    `name: ${word(name)}`,
    ...(plugins.length > 0 ? ['plugins:', ...plugins.map((it) => `  - ${value(it)}`)] : []),
    'networks:',
    ...networks.map((it) => `  ${word(it.name)}: { kind: ${word(it.kind)}, subnet: ${value(it.subnet)} }`),
    'nodes:',
    ...nodes.map((it) => `  ${word(it)}: { ${[...kind, joined].join(', ')} }`),
    '',
  ].join('\n');
};

/** Text also where YAML would make a number or a boolean of it. */
const word = (name: string): string => (typeof plainScalar(name) === 'string' ? name : JSON.stringify(name));

/** Whatever YAML makes of it; in quotes what means something else there. */
const value = (text: string): string => (/^[\w./][\w./-]*$/.test(text) ? text : JSON.stringify(text));
