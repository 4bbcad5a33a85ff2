import type { Change } from '@pipewright/plugin';
import type { Impact } from '../stages.js';

/** Which running neighbours an op disturbs: the nodes that are there before and after, and lose or change something. */
export function impactOf(changes: readonly Change[]): readonly Impact[] {
  const coming = nodesOf(changes, 'create');
  const going = nodesOf(changes, 'delete');
  return changes.flatMap((it): readonly Impact[] => {
    const { node } = it.on;
    if (node === undefined || it.action === 'create' || coming.has(node) || going.has(node)) return [];
    if (it.before?.lacks !== undefined && it.fields.length === 0) return []; // it gets what it lacks
    return [{ node, nic: it.id, change: it.key, effect: effectOf(it) }];
  });
}

const nodesOf = (changes: readonly Change[], action: Change['action']): ReadonlySet<string | undefined> =>
  new Set(changes.filter((it) => it.action === action).map((it) => (it.after ?? it.before)?.makes));

function effectOf(it: Change): string {
  const why = it.reason === undefined ? '' : ` (${it.reason})`;
  if (it.action === 'delete') return `loses ${it.type} ${it.id}${why}`;
  if (it.action === 'replace') return `is without ${it.type} ${it.id} for a moment${why}`;
  return `${it.fields.join(', ')} of ${it.type} ${it.id} ${it.fields.length === 1 ? 'changes' : 'change'} in place${why}`;
}
