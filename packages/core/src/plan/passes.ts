import { type Key, placeKey } from '@pipewright/plugin';
import { makersIn, refsOf } from '../diff/graph.js';
import type { ResourceTypes } from '../registry/registry.js';
import type { Step } from './steps.js';

/**
 * Pass 2. What lies within something that is unmade too goes by itself: no op, only an undoing. Not so where its type
 * wants it removed one by one: a device in a namespace that a process may hold.
 */
export function imply(unmakes: readonly Step[], types: ResourceTypes): readonly Step[] {
  const gone = new Set(unmakes.map((it) => it.subject.key));
  const makerOf = makersIn(unmakes.map((it) => it.subject));
  return unmakes.map((it) => {
    const within = (it.subject.within ?? []).some(({ ref }) => gone.has(ref));
    const inNamespace = makerOf(it.subject.on) !== undefined;
    const { removeAlways: always, outlives } = types.need(it.subject.type);
    if (outlives) return it;
    return within || (inNamespace && !always) ? { ...it, implied: true } : it;
  });
}

/** What is replaced must make room first, whatever its type. */
export const goesLast = ({ of, subject }: Step, types: ResourceTypes): boolean =>
  of.action === 'delete' && types.need(subject.type).removeLast === true;

/**
 * Of what goes, those of the host come first, then those of the node with the most cables to others, and so on: the first
 * of two ends leads, and all that one place is to lose takes one wait of the kernel. So leaves lose their cables by the
 * spine's wait, and have none of their own.
 */
export function busiestFirst(steps: readonly Step[]): readonly Step[] {
  const cables = cablesBetween(steps);
  if (cables.size === 0) return steps;
  const left = new Map([...cables].map(([place, far]) => [place, [...far.values()].reduce((sum, it) => sum + it)]));
  const ranks = new Map<string | undefined, number>([[undefined, 0]]);
  for (let next = busiest(left); next !== undefined; next = busiest(left)) {
    ranks.set(next, ranks.size);
    left.delete(next);
    for (const [far, count] of cables.get(next) ?? []) {
      const had = left.get(far);
      if (had !== undefined) left.set(far, had - count);
    }
  }
  const rankOf = ({ subject }: Step): number => ranks.get(placeOf(subject)) ?? ranks.size;
  return steps.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** How many cables go between which two places, but for the host's. */
function cablesBetween(steps: readonly Step[]): Map<string, Map<string, number>> {
  const places = new Map(steps.map(({ subject }) => [subject.key, placeOf(subject)]));
  const cables = new Map<string, Map<string, number>>();
  for (const { subject } of steps) {
    const [near, far] = [placeOf(subject), places.get(subject.peer?.ref ?? '')];
    if (near === undefined || far === undefined || near === far) continue;
    const of = cables.get(near) ?? new Map<string, number>();
    cables.set(near, of.set(far, (of.get(far) ?? 0) + 1));
  }
  return cables;
}

const placeOf = ({ on }: Step['subject']): string | undefined => (on.node === undefined ? undefined : placeKey(on));

/** Undefined where none has any. */
function busiest(cables: ReadonlyMap<string, number>): string | undefined {
  let [found, most]: [string | undefined, number] = [undefined, 0];
  for (const [place, count] of cables) if (count > most) [found, most] = [place, count];
  return found;
}

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
  const makerOf = makersIn(steps.map((it) => it.subject));
  const before = new Map(steps.map((it) => [it, prerequisites(it, byKey, makerOf)]));
  const waits = backwards ? reversed(before) : before;
  return sorted(steps, waits).map((step) => ({ step, after: waits.get(step) ?? [] }));
}

function prerequisites(it: Step, byKey: ReadonlyMap<Key, Step>, makerOf: ReturnType<typeof makersIn>): readonly Step[] {
  const keys = new Set([...refsOf(it.subject), makerOf(it.subject.on) ?? '']);
  if (it.role === 'follow') keys.add(it.subject.peer?.ref ?? '');
  // The leader's one message makes both ends: what the far end needs must be there too.
  if (it.role === 'lead' && it.peer)
    for (const key of [...refsOf(it.peer.subject), makerOf(it.peer.subject.on) ?? '']) keys.add(key);
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
