import { didYouMean, type Draft, type TopologyInput } from '@pipewright/core';
import { fail } from '@pipewright/plugin';
import { errors } from './errors.js';

/** With the nodes that --recreate names; throws for one that the topology does not have. */
export function recreating(input: TopologyInput, words: readonly string[], { topology }: Draft): TopologyInput {
  const known = topology.nodes.map(({ name }) => name);
  for (const it of words)
    if (!known.includes(it)) fail(errors.unknownNode(it, topology.name, known, didYouMean(it, known)));
  return words.length > 0 ? { ...input, recreate: words } : input;
}
