import {
  type Key,
  type Observed,
  type RawObserved,
  type Resource,
  resourceType,
  type XfrmPolicyAttrs,
  xfrmPolicyName,
  z,
} from '@pipewright/plugin';
import { groupOf } from './mark.js';
import { concerning, entriesOf, lister, xfrm } from './xfrm.js';

/** With its mark: which states it takes. */
type MarkedPolicy = XfrmPolicyAttrs & { readonly reqid?: number };

const selector = ({ dir, src, dst, protocol, port, key }: XfrmPolicyAttrs): readonly string[] => [
  ...['src', src, 'dst', dst, 'proto', String(protocol)],
  ...(port === undefined ? [] : ['dport', String(port)]),
  ...(key === undefined ? [] : ['key', String(key)]),
  ...['dir', dir],
];

export const policySet = (verb: 'add' | 'update', it: MarkedPolicy): readonly string[] => [
  ...['policy', verb, ...selector(it)],
  ...['tmpl', 'src', it.src, 'dst', it.dst, 'proto', 'esp', 'reqid', String(it.reqid ?? 0), 'mode', 'transport'],
];

/** What /etc/protocols calls them where ip finds one. */
const NUMBERS: Readonly<Record<string, number>> = { udp: 17, gre: 47 };

/** Of one that takes anything else than ESP, no states are known: it is another than ours. */
function read(entry: string): readonly MarkedPolicy[] {
  const [, src = '', dst = '', protocol = '', words = ''] =
    /^src (\S+?)(?:\/\d+)? dst (\S+?)(?:\/\d+)? proto (\S+)(.*)/.exec(entry) ?? [];
  const [, dir] = /^\s+dir (in|out)\b/m.exec(entry) ?? [];
  if (dir !== 'in' && dir !== 'out') return [];
  const [, port] = /\bdport (\d+)/.exec(words) ?? [];
  const [, key] = /\bkey (\d+)/.exec(words) ?? [];
  const [, reqid = '0'] = /proto esp reqid (\d+)\S* mode transport/.exec(entry) ?? [];
  return [
    {
      dir,
      src,
      dst,
      protocol: NUMBERS[protocol] ?? Number(protocol),
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(key === undefined ? {} : { key: Number(key) }),
      reqid: Number(reqid),
    },
  ];
}

/** Devices whose packets it is about are gone before it is: else some would leave in the clear. */
function guarded(all: readonly RawObserved[], declared: readonly Resource[]): ReadonlyMap<Key, Observed> {
  const policies = new Set(all.flatMap(({ type, key }) => (type === 'xfrm-policy' ? [key] : [])));
  if (policies.size === 0) return new Map(); // mostly
  const found = new Map(all.map((it) => [it.key, it]));
  return new Map(
    declared.flatMap(({ key, needs = [] }) => {
      const [it, its] = [found.get(key), needs.filter(({ ref }) => policies.has(ref))];
      return it && its.length > 0 ? [[key, { ...it, needs: [...(it.needs ?? []), ...its] }] as const] : [];
    }),
  );
}

/** What must be in ESP, both ways: without a state for it nothing leaves, and what arrives in the clear is dropped. */
export const xfrmPolicy = resourceType<MarkedPolicy>({
  type: 'xfrm-policy',
  get attrs() {
    return z.object({
      dir: z.enum(['in', 'out']),
      src: z.string(),
      dst: z.string(),
      protocol: z.int(),
      port: z.int().optional(),
      key: z.int().optional(),
      reqid: z.int().optional(),
    });
  },
  exclusive: true,
  name: xfrmPolicyName,
  mark: (it, topology) => ({ ...it, attrs: { ...it.attrs, reqid: groupOf(topology) } }),
  owner: ({ attrs }, _, topology) => (attrs.reqid === groupOf(topology) ? topology : undefined),
  queries: [],
  parse: () => [],
  point: (wanted) => ({
    argv: lister('policy'),
    parse: (printed) =>
      concerning(entriesOf(printed).flatMap(read), wanted, xfrmPolicyName).map((attrs) => ({ attrs })),
  }),
  relate: guarded,
  write: ({ before, after, on }) => {
    if (!after) return before ? [xfrm(on, 'policy', 'delete', ...selector(before.attrs))] : [];
    return [xfrm(on, ...policySet(before ? 'update' : 'add', after.attrs))];
  },
});
