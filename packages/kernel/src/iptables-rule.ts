import {
  deviceNameIn,
  type ExecOp,
  exec,
  type Found,
  type IptablesRuleAttrs,
  iptablesRuleName,
  keyOf,
  type Op,
  type ReadContext,
  type ReadQuery,
  ref,
  type Ref,
  type Resource,
  resourceType,
  z,
} from '@pipewright/plugin';
import { filterTableOf } from './iptables-save.js';
import { isSharedMark, markOf, parseMark, sharedMark } from './mark.js';

/** With its comment, which is its mark. */
type MarkedRule = IptablesRuleAttrs & { readonly comment?: string };

/** Whether frames between the ports of a bridge meet iptables: br_netfilter is there, and for each family it says so. */
export const BRIDGE_CALLS = {
  4: '/proc/sys/net/bridge/bridge-nf-call-iptables',
  6: '/proc/sys/net/bridge/bridge-nf-call-ip6tables',
} as const;

/**
 * Without br_netfilter nobody is asked. All tables, though one is read: for `-t filter` iptables-legacy makes that table
 * where there is none, and a look changes nothing.
 */
const save = (family: 4 | 6): ReadQuery => ({
  argv: [family === 4 ? 'iptables-save' : 'ip6tables-save'],
  once: true,
  given: BRIDGE_CALLS[family],
  filters: family,
  text: true,
});

export const FILTER_QUERIES = { 4: save(4), 6: save(6) } as const;

// As `iptables-save` prints what `specification` says, whichever way it was made; it leaves plain comments unquoted.
const RULE =
  /^-A (\S+)(?: -i (\S+))?(?: -o (\S+))?(?: -m conntrack --ctstate (\S+))? -m comment --comment "?([^\s"]+)"? -j ACCEPT$/;

/** Ours alone: one that says the same and is somebody else's may go tomorrow. */
function read(line: string, family: 4 | 6, { on }: ReadContext): readonly Found<MarkedRule>[] {
  const [, chain, from, to, states, comment] = RULE.exec(line) ?? [];
  if (chain === undefined) return [];
  const topology = parseMark(comment)?.topology;
  const shared = isSharedMark(comment);
  if (comment === undefined || (topology === undefined && !shared)) return [];
  const device = (name: string): Ref => ref(keyOf('device', on, name));
  const attrs = {
    family,
    table: 'filter',
    chain,
    ...(from === undefined ? {} : { in: device(from) }),
    ...(to === undefined ? {} : { out: device(to) }),
    ...(states === undefined ? {} : { states: states.split(',') }),
    jump: 'ACCEPT',
    comment,
  } as const;
  return [topology === undefined ? { attrs, shared: true } : { attrs: { ...attrs, topology } }];
}

const specification = ({ chain, in: from, out, states, jump, comment }: MarkedRule): readonly string[] => [
  chain,
  ...(from ? ['-i', deviceNameIn(from)] : []),
  ...(out ? ['-o', deviceNameIn(out)] : []),
  ...(states ? ['-m', 'conntrack', '--ctstate', states.join(',')] : []),
  ...(comment === undefined ? [] : ['-m', 'comment', '--comment', comment]),
  ...['-j', jump],
];

/** Others at iptables are waited for: the seconds that `-w` takes. */
const WAIT = ['-w', '5'];

const program = ({ family, table }: MarkedRule): readonly string[] => [
  family === 4 ? 'iptables' : 'ip6tables',
  ...WAIT,
  '-t',
  table,
];

const insert = ({ on, attrs }: Resource<MarkedRule>): ExecOp =>
  exec(on, ...program(attrs), '-I', ...specification(attrs));

// Undoing sets twice what was only set, and iptables adds a rule a second time without a word. Words: the program with
// its options, then the rule.
const UNLESS_THERE = 'p=$1; shift; $p -C "$@" 2> /dev/null || exec $p -I "$@"';

const insertOnce = ({ on, attrs }: Resource<MarkedRule>): ExecOp =>
  exec(on, 'sh', '-c', UNLESS_THERE, 'sh', program(attrs).join(' '), ...specification(attrs));

const remove = ({ on, attrs }: Resource<MarkedRule>): ExecOp =>
  exec(on, ...program(attrs), '-D', ...specification(attrs));

/**
 * A rule of iptables that accepts what comes or goes by a device, at the top of its chain. Its mark is its comment. It is
 * made by the iptables on PATH, nft or legacy: there Docker makes its own.
 */
export const iptablesRule = resourceType<MarkedRule>({
  type: 'iptables-rule',
  get attrs() {
    const device = z.object({ ref: z.string() });
    return z.object({
      family: z.literal([4, 6]),
      table: z.literal('filter'),
      chain: z.string(),
      in: device.optional(),
      out: device.optional(),
      states: z.array(z.enum(['RELATED', 'ESTABLISHED', 'SNAT', 'DNAT'])).optional(),
      jump: z.literal('ACCEPT'),
      topology: z.string().optional(),
      comment: z.string().optional(),
    });
  },
  name: iptablesRuleName,
  mark: (it, topology) => ({
    ...it,
    attrs: { ...it.attrs, comment: it.shared ? sharedMark(it.type) : markOf(topology, it.id) },
  }),
  owner: ({ attrs }) => parseMark(attrs.comment)?.topology,
  queries: [FILTER_QUERIES[4], FILTER_QUERIES[6]],
  parse: ([four, six], context) => [
    ...(filterTableOf(four)?.rules ?? []).flatMap((line) => read(line, 4, context)),
    ...(filterTableOf(six)?.rules ?? []).flatMap((line) => read(line, 6, context)),
  ],
  // The new before the old, so that no frame meets neither.
  write: ({ before, after }): readonly Op[] => {
    if (!before) return after ? [insert(after)] : [];
    return [...(after ? [insertOnce(after)] : []), remove(before)];
  },
});
