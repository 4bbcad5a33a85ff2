/** What became of one packet in one chain of nftables, as `nft monitor trace` tells it. */
export interface TraceStep {
  /** Of the packet. */
  readonly packet: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** `packet`: it came by; else by what it was judged: a rule in nft's words, or the policy of the chain. */
  readonly by: 'packet' | 'rule' | 'policy';
  /** Of a packet its headers, of a rule its words. */
  readonly text: string;
  /** `accept`, `drop`, `continue`, `jump NAME`; empty of what only came by. */
  readonly verdict: string;
}

const STEP = /^trace id (\w+) (\w+) (\S+) (\S+) (packet: |rule |policy )(.*)$/;
const VERDICT = /^(.*) \(verdict ([^()]+)\)\s*$/;

/** A line that is none of a step tells nothing: newer versions have more of them. */
export const parseTrace = (printed: string): readonly TraceStep[] => printed.split('\n').flatMap((it) => stepOf(it));

function stepOf(line: string): readonly TraceStep[] {
  const [, packet = '', family = '', table = '', chain = '', kind = '', rest = ''] = STEP.exec(line) ?? [];
  if (packet === '') return [];
  const at = { packet, family, table, chain };
  if (kind === 'packet: ') return [{ ...at, by: 'packet', text: rest.trim(), verdict: '' }];
  if (kind === 'policy ') return [{ ...at, by: 'policy', text: '', verdict: rest.trim() }];
  const [, text = rest, verdict = ''] = VERDICT.exec(rest) ?? [];
  return [{ ...at, by: 'rule', text: text.trim(), verdict }];
}

/** The steps of each packet from hook to hook; of one that leaves by several ports, of each copy, all under one id. */
export function packetsOf(steps: readonly TraceStep[]): readonly (readonly TraceStep[])[] {
  const packets: TraceStep[][] = [];
  const latest = new Map<string, TraceStep[]>();
  for (const step of steps) {
    const known = step.by === 'packet' ? undefined : latest.get(step.packet);
    if (known) known.push(step);
    else {
      const packet = [step];
      packets.push(packet);
      latest.set(step.packet, packet);
    }
  }
  return packets;
}

/** By ARP, or by IPv6's neighbour discovery. */
export const asksForNeighbour = ([first]: readonly TraceStep[]): boolean =>
  /\barp operation\b|\bnd-neighbor-/.test(first?.text ?? '');

/** It comes from a device of the host, or leaves by it. */
export const passesBy = ([first]: readonly TraceStep[], device: string): boolean =>
  first?.text.includes(`if "${device}"`) === true;

/** The steps that ended a packet, each rule once. */
export function dropsIn(steps: readonly TraceStep[]): readonly TraceStep[] {
  const drops = steps.filter(({ verdict }) => verdict === 'drop');
  return [...new Map(drops.map((it) => [wordsOf(it), it])).values()];
}

/** `bridge pipewright-t isolated: drop`. */
export const wordsOf = ({ family, table, chain, by, text }: TraceStep): string =>
  `${family} ${table} ${chain}: ${by === 'policy' ? 'policy drop' : text}`;

/** Whose a table is, as far as its name and its chains say. */
export function ownerOf({ table, chain }: TraceStep): string {
  const [, topology] = /^pipewright-(.+)$/.exec(table) ?? [];
  if (topology !== undefined) return `of topology ${topology}`;
  if (table === 'firewalld') return "firewalld's";
  if (/^DOCKER/.test(chain)) return "Docker's";
  if (/^NETAVARK/.test(chain)) return "Podman's";
  if (/^ufw6?-/.test(chain)) return "ufw's";
  if (['filter', 'nat', 'mangle', 'raw', 'security'].includes(table)) return "iptables'";
  return 'of somebody else';
}

/** The device that the first packet came in by, and the last that one left by. */
export function wayOf(steps: readonly TraceStep[]): {
  readonly in: string | undefined;
  readonly out: string | undefined;
} {
  const packets = steps.filter(({ by }) => by === 'packet');
  const deviceOf = (key: string, text = ''): string | undefined => new RegExp(`\\b${key} "([^"]+)"`).exec(text)?.[1];
  const left = packets.flatMap(({ text }) => deviceOf('oif', text) ?? []);
  return { in: deviceOf('iif', packets[0]?.text), out: left.at(-1) };
}
