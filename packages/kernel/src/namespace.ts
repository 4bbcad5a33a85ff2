import {
  type Found,
  type Key,
  type Locator,
  type NamespaceAttrs,
  type NamespaceOp,
  netlink,
  type Observed,
  type Op,
  type RawObserved,
  type ReadContext,
  type Resource,
  type RuleAttrs,
  resourceType,
  placeKey,
  z,
} from '@pipewright/plugin';
import { lostRules, tablesOf } from './kernel-rules.js';
import { markOf, parseMark } from './mark.js';
import { NAMED_NAMESPACES, rowsOf } from './rows.js';

/** With the alias of its loopback device, which is its mark, and what it lacks of the kernel's own rules. */
type MarkedNamespace = NamespaceAttrs & { readonly alias?: string; readonly lost?: readonly RuleAttrs[] };

function parse([answer]: readonly unknown[], { nodes }: ReadContext): readonly Found<MarkedNamespace>[] {
  const nodeOf = new Map(nodes.map(({ locator, name }) => [nameIn(locator), name] as const).reverse()); // the first wins
  return rowsOf<{ name: string }>(answer).flatMap(({ name }) => {
    if (name === undefined) return [];
    const node = nodeOf.get(name);
    return [{ attrs: { name, loopback: false }, ...(node === undefined ? {} : { makes: node }) }];
  });
}

/** The name in /run/netns that a locator leads to. */
export function nameIn(locator: Locator): string | undefined {
  if (locator.by === 'name') return locator.name;
  return locator.by === 'path' ? /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(locator.path)?.[1] : undefined;
}

/** The rest of what a namespace is shows on its loopback device, and by its rules. */
function relate(all: readonly RawObserved[]): ReadonlyMap<Key, Observed> {
  const loopbacks = new Map(
    all.flatMap((it) =>
      it.type === 'device' && it.attrs['kind'] === 'loopback' ? [[placeKey(it.on), it] as const] : [],
    ),
  );
  const rules = new Map<string, RuleAttrs[]>();
  for (const it of all) {
    if (it.type !== 'rule') continue;
    const place = placeKey(it.on);
    const known = rules.get(place);
    if (known) known.push(it.attrs as RuleAttrs);
    else rules.set(place, [it.attrs as RuleAttrs]);
  }
  return new Map(
    all.flatMap((it) => {
      if (it.type !== 'namespace' || it.makes === undefined) return [];
      const place = placeKey({ host: it.on.host, node: it.makes });
      const lo = loopbacks.get(place);
      return lo ? [[it.key, completed(it, lo, lostRules(rules.get(place) ?? []))] as const] : [];
    }),
  );
}

function completed(it: RawObserved, lo: RawObserved, lost: readonly RuleAttrs[]): Observed {
  const { up, alias } = lo.attrs;
  const owner = parseMark(alias)?.topology;
  const attrs = { ...it.attrs, loopback: up === true, ...(alias === undefined ? {} : { alias }) };
  const found = { ...it, attrs, ...(owner === undefined ? {} : { owner }) };
  return lost.length === 0
    ? found
    : { ...found, attrs: { ...attrs, lost }, lacks: `its rule to look up ${tablesOf(lost)}` };
}

function namespaceOp({ on, attrs }: Resource<MarkedNamespace>, verb: 'add' | 'del'): NamespaceOp {
  const alias = verb === 'add' && attrs.alias !== undefined ? { alias: attrs.alias } : {};
  return { op: 'namespace', on, verb, name: attrs.name, ...alias };
}

function update(before: Resource<MarkedNamespace>, { attrs, on, makes }: Resource<MarkedNamespace>): readonly Op[] {
  if (makes === undefined) return [];
  const { loopback: up, alias, lost = [] } = attrs;
  const inside = { host: on.host, node: makes };
  return [
    netlink(inside, 'link', 'set', { name: 'lo', up, ...(alias === undefined ? {} : { alias }) }),
    ...(before.attrs.lost ?? []).map((it) => netlink(inside, 'rule', 'add', it)),
    ...lost.map((it) => netlink(inside, 'rule', 'del', it)),
  ];
}

/** A named network namespace. Bound in /run/netns only when its loopback device is marked and up. */
export const namespace = resourceType<MarkedNamespace>({
  type: 'namespace',
  get attrs() {
    return z.object({
      name: z.string(),
      loopback: z.boolean(),
      alias: z.string().optional(),
      lost: z.array(z.looseObject({})).readonly().optional(),
    });
  },
  classes: { name: 'fixed' },
  name: ({ name }) => name,
  mark: (it, topology) => ({ ...it, attrs: { ...it.attrs, alias: markOf(topology, it.makes ?? it.id) } }),
  queries: [{ argv: ['ip', '-j', 'netns', 'list'], dump: { object: 'netns' }, once: true, given: NAMED_NAMESPACES }],
  parse,
  relate,
  exclusive: true,
  write: ({ action, before, after }) => {
    if (action === 'update') return before && after ? update(before, after) : [];
    return [...(before ? [namespaceOp(before, 'del')] : []), ...(after ? [namespaceOp(after, 'add')] : [])];
  },
});
