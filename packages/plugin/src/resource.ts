/** What the machine that we run on is called. */
export const LOCAL_HOST = 'local';

/** Where a resource is: a host's own namespace, or a node's namespace on that host. */
export interface Placement {
  /** `local`, or a name under `hosts:`. */
  readonly host: string;
  /** The node's name in the topology; absent for the host's own namespace. */
  readonly node?: string;
}

/** Names one resource: `<type>:<host>/<node>/<key within its place>`. Equal keys are the same thing. */
export type Key = string;

/** A pointer to another resource, resolved by the executor when an op runs. */
export interface Ref {
  readonly ref: Key;
}

export type Attrs = Readonly<Record<string, unknown>>;

/** One thing the core can read, make, change and remove. */
export interface Resource<A extends Attrs = Attrs> {
  /** Its resource type's word: `device`, `address`, `route`, … */
  readonly type: string;
  readonly key: Key;
  /** What people and marks call it: `web/eth0`, `front`. Unique within type and placement. */
  readonly id: string;
  readonly on: Placement;
  readonly attrs: A;
  /** Must be there before this one. */
  readonly needs?: readonly Ref[];
  /** Dies with each of these (and so needs them too). */
  readonly within?: readonly Ref[];
  /** The other half, made and removed in the same stroke: the far end of a cable. Symmetric. */
  readonly peer?: Ref;
  /** Somebody else's: must exist, is never made, replaced or removed by us. */
  readonly adopt?: true;
  /**
   * Anybody's of ours: made where it is missing, used as it is where it is there, whoever's it is. One that we made
   * goes when nothing is on it any more.
   */
  readonly shared?: true;
  /** This resource is the namespace of the node named here; all that is on that node lives within it. */
  readonly makes?: string;
  /** That namespace has things of others in it as soon as it is there: the routes of a container engine. */
  readonly furnished?: true;
  /**
   * Never made nor removed: what the host has itself is moved to where this is to be, and moved back, as it was, when this
   * is declared no more.
   */
  readonly moved?: Origin;
}

/** What tells a thing that is moved from others that the host has: its name there, or its MAC address. */
export interface Origin {
  readonly name?: string;
  readonly mac?: string;
}

/** A resource as it was found. */
export interface Observed<A extends Attrs = Attrs> extends Resource<A> {
  /** The topology whose mark it carries, or whose ledger lists it; absent: foreign. */
  readonly owner?: string;
  /** What is true of it just now, and nobody's wish: a pid, a lease. For people; it is compared with nothing. */
  readonly facts?: Readonly<Record<string, string>>;
  /** The program that made it, and takes it away when it ends: the address of a lease. Or so the device, of the kernel's own. */
  readonly madeBy?: Ref;
  /**
   * What is made with such a thing and is gone, in words: `its route to 10.0.0.0/24`. To be mended by an update; what is of
   * no use without it, and outlives it, is made anew.
   */
  readonly lacks?: string;
  /** What it is within is gone, and it is there all the same: it can be ended, and comes back nowhere. */
  readonly stray?: true;
  /** Once it is gone, nothing makes it again: a program that has ended, or of which nobody knows how it was started. */
  readonly irretrievable?: true;
}

export const ref = (to: Resource | Key): Ref => ({ ref: typeof to === 'string' ? to : to.key });

export const isRef = (value: unknown): value is Ref =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Ref>).ref === 'string';

const isRecord = (it: unknown): it is Readonly<Record<string, unknown>> =>
  typeof it === 'object' && it !== null && !Array.isArray(it);

const areRefs = (it: unknown): boolean => it === undefined || (Array.isArray(it) && it.every(isRef));

/** Of what no compiler has checked: whether it has what every resource has. */
export const isResource = (it: unknown): it is Resource =>
  isRecord(it) &&
  ['type', 'key', 'id'].every((field) => typeof it[field] === 'string') &&
  isRecord(it['on']) &&
  typeof it['on']['host'] === 'string' &&
  ['string', 'undefined'].includes(typeof it['on']['node']) &&
  isRecord(it['attrs']) &&
  areRefs(it['needs']) &&
  areRefs(it['within']);

/** What nobody is shown: it stands in files for root alone, and nowhere else. */
export interface Secret {
  readonly secretText: string;
}

export const isSecret = (value: unknown): value is Secret =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Secret>).secretText === 'string';

export const keyOf = (type: string, on: Placement, name: string): Key => `${type}:${on.host}/${on.node ?? ''}/${name}`;

export const samePlace = (a: Placement, b: Placement): boolean => a.host === b.host && a.node === b.node;

/** `local/web`, `local/`: one string a place, for maps. */
export const placeKey = (on: Placement): string => `${on.host}/${on.node ?? ''}`;
