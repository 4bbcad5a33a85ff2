import { type Key, type Observed, placeKey, type RawObserved, type Resource } from '@pipewright/plugin';

/** What is needed of a device to find its peer: numbers that mean something in this survey only. */
export interface RawDevice {
  readonly ifindex: number;
  readonly link: number | undefined;
  /** It has no other end: `link` is what it is made on. */
  readonly lone?: true;
  /** Whether it is an end of a cable, as far as its kind tells. */
  readonly cable?: boolean | undefined;
  /** The number its own namespace has given the one `link` is in; undefined for the same namespace. */
  readonly linkNetnsid: number | undefined;
  /** The name of that namespace in /run/netns, where it has one. */
  readonly linkNetns: string | undefined;
}

interface End {
  readonly it: RawObserved;
  readonly raw: RawDevice;
  readonly place: string;
}

/** What is known of which namespace is which, growing with each pair found. */
interface Knowledge {
  /** Name in /run/netns → place. */
  readonly named: ReadonlyMap<string, string>;
  /** Places that have such a name. */
  readonly places: ReadonlySet<string>;
  /** A place and a number of its for a namespace → the place meant. */
  readonly learned: Map<string, string>;
  /** Peers as they are declared. */
  readonly declared: ReadonlyMap<Key, Key>;
  /** Those whose peer by that is nothing that was read. */
  readonly unread: ReadonlySet<Key>;
  readonly pairs: Map<Key, End>;
}

/**
 * Finds the two ends of each cable among all devices read. An end knows its peer's number, and the number its own
 * namespace has for the peer's; both repeat from namespace to namespace. Names in /run/netns settle most of it, and
 * each certain pair then says which namespace such a number stands for.
 */
export function relatePeers(all: readonly RawObserved[], declared: readonly Resource[]): ReadonlyMap<Key, Observed> {
  const ends = all.flatMap(endOf);
  const named = namedPlaces(all);
  const places = new Set(named.values());
  const peers = declaredPeers(declared);
  const read = keysRead(ends, declared);
  const unread = new Set([...peers].flatMap(([key, peer]) => (read.has(peer) ? [] : [key])));
  const known: Knowledge = { named, places, learned: new Map(), pairs: new Map(), declared: peers, unread };
  const candidates = indexed(ends, known);
  let open = ends;
  for (let matched = true; matched; ) {
    const before = known.pairs.size;
    for (const end of open)
      pairUp(
        end,
        candidates(end).filter((far) => fit(end, far, known)),
        known,
      );
    open = open.filter(({ it }) => !known.pairs.has(it.key));
    matched = known.pairs.size > before || guess(open, candidates, known);
  }
  return new Map(ends.flatMap(({ it }) => withPeer(it, known.pairs.get(it.key))));
}

const declaredPeers = (declared: readonly Resource[]): ReadonlyMap<Key, Key> =>
  new Map(declared.flatMap(({ key, peer }) => (peer ? [[key, peer.ref] as const] : [])));

/** By its mark an end is read, too, whose node was, or is by now, in the namespace of another: there it has that one's key. */
function keysRead(ends: readonly End[], declared: readonly Resource[]): ReadonlySet<Key> {
  const marks = new Set(ends.map(({ it }) => it.attrs['alias']));
  const marked = declared.filter(({ attrs: { alias } }) => alias !== undefined && marks.has(alias));
  return new Set([...ends.map(({ it }) => it), ...marked].map(({ key }) => key));
}

function endOf(it: RawObserved): readonly End[] {
  const raw = it.type === 'device' ? (it.raw as RawDevice | undefined) : undefined;
  return raw?.link === undefined || raw.lone || raw.cable === false ? [] : [{ it, raw, place: placeKey(it.on) }];
}

const namedPlaces = (all: readonly RawObserved[]): ReadonlyMap<string, string> =>
  new Map(
    all.flatMap(({ type, attrs, makes, on }) =>
      type === 'namespace' && makes !== undefined
        ? [[String(attrs['name']), placeKey({ host: on.host, node: makes })] as const]
        : [],
    ),
  );

/**
 * Those whose numbers are an end's own, crosswise, and which it may point to. Namespaces that are made alike have the same
 * numbers all over: only where it is not known which one is meant are all to be looked through.
 */
function indexed(ends: readonly End[], known: Knowledge): (end: End) => readonly End[] {
  const numbers = (one: number | undefined, other: number | undefined): string => `${String(one)} ${String(other)}`;
  const byNumbers = new Map<string, End[]>();
  for (const end of ends) {
    const own = numbers(end.raw.ifindex, end.raw.link);
    for (const key of known.places.has(end.place) ? [`${end.place} ${own}`] : [own, `${end.place} ${own}`]) {
      const same = byNumbers.get(key);
      if (same) same.push(end);
      else byNumbers.set(key, [end]);
    }
  }
  return (end) => {
    const meant = meantBy(end, known);
    const far = numbers(end.raw.link, end.raw.ifindex);
    return (byNumbers.get(meant === undefined ? far : `${meant} ${far}`) ?? []).filter(({ it }) => it !== end.it);
  };
}

const fit = (end: End, far: End, known: Knowledge): boolean =>
  !(known.unread.has(end.it.key) && known.unread.has(far.it.key)) &&
  end.it.attrs['kind'] === far.it.attrs['kind'] &&
  !known.pairs.has(end.it.key) &&
  !known.pairs.has(far.it.key) &&
  pointsTo(end, far, known) &&
  pointsTo(far, end, known);

function pointsTo(end: End, far: End, known: Knowledge): boolean {
  const meant = meantBy(end, known);
  if (end.raw.linkNetnsid !== undefined && far.place === end.place) return false;
  return meant === undefined ? !known.places.has(far.place) : meant === far.place;
}

/** The place of its peer; undefined: one of those without a name. */
const meantBy = ({ raw, place }: End, { named, learned }: Knowledge): string | undefined =>
  raw.linkNetnsid === undefined
    ? place
    : (learned.get(`${place} ${String(raw.linkNetnsid)}`) ?? named.get(raw.linkNetns ?? ''));

function pairUp(end: End, fitting: readonly End[], known: Knowledge): boolean {
  const [far] = fitting;
  if (!far || fitting.length > 1) return false;
  for (const [one, other] of [[end, far] as const, [far, end] as const]) {
    known.pairs.set(one.it.key, other);
    if (one.raw.linkNetnsid !== undefined)
      known.learned.set(`${one.place} ${String(one.raw.linkNetnsid)}`, other.place);
  }
  return true;
}

/**
 * Where nothing tells candidates apart: one pair, as it is declared if it is, and then certainty again. This takes
 * namespaces without names, two cables between four of them, and equal numbers on all.
 */
function guess(open: readonly End[], candidates: (end: End) => readonly End[], known: Knowledge): boolean {
  const fitting = (end: End): readonly End[] => candidates(end).filter((far) => fit(end, far, known));
  const declared = (end: End): readonly End[] =>
    fitting(end).filter(({ it }) => it.key === known.declared.get(end.it.key));
  return (
    open.some((end) => pairUp(end, declared(end), known)) ||
    open.some((end) => pairUp(end, fitting(end).slice(0, 1), known))
  );
}

const withPeer = (it: RawObserved, far: End | undefined): readonly (readonly [Key, Observed])[] =>
  far ? [[it.key, { ...it, peer: { ref: far.it.key } }]] : [];
