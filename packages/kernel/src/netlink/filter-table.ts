import { isSharedMark, parseMark } from '../mark.js';
import { AttributeReader } from './attribute-reader.js';
import { AttributeWriter } from './attribute-writer.js';
import { AF, FLAG } from './numbers.js';
import type { NetlinkMessage, NetlinkRequest } from './types.js';

/** Types of linux/netfilter/nf_tables.h, with the number of their subsystem. */
const GET_CHAIN = (10 << 8) | 4;
const GET_RULE = (10 << 8) | 7;

/** struct nfgenmsg: family, version 0, and the low half of the generation that the rules are of. */
const HEAD = 4;

/** NFTA_CHAIN_*, NFTA_RULE_*. */
const CHAIN = { table: 1, name: 3, policy: 5 } as const;
const RULE = { table: 1, chain: 2, expressions: 4 } as const;
const POLICIES = ['DROP', 'ACCEPT'];

/** The table that `iptables` means where none is named. */
const TABLE = 'filter';

/** The same as its chains have it: a byte that is its family, then its name. */
export const filterTableName = (family: 4 | 6): string => `${String.fromCharCode(AF[family])}${TABLE}`;

/** Two dumps, as one question: the chains, then the rules. */
export function filterTableRequests(family: 4 | 6): readonly [chains: NetlinkRequest, rules: NetlinkRequest] {
  const ofFamily = (): AttributeWriter => new AttributeWriter().field8(AF[family], 0, 0, 0);
  const rules = ofFamily();
  rules.name(RULE.table, TABLE);
  return [
    { type: GET_CHAIN, flags: FLAG.dump, ...ofFamily().finish() },
    { type: GET_RULE, flags: FLAG.dump, ...rules.finish() },
  ];
}

/**
 * What `iptables-save` (of nftables) prints of the table filter, of its rules those alone that carry our mark; empty
 * where there is no such table. Undefined: the two answers are not of one moment, or there is a marked rule in a form
 * that is not known here; a program has to be asked.
 */
export function filterTableText(
  chains: readonly NetlinkMessage[],
  rules: readonly NetlinkMessage[],
): string | undefined {
  if (new Set([...chains, ...rules].map(generationOf)).size > 1) return undefined;
  const heads = chains.flatMap(chainLine);
  const lines = rules.map(ruleLine);
  if (lines.includes(undefined)) return undefined;
  return heads.length === 0 ? '' : ['*filter', ...heads, ...lines.filter(Boolean), 'COMMIT', ''].join('\n');
}

const generationOf = ({ body }: NetlinkMessage): number => ((body[2] ?? 0) << 8) | (body[3] ?? 0);

/** `:FORWARD DROP [0:0]`; none for a chain of another table. */
function chainLine({ body }: NetlinkMessage): readonly string[] {
  let [table, name, policy] = ['', '', '-'];
  for (const it = new AttributeReader(body, HEAD); it.next(); ) {
    if (it.type === CHAIN.table) table = it.text();
    else if (it.type === CHAIN.name) name = it.text();
    else if (it.type === CHAIN.policy) policy = POLICIES[it.be32()] ?? '-';
  }
  return table === TABLE ? [`:${name} ${policy} [0:0]`] : [];
}

/** Empty for a rule without our mark. */
function ruleLine({ body }: NetlinkMessage): string | undefined {
  let chain = '';
  let parts: readonly Expression[] = [];
  for (const it = new AttributeReader(body, HEAD); it.next(); ) {
    if (it.type === RULE.chain) chain = it.text();
    else if (it.type === RULE.expressions) parts = expressionsOf(it.nested());
  }
  const comment = parts.map(commentOf).find((it) => it !== undefined);
  if (parseMark(comment) === undefined && !isSharedMark(comment)) return '';
  const words = parts.map(wordsOf);
  const said = words.some((it) => it === undefined) ? '' : words.join('');
  return FORM.test(said) ? `-A ${chain}${said}` : undefined;
}

const FORM = /^(?: -i \S+)?(?: -o \S+)?(?: -m conntrack --ctstate \S+)? -m comment --comment \S+ -j ACCEPT$/;

/** One step of a rule: NFTA_EXPR_NAME and, not read yet, NFTA_EXPR_DATA. */
interface Expression {
  readonly name: string;
  readonly data: () => AttributeReader;
}

function expressionsOf(list: AttributeReader): readonly Expression[] {
  const all: Expression[] = [];
  while (list.next()) {
    let name = '';
    let data: (() => AttributeReader) | undefined;
    for (const it = list.nested(); it.next(); ) {
      if (it.type === 1) name = it.text();
      else if (it.type === 2) {
        const bytes = it.data();
        data = () => new AttributeReader(bytes, 0);
      }
    }
    all.push({ name, data: data ?? (() => new AttributeReader(new Uint8Array(), 0)) });
  }
  return all;
}

/** Words of `iptables` for one expression; undefined for one that our rules do not have. */
function wordsOf(it: Expression): string | undefined {
  if (it.name === 'counter') return '';
  if (it.name === 'meta') return INTERFACES[loadedBy(it)];
  if (it.name === 'cmp') return comparedTo(it);
  if (it.name === 'match') return commentWords(it) ?? statesOf(it);
  return it.name === 'immediate' && verdictOf(it) === ACCEPT ? ' -j ACCEPT' : undefined;
}

/** NFT_META_IIFNAME and NFT_META_OIFNAME: the name that is then compared stands behind. */
const INTERFACES: Readonly<Record<number, string>> = { 6: ' -i ', 7: ' -o ' };

const ACCEPT = 1;

/** NFTA_META_KEY. */
const loadedBy = ({ data }: Expression): number => numberOf(data(), [2]);

/** NFTA_IMMEDIATE_DATA, NFTA_DATA_VERDICT, NFTA_VERDICT_CODE. */
const verdictOf = ({ data }: Expression): number => numberOf(data(), [2, 2, 1]);

/** The number at a path of attributes; -1 where there is none. */
function numberOf(it: AttributeReader, [type, ...inner]: readonly number[]): number {
  while (it.next()) if (it.type === type) return inner.length > 0 ? numberOf(it.nested(), inner) : it.be32();
  return -1;
}

/** A whole name, which ends in a zero: `br+` does not. NFTA_CMP_OP must be NFT_CMP_EQ; NFTA_CMP_DATA has the value. */
function comparedTo({ data }: Expression): string | undefined {
  let isEqual = false;
  let name: string | undefined;
  for (const it = data(); it.next(); ) {
    if (it.type === 2) isEqual = it.be32() === 0;
    else if (it.type === 3) name = wholeName(it.nested());
  }
  return isEqual ? name : undefined;
}

/** NFTA_DATA_VALUE. */
const wholeName = (it: AttributeReader): string | undefined =>
  it.next() && it.type === 1 && it.data().at(-1) === 0 ? it.text() : undefined;

function commentWords(it: Expression): string | undefined {
  const comment = commentOf(it);
  return comment === undefined ? undefined : ` -m comment --comment ${comment}`;
}

/** XT_CONNTRACK_STATE_BIT of linux/netfilter/xt_conntrack.h, in the order in which iptables prints them. */
const STATES: readonly (readonly [bit: number, name: string])[] = [
  [0x04, 'RELATED'],
  [0x02, 'ESTABLISHED'],
  [0x40, 'SNAT'],
  [0x80, 'DNAT'],
];

/** Of struct xt_conntrack_mtinfo3: which of its fields are looked at (XT_CONNTRACK_STATE alone), which inverted, the states. */
const CONNTRACK = { flags: 146, inverted: 148, states: 150, length: 160 } as const;

/** Undefined for a match that our rules do not have. */
function statesOf({ data }: Expression): string | undefined {
  let name = '';
  let info: DataView | undefined;
  for (const it = data(); it.next(); ) {
    if (it.type === 1) name = it.text();
    else if (it.type === 3) {
      const bytes = it.data();
      info = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
  }
  if (name !== 'conntrack' || !info || info.byteLength < CONNTRACK.length) return undefined;
  const view = info;
  const [flags, inverted, mask] = [CONNTRACK.flags, CONNTRACK.inverted, CONNTRACK.states].map((at) =>
    view.getUint16(at, true),
  );
  const named = STATES.filter(([bit]) => (mask ?? 0) & bit);
  const isWhole = named.reduce((sum, [bit]) => sum | bit, 0) === mask;
  if (flags !== 1 || inverted !== 0 || !isWhole) return undefined;
  return ` -m conntrack --ctstate ${named.map(([, it]) => it).join(',')}`;
}

/** Of a match of xtables: NFTA_MATCH_NAME, NFTA_MATCH_INFO (struct xt_comment_info). */
function commentOf({ name, data }: Expression): string | undefined {
  if (name !== 'match') return undefined;
  let isComment = false;
  let text: string | undefined;
  for (const it = data(); it.next(); ) {
    if (it.type === 1) isComment = it.text() === 'comment';
    else if (it.type === 3) text = it.text();
  }
  return isComment ? text : undefined;
}
