import {
  type Change,
  type DeviceAttrs,
  type Key,
  keyOf,
  type Model,
  type Observed,
  type Path,
  placeKey,
} from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { placeMadeBy } from '../diff/graph.js';
import type { Impact } from '../stages.js';

/** Which running neighbours an op disturbs: the nodes that are there before and after, and lose or change something. */
export function impactOf(changes: readonly Change[]): readonly Impact[] {
  const coming = placesMade(changes, 'create');
  const going = placesMade(changes, 'delete');
  return changes.flatMap((it): readonly Impact[] => {
    const { node } = it.on;
    const place = placeKey(it.on);
    if (node === undefined || it.action === 'create' || coming.has(place) || going.has(place)) return [];
    if (it.before?.lacks !== undefined && it.fields.length === 0) return []; // it gets what it lacks
    return [{ node, nic: it.id, change: it.key, effect: effectOf(it) }];
  });
}

const placesMade = (changes: readonly Change[], action: Change['action']): ReadonlySet<string | undefined> =>
  new Set(
    changes
      .filter((it) => it.action === action)
      .flatMap((it) => it.after ?? it.before ?? [])
      .map(placeMadeBy),
  );

function effectOf(it: Change): string {
  const why = it.reason === undefined ? '' : ` (${it.reason})`;
  if (it.action === 'delete') return `loses ${it.type} ${it.id}${why}`;
  if (it.action === 'replace') return `is without ${it.type} ${it.id} for a moment${why}`;
  return `${it.fields.join(', ')} of ${it.type} ${it.id} ${it.fields.length === 1 ? 'changes' : 'change'} in place${why}`;
}

/** Who is cut off for a moment, though nothing of its own changes, as the bridge or the tunnel of its network is made anew. */
export function impactByNetworks(
  changes: readonly Change[],
  networks: Model['networks'],
  origins: ReadonlyMap<Key, Path>,
): readonly Impact[] {
  const replaced = changes.filter((it) => it.action === 'replace' && it.on.node === undefined && isCarrier(it));
  if (replaced.length === 0) return [];
  const anew = new Set(changes.flatMap(({ action, key }) => (action === 'update' ? [] : [key])));
  return networks.flatMap(({ name, path, segment, members }) => {
    const carrier = replaced.find(({ key, on }) => on.host === segment.host && deepEqual(origins.get(key), path));
    if (!carrier) return [];
    const effect = `is cut off in network ${name} for a moment (${carrier.type} ${carrier.id} is made anew)`;
    return members
      .filter((nic) => !anew.has(keyOf('device', nic.on, nic.device)))
      .map((nic) => ({ node: nic.node, nic: nic.id, change: carrier.key, effect }));
  });
}

/** A device that is nobody's end of a cable. */
const isCarrier = ({ type, after }: Change): boolean => type === 'device' && after?.peer === undefined;

/** What others have in a namespace that goes, or as a port of a device that goes. */
export function impactOnOthers(
  topology: string,
  changes: readonly Change[],
  actual: readonly Observed[],
): readonly Impact[] {
  const gone = changes.filter(({ action }) => action === 'delete').flatMap(({ before }) => before ?? []);
  if (gone.length === 0) return [];
  const keys = new Map(gone.map((it) => [it.key, it]));
  const places = new Map(gone.map((it) => [placeMadeBy(it), it]));
  const theirs = actual.filter((it) => it.type === 'device' && it.owner !== topology && !keys.has(it.key));
  return theirs.flatMap(({ on, attrs, owner, id }): readonly Impact[] => {
    const { name, master } = attrs as DeviceAttrs;
    const whose = owner === undefined ? name : `${name} of topology "${owner}"`;
    const { node } = on;
    const place = places.get(placeKey(on));
    if (place && node !== undefined)
      return owner === undefined
        ? []
        : [{ node, nic: id, change: place.key, effect: `${whose} goes with its namespace` }];
    const bridge = keys.get(master?.ref ?? '');
    return bridge
      ? [
          {
            node: node ?? 'the host',
            nic: id,
            change: bridge.key,
            effect: `${whose} is no port of ${bridge.id} any more`,
          },
        ]
      : [];
  });
}
