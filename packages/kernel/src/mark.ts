import { fail, type RawObserved, sha256 } from '@pipewright/plugin';
import { errors } from './errors.js';

/** Protocol of our routes, rules and neighbours: a number nobody claims in iproute2's rt_protos. */
export const PROTOCOL = 201;

export interface Mark {
  readonly topology: string;
  readonly id: string;
  /** Of a device that was moved: what it was called on the host. */
  readonly was?: string;
}

const TOPOLOGY = /^[A-Za-z0-9_.-]+$/;
const ID = /^[A-Za-z0-9_.+:/-]+$/;
const LONGEST = 255; // IFALIASZ, less the final zero

const digest = (text: string): Buffer => Buffer.from(sha256(text));

/** The alias of a device of ours. Over-long ones end in a hash, so that they still differ. */
export function markOf(topology: string, id: string): string {
  if (!TOPOLOGY.test(topology) || !ID.test(id)) fail(errors.badMark(topology, id));
  const text = `pipewright:${topology}:${id}`;
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 17)}-${digest(text).toString('hex').slice(0, 16)}`;
}

export function parseMark(alias: unknown): Mark | undefined {
  const [, topology, id, was] =
    /^pipewright:([A-Za-z0-9_.-]+):([A-Za-z0-9_.+:/-]+)(?:=([A-Za-z0-9_.+-]{1,15}))?$/.exec(
      typeof alias === 'string' ? alias : '',
    ) ?? [];
  if (topology === undefined || id === undefined) return undefined;
  return { topology, id, ...(was === undefined ? {} : { was }) };
}

/** That of a device that was moved, which thereby knows its way back without any memory of ours. */
export const movedMark = (mark: string, was: string): string => `${mark.slice(0, LONGEST - 1 - was.length)}=${was}`;

/** The alias of a device that is no one topology's. */
export const sharedMark = (kind: string): string => `pipewright::${kind}`;

export const isSharedMark = (alias: unknown): boolean =>
  typeof alias === 'string' && /^pipewright::[a-z0-9_-]+$/.test(alias);

/** The device group of a topology: set in the message that creates a device, where an alias is not. */
export function groupOf(topology: string): number {
  const known = groups.get(topology);
  if (known !== undefined) return known;
  const group = 1 + (digest(topology).readUIntBE(0, 6) % (2 ** 31 - 1));
  groups.set(topology, group);
  return group;
}

/** Every device asks. */
const groups = new Map<string, number>();

/** That of devices which are no one topology's. */
export const SHARED_GROUP = groupOf('');

/** Whose namespace this is, and which node's: the alias of its loopback device. */
export function markOfPlace(all: readonly RawObserved[]): Mark | undefined {
  if (!marks.has(all))
    marks.set(
      all,
      parseMark(all.find((it) => it.type === 'device' && it.attrs['kind'] === 'loopback')?.attrs['alias']),
    );
  return marks.get(all);
}

/** Each of the thousands of things in a namespace asks. */
const marks = new WeakMap<readonly RawObserved[], Mark | undefined>();

/** Whose an entry with our protocol is: its device's topology, else its namespace's. */
export function ownerByProtocol(
  found: RawObserved,
  all: readonly RawObserved[],
  dev: string | undefined,
): string | undefined {
  if (found.attrs['protocol'] !== PROTOCOL) return undefined;
  return parseMark(all.find((it) => it.key === dev)?.attrs['alias'])?.topology ?? markOfPlace(all)?.topology;
}
