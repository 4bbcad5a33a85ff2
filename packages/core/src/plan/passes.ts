import type { Key } from '@pipewright/plugin';
import { makersOf, refsOf } from '../diff/graph.js';
import type { ResourceTypes } from '../registry/registry.js';
import type { Step } from './steps.js';

/**
 * Pass 2. What lies within something that is unmade too goes by itself: no op, only an undoing. Not so where its type
 * wants it removed one by one: a device in a namespace that a process may hold.
 */
export function imply(unmakes: readonly Step[], types: ResourceTypes): readonly Step[] {
  const gone = new Set(unmakes.map((it) => it.subject.key));
  const makers = makersOf(unmakes.map((it) => it.subject));
  return unmakes.map((it) => {
    const within = (it.subject.within ?? []).some(({ ref }) => gone.has(ref));
    const inNamespace = makers.has(it.subject.on.node ?? '');
    const { removeAlways: always, outlives } = types.need(it.subject.type);
    if (outlives) return it;
    return within || (inNamespace && !always) ? { ...it, implied: true } : it;
  });
}

/** What is replaced must make room first, whatever its type. */
export const goesLast = ({ of, subject }: Step, types: ResourceTypes): boolean =>
  of.action === 'delete' && types.need(subject.type).removeLast === true;

/** Pass 3. Two peers in the same plan are one stroke of the kernel: the first leads, the other follows. */
export function pair(steps: readonly Step[]): readonly Step[] {
  const byKey = new Map(steps.map((it) => [it.subject.key, it]));
  const leaders = new Set<Key>();
  const paired = steps.map((it): Step => {
    const peer = it.verb === 'modify' ? undefined : byKey.get(it.subject.peer?.ref ?? '');
    if (peer?.verb !== it.verb) return it;
    const role = leaders.has(peer.subject.key) ? 'follow' : 'lead';
    if (role === 'lead') leaders.add(it.subject.key);
    return { ...it, role, peer };
  });
  return paired;
}

/**
 * Pass 4. Order by reference: what is referred to comes first, a follower after its leader (`backwards` for unmaking).
 * Returns each step with those it must wait for; the order among equals is the given one.
 */
export function order(
  steps: readonly Step[],
  backwards: boolean,
): readonly { readonly step: Step; readonly after: readonly Step[] }[] {
  const byKey = new Map(steps.map((it) => [it.subject.key, it]));
  const makers = makersOf(steps.map((it) => it.subject));
  const before = new Map(steps.map((it) => [it, prerequisites(it, byKey, makers)]));
  const waits = backwards ? reversed(before) : before;
  return sorted(steps, waits).map((step) => ({ step, after: waits.get(step) ?? [] }));
}

function prerequisites(it: Step, byKey: ReadonlyMap<Key, Step>, makers: ReadonlyMap<string, Key>): readonly Step[] {
  const keys = new Set([...refsOf(it.subject), makers.get(it.subject.on.node ?? '') ?? '']);
  if (it.role === 'follow') keys.add(it.subject.peer?.ref ?? '');
  // The leader's one message makes both ends: what the far end needs must be there too.
  if (it.role === 'lead' && it.peer)
    for (const key of [...refsOf(it.peer.subject), makers.get(it.peer.subject.on.node ?? '') ?? '']) keys.add(key);
  keys.delete(it.subject.key);
  return [...keys].flatMap((key) => byKey.get(key) ?? []);
}

function reversed(before: ReadonlyMap<Step, readonly Step[]>): ReadonlyMap<Step, readonly Step[]> {
  const after = new Map<Step, Step[]>([...before.keys()].map((it) => [it, []]));
  for (const [it, needed] of before) for (const one of needed) after.get(one)?.push(it);
  return after;
}

/** Depth first, so that each comes right after what it waits for; a loop is cut where it closes. */
function sorted(steps: readonly Step[], waits: ReadonlyMap<Step, readonly Step[]>): readonly Step[] {
  const done = new Set<Step>();
  const visit = (it: Step): void => {
    if (done.has(it)) return;
    done.add(it);
    for (const needed of waits.get(it) ?? []) visit(needed);
    result.push(it);
  };
  const result: Step[] = [];
  for (const it of steps) visit(it);
  return result;
}
