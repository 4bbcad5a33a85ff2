import { type Diagnostic, parseCidr, problem } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Topology } from '../topology.js';
import { itemPath } from './item-path.js';
import { hostAddressFault, isLoopback } from './pool.js';

/** Addresses of loopbacks that no node can have of its own. That several nodes have the same is how anycast is done. */
export const loopbackProblems = ({ nodes }: Topology): readonly Diagnostic[] =>
  nodes.flatMap(({ loopback, path }) =>
    loopback.flatMap((text, index) => {
      const parsed = parseCidr(text);
      if (!parsed) return [];
      const at = itemPath(path, 'loopback', loopback, index);
      if (OF_EVERY_LOOPBACK.includes(parsed.address)) return [problem(errors.everyLoopback(parsed.address), at)];
      return isLoopback(parsed) ? [] : (hostAddressFault(parsed, undefined, at) ?? []);
    }),
  );

const OF_EVERY_LOOPBACK = ['127.0.0.1', '::1'];
