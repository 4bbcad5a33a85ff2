import type { NetlinkOp, RuleAttrs } from '@pipewright/plugin';
import { prefixOf } from './address-text.js';
import { AttributeReader } from './attribute-reader.js';
import { AttributeWriter } from './attribute-writer.js';
import { AF, creation, familyOf, MESSAGE, STRUCT } from './numbers.js';
import type { NetlinkMessage, NetlinkRequest } from './types.js';

/** FRA_* of linux/fib_rules.h. */
export const RULE = {
  to: 1,
  from: 2,
  iif: 3,
  priority: 6,
  fwmark: 10,
  table: 15,
  fwmask: 16,
  oif: 17,
  protocol: 21,
} as const;

const TO_TABLE = 1; // FR_ACT_TO_TBL
const WHOLE_MARK = 0xffff_ffff;

type WrittenRule = RuleAttrs & { readonly protocol?: number };

export function encodeRule({ verb, ...op }: NetlinkOp): NetlinkRequest {
  const attrs = op.attrs as WrittenRule;
  const { priority, fwmark, iif, oif, table, protocol } = attrs;
  const [from, to] = [attrs.from, attrs.to].map((it) => (it === undefined ? undefined : prefixOf(it)));
  const removal = verb === 'del';
  // struct fib_rule_hdr
  const body = new AttributeWriter()
    .field8(AF[attrs.family], to?.length ?? 0, from?.length ?? 0, 0)
    .field8(table > 255 ? 0 : table, 0, 0, removal ? 0 : TO_TABLE)
    .field32(0);
  body.u32(RULE.priority, priority);
  if (from) body.bytes(RULE.from, from.bytes);
  if (to) body.bytes(RULE.to, to.bytes);
  if (fwmark !== undefined) body.u32(RULE.fwmark, fwmark);
  if (iif !== undefined) body.name(RULE.iif, iif);
  if (oif !== undefined) body.name(RULE.oif, oif);
  if (table > 255) body.u32(RULE.table, table);
  if (!removal && protocol !== undefined) body.u8(RULE.protocol, protocol);
  return removal
    ? { type: MESSAGE.delRule, flags: 0, ...body.finish() }
    : { type: MESSAGE.newRule, flags: creation(verb), ...body.finish() };
}

interface RuleRow {
  priority: number;
  src: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  fwmark?: string;
  fwmask?: string;
  iif?: string;
  oif?: string;
  table?: string;
  protocol?: string;
}

/** Of one family, or of both. */
export function decodeRules(messages: readonly NetlinkMessage[], wanted?: 4 | 6): readonly object[] {
  return messages.flatMap(({ type, body }) => {
    const it = type === MESSAGE.newRule ? new AttributeReader(body, STRUCT.rule) : undefined;
    const family = it && familyOf(it.field8(0));
    return family && family === (wanted ?? family) ? [readRule(it, family)] : [];
  });
}

interface RawRule {
  readonly row: RuleRow;
  readonly family: 4 | 6;
  table: number;
  mark: number | undefined;
  mask: number | undefined;
}

function readRule(it: AttributeReader, family: 4 | 6): RuleRow {
  const row: RuleRow = { priority: 0, src: it.field8(2) === 0 ? 'all' : '0' };
  if (it.field8(1) > 0) row.dst = '0';
  const raw: RawRule = { row, family, table: it.field8(4), mark: undefined, mask: undefined };
  const widest = family === 4 ? 32 : 128;
  if (it.field8(2) % widest !== 0) row.srclen = it.field8(2);
  if (it.field8(1) % widest !== 0) row.dstlen = it.field8(1);
  while (it.next()) readAttribute(it, raw);
  if (raw.table !== 0) row.table = String(raw.table);
  markOf(raw);
  return row;
}

function markOf({ row, mark, mask }: RawRule): void {
  if (mark === undefined && mask === undefined) return;
  row.fwmark = `0x${(mark ?? 0).toString(16)}`;
  if (mask !== undefined && mask !== WHOLE_MARK) row.fwmask = `0x${mask.toString(16)}`;
}

function readAttribute(it: AttributeReader, raw: RawRule): void {
  const { row, family } = raw;
  switch (it.type) {
    case RULE.priority:
      row.priority = it.u32();
      break;
    case RULE.from:
      row.src = it.ip(family);
      break;
    case RULE.to:
      row.dst = it.ip(family);
      break;
    case RULE.iif:
      row.iif = it.text();
      break;
    case RULE.oif:
      row.oif = it.text();
      break;
    case RULE.fwmark:
      raw.mark = it.u32();
      break;
    case RULE.fwmask:
      raw.mask = it.u32();
      break;
    case RULE.table:
      raw.table = it.u32();
      break;
    case RULE.protocol:
      row.protocol = String(it.u8());
      break;
  }
}
