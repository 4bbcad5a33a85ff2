import { type Diagnostic, problem } from '@pipewright/plugin';
import { errors } from './errors.js';
import { isMap, type Source } from './source.js';

/** Programs whose files people bring along, by a key that those have at their top, and a part of it that tells them for sure. */
const OTHERS = [
  {
    program: 'containerlab',
    key: 'topology',
    isSuch: (value: unknown) => isMap(value) && ('nodes' in value || 'links' in value),
    what: 'its `topology.nodes` are `nodes`, its `topology.links` are `links`',
    guide: 'from-containerlab.md',
  },
  {
    program: 'Docker Compose',
    key: 'services',
    isSuch: isMap,
    what: 'its `services` are `nodes` with `kind: docker`, each of its `networks` has a `kind`',
    guide: 'from-compose.md',
  },
] as const;

/** Said of a whole file: what else is wrong with it by our own rules helps nobody. */
export function otherFile(source: Source): Diagnostic | undefined {
  const { tree } = source;
  const found = isMap(tree) && !('nodes' in tree) ? OTHERS.find(({ key, isSuch }) => isSuch(tree[key])) : undefined;
  if (!found) return undefined;
  const { program, key, what, guide } = found;
  return { ...problem(errors.fileOfAnother(program, key, what, guide), [key]), at: source.locateKey([key]) };
}
