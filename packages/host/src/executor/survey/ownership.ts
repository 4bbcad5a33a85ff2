import { markOfPlace } from '@pipewright/kernel';
import { isRef, type Key, type RawObserved, type ResourceType } from '@pipewright/plugin';

/** What a topology says of itself, beside the marks: keys of what it applied and of what it wants. */
export interface Claims {
  readonly topology: string;
  readonly applied: ReadonlySet<Key>;
  readonly wanted: ReadonlySet<Key>;
}

/** One namespace as it was read. */
export interface Place {
  readonly all: readonly RawObserved[];
  /** Of the devices in it, by key. */
  readonly marked: ReadonlyMap<Key, string>;
}

/**
 * Whose a thing is. A mark decides where there is one. Without one, or with one that tells no topology, it is ours if we
 * applied it and the kernel keeps no more of a mark of its kind, or if it is where we say, on a device or in a namespace
 * of ours; what we only want is somebody's who has put it there, where its kind has a mark and it has none. What a program
 * of ours made is that program's.
 */
export function ownerOf(it: RawObserved, type: ResourceType, place: Place, claims: Claims): string | undefined {
  const { topology, applied, wanted } = claims;
  const marked = it.owner ?? type.owner?.(it, place.all, topology);
  if (marked !== undefined || it.madeBy) return marked;
  if (applied.has(it.key) && !it.shared && hasItsMark(it, type, topology)) return topology;
  if (wanted.has(it.key) && isOnlyMarked(it, type, topology)) return topology;
  const claimed = applied.has(it.key) || (wanted.has(it.key) && hasItsMark(it, type, topology));
  return claimed && (isOn(it, place, topology) || markOfPlace(place.all)?.topology === topology) ? topology : undefined;
}

/** As far as its type has one: of routes and rules a protocol, which all topologies have in common. */
function hasItsMark(it: RawObserved, { mark }: ResourceType, topology: string): boolean {
  const marked = Object.entries(mark?.(it, topology).attrs ?? {});
  return marked.every(([name, value]) => it.attrs[name] === value);
}

/** A route or rule without a device, in a namespace that is not ours: as `plan --script` made it, of which nobody remembers. */
const isOnlyMarked = (it: RawObserved, type: ResourceType, topology: string): boolean =>
  !it.shared && !it.within?.length && type.mark !== undefined && hasItsMark(it, type, topology);

/** Whether it sits on a device of the topology's. */
const isOn = ({ within = [], attrs }: RawObserved, { marked }: Place, topology: string): boolean =>
  [...within, ...Object.values(attrs).filter(isRef)].some(({ ref }) => marked.get(ref) === topology);
