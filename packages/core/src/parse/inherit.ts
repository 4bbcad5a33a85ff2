import type { Path } from '@pipewright/plugin';
import { Complaints } from './complaints.js';
import { didYouMean } from './did-you-mean.js';
import { unknownKey } from './diagnose.js';
import { entriesOf } from './entries/entry.js';
import { checkName } from './entries/name.js';
import { errors } from './errors.js';
import type { Level } from './levels.js';
import { show } from './show.js';
import { emptyMap, isMap, type Mark, type Marks, Source, type Tree, type TreeMap } from './source.js';

/**
 * The same input with `defaults` and each node's `group` written out in its nodes, every value at the place it came
 * from. `nodeKeys` tells what some kind of node has: it is asked where there is something to inherit.
 */
export function inherit(source: Source, nodeKeys: () => readonly string[], levels: () => readonly Level[]): Source {
  const complaints = new Complaints(source, levels);
  const keys = (): readonly string[] => nodeKeys().filter((key) => key !== 'group');
  const defaults = known(readDefaults(complaints), ['defaults'], keys, complaints);
  const groups = readGroups(defaults, keys, complaints);
  const nodes = emptyMap();
  for (const [name, node] of entriesOf('nodes', complaints)) {
    const below = underlay(name, node, defaults, groups, complaints);
    nodes[name] = Object.keys(below).length === 0 ? node : merge(below, node, source.marks);
  }
  source.marks.set(nodes, source.marks.get(source.valueAt(['nodes']) as object) ?? new Map());
  const { file, tree, marks } = source.valueAt(['nodes']) === undefined ? source : source.with('nodes', nodes);
  return new Source(file, tree, complaints.all(), marks);
}

/** What lies under a node's own keys. */
function underlay(
  name: string,
  node: TreeMap,
  defaults: TreeMap,
  groups: ReadonlyMap<string, TreeMap>,
  complaints: Complaints,
): TreeMap {
  const group = node['group'];
  if (typeof group !== 'string') return defaults;
  const found = groups.get(group);
  if (!found)
    complaints.add(errors.noSuchName('group', group, [...groups.keys()], didYouMean(group, groups.keys())), [
      'nodes',
      name,
      'group',
    ]);
  return found ?? defaults;
}

function readDefaults(complaints: Complaints): TreeMap {
  const defaults = complaints.source.valueAt(['defaults']) ?? null;
  if (isMap(defaults)) return defaults;
  if (defaults !== null)
    complaints.add(
      errors.badValue(
        'defaults',
        show(defaults, complaints.source.written(['defaults'])),
        'a map of keys for all nodes',
      ),
      ['defaults'],
    );
  return emptyMap();
}

function readGroups(
  defaults: TreeMap,
  keys: () => readonly string[],
  complaints: Complaints,
): ReadonlyMap<string, TreeMap> {
  return new Map(
    entriesOf('groups', complaints).map(([name, group]) => {
      const path = ['groups', name];
      checkName('group', path, complaints);
      return [name, merge(defaults, known(group, path, keys, complaints), complaints.source.marks)] as const;
    }),
  );
}

/** What no kind of node has is wrong where it stands, and passed on to nobody. */
function known(tree: TreeMap, path: Path, nodeKeys: () => readonly string[], complaints: Complaints): TreeMap {
  const taken = emptyMap();
  const entries = Object.entries(tree);
  const keys = entries.length > 0 ? nodeKeys() : [];
  for (const [key, value] of entries)
    if (keys.includes(key)) taken[key] = value;
    else unknownKey([key], keys, { path, name: `\`${path.join('.')}\``, complaints });
  complaints.source.marks.set(taken, complaints.source.marks.get(tree) ?? new Map());
  return taken;
}

/** Maps are merged, scalars and lists replace. Nothing over a map (`lan:`) adds nothing. */
function merge(base: TreeMap, over: TreeMap, marks: Marks): TreeMap {
  const merged = Object.assign(emptyMap(), base);
  const places = new Map<string, Mark>(marks.get(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    const place = marks.get(over)?.get(key);
    merged[key] = below === undefined ? value : mergeValue(below, value, marks);
    if (place) places.set(key, place);
  }
  marks.set(merged, places);
  return merged;
}

function mergeValue(below: Tree, value: Tree, marks: Marks): Tree {
  if (!isMap(below)) return value;
  return value === null ? below : isMap(value) ? merge(below, value, marks) : value;
}
