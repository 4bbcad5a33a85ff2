/** The table filter as `iptables-save` prints it. */
export interface FilterTable {
  /** Chain → its policy: `ACCEPT`, `DROP`; `-` for one that somebody made. */
  readonly chains: ReadonlyMap<string, string>;
  /** `-A FORWARD -j DOCKER-USER`, in order. */
  readonly rules: readonly string[];
}

/** Undefined where there is no such table. */
export function filterTableOf(printed: unknown): FilterTable | undefined {
  const [, table] = /^\*filter\n([^]*?)^COMMIT$/m.exec(typeof printed === 'string' ? printed : '') ?? [];
  if (table === undefined) return undefined;
  const lines = table.split('\n');
  return {
    chains: new Map(lines.flatMap(chainIn)),
    rules: lines.filter((line) => line.startsWith('-A ')),
  };
}

/** `:FORWARD DROP [0:0]` */
function chainIn(line: string): readonly (readonly [string, string])[] {
  const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
  return name === undefined || policy === undefined ? [] : [[name, policy]];
}
