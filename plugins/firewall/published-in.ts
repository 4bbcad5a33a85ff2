import {
  type Listener,
  type NftExpression,
  type NftRule,
  type NftTableAttrs,
  nftTableName,
  type Resource,
} from '@pipewright/plugin';

/** Ports of the host that a table of another topology leads to its nodes. */
export function publishedIn({ type, attrs }: Resource): readonly Listener[] {
  if (type !== 'nft-table') return [];
  const { family, name, chains } = attrs as NftTableAttrs;
  const topology = name.slice(nftTableName('').length);
  if (family !== 'inet') return [];
  // Programs of the host go by this one, whatever the address.
  const output = chains.find((it) => it.hook === 'output')?.rules ?? [];
  return output.flatMap((it) => listenersOf(it).map((listener) => ({ ...listener, topology })));
}

interface Match {
  readonly left: { readonly payload?: { readonly protocol: string; readonly field: string } };
  readonly right: unknown;
}

/** As `leadingIn` of the forwarding makes them. */
function listenersOf({ expr }: NftRule): readonly Listener[] {
  const dnat = valueOf(expr, 'dnat') as { readonly family: string } | undefined;
  const matches = expr.flatMap((it) => ('match' in it ? [it['match'] as Match] : []));
  const port = matches.find(({ left }) => left.payload?.field === 'dport');
  const protocol = port?.left.payload?.protocol;
  if (!dnat || !port || (protocol !== 'tcp' && protocol !== 'udp')) return [];
  const address = matches.find(({ left, right }) => left.payload?.field === 'daddr' && right !== '::1')?.right;
  const family = dnat.family === 'ip' ? 4 : 6;
  const ip = typeof address === 'string' ? address : null;
  return portsOf(port.right).map((it): Listener => ({ protocol, port: it, ip, family }));
}

const valueOf = (expr: readonly NftExpression[], key: string): unknown => expr.find((it) => key in it)?.[key];

/** One, or all of a run. */
function portsOf(right: unknown): readonly number[] {
  if (typeof right === 'number') return [right];
  const { range } = (right ?? {}) as { readonly range?: readonly [number, number] };
  if (!range) return [];
  const [first, last] = range;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
