import { type Change, type ChangeRole, isRef, type Key, type Observed, type Resource } from '@pipewright/plugin';
import { attributeRefs } from '../diff/graph.js';
import { isHomeward } from '../diff/moves.js';

/** One move of a plan. A replacement is two of them: the old away, the new there. */
export interface Step {
  readonly verb: 'make' | 'modify' | 'unmake';
  /** The change as this step carries it out: a replacement's halves are a deletion and a creation. */
  readonly change: Change;
  /** The change as people see it. */
  readonly of: Change;
  readonly subject: Resource | Observed;
  readonly role: ChangeRole;
  readonly peer?: Step;
  /** Happens by itself: that which it is within goes. Only its undoing is work. */
  readonly implied: boolean;
}

/** Pass 1. A replacement becomes a deletion and a creation; everything is one step for itself so far. */
export function expand(changes: readonly Change[]): {
  readonly unmakes: readonly Step[];
  readonly makes: readonly Step[];
} {
  const unmakes = changes.flatMap((it) =>
    it.before && (it.action === 'delete' || it.action === 'replace') ? [unmake(it, it.before)] : [],
  );
  const gone = new Set(unmakes.map((it) => it.subject.key));
  const makes = changes.flatMap((it): readonly Step[] => {
    if (!it.after || it.action === 'delete' || isHomeward(it) || isDoneBy(gone, it)) return [];
    return [it.action === 'update' ? step('modify', it, it, it.after) : make(it, it.after)];
  });
  return { unmakes, makes };
}

/** Whether all that changes is that it lets go of what is `gone`: the kernel sees to that. */
const isDoneBy = (gone: ReadonlySet<Key>, { action, fields, before, after }: Change): boolean =>
  action === 'update' &&
  fields.length > 0 &&
  fields.every((field) => {
    const held = before?.attrs[field];
    return isRef(held) && gone.has(held.ref) && after?.attrs[field] === null;
  });

/** What goes back to where it came from does so before the place it is in goes. */
export const returning = (changes: readonly Change[]): readonly Step[] =>
  changes.flatMap((it) => (isHomeward(it) && it.before ? [step('modify', it, it, it.before)] : []));

/**
 * What loses a part along with something that is unmade (a port its bridge) has that back only when the other is there
 * again: so that belongs to the undoing of the unmaking, too. It may be all that ran.
 */
export function losing(changes: readonly Change[], unmakes: readonly Step[]): readonly Step[] {
  const gone = new Set(unmakes.map((it) => it.subject.key));
  return changes.flatMap((it) =>
    it.action === 'update' && it.before && attributeRefs(it.before.attrs).some(({ ref }) => gone.has(ref))
      ? [{ ...step('unmake', it, it, it.before), implied: true }]
      : [],
  );
}

const step = (verb: Step['verb'], change: Change, of: Change, subject: Resource): Step => ({
  verb,
  change,
  of,
  subject,
  role: 'alone',
  implied: false,
});

function unmake(of: Change, before: Observed): Step {
  const { after: _, ...rest } = of;
  return step('unmake', { ...rest, action: 'delete', fields: [] }, of, before);
}

function make(of: Change, after: Resource): Step {
  const { before: replaced, ...rest } = of;
  return step('make', { ...rest, action: 'create', fields: [], ...(replaced ? { replaced } : {}) }, of, after);
}

/** The same move backwards. */
export function invert(change: Change): Change {
  const { before, after, ...rest } = change;
  const action = change.action === 'create' ? 'delete' : change.action === 'delete' ? 'create' : change.action;
  return {
    ...rest,
    action,
    ...(after ? { before: after } : {}),
    ...(before ? { after: before } : {}),
  };
}
