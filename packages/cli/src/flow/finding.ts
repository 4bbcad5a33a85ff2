import type { Flow } from './flow.js';
import type { Answer, Probed } from './probe.js';
import { asksForNeighbour, dropsIn, ownerOf, packetsOf, passesBy, type TraceStep, wayOf, wordsOf } from './trace.js';

/** What is known of a flow after a probe of it. */
export interface Finding extends Flow {
  /** `unknown`: nothing came back, and no rule that was seen dropped it. */
  readonly result: 'passes' | 'dropped' | 'unknown';
  readonly answer: Answer;
  /** Rules that dropped its packets or the answers to them. */
  readonly drops: readonly { readonly rule: string; readonly owner: string }[];
  readonly detail: string;
}

/**
 * `port` is the host's end of the cable to who is asked for, where it has one. `untraced`: tables of iptables-legacy, which
 * do not show.
 */
export function findingOf(flow: Flow, { answer, steps }: Probed, untraced: readonly string[], port?: string): Finding {
  const packets = packetsOf(steps);
  const own = packets.filter((it) => !asksForNeighbour(it)).flat();
  const came = answer === 'answered' || answer === 'refused';
  // A broadcast is dropped on the way to others, too.
  const unheard = packets.filter((it) => asksForNeighbour(it) && port !== undefined && passesBy(it, port)).flat();
  const drops = dropsIn(own.length > 0 || came ? own : unheard).map((it) => ({
    rule: wordsOf(it),
    owner: ownerOf(it),
  }));
  // What refuses may be a rule that says so.
  const result = drops.length > 0 ? 'dropped' : came ? 'passes' : 'unknown';
  return { ...flow, result, answer, drops, detail: detailOf(result, answer, own, untraced) };
}

function detailOf(
  result: Finding['result'],
  answer: Answer,
  steps: readonly TraceStep[],
  untraced: readonly string[],
): string {
  if (result === 'passes') return answer === 'answered' ? 'it is answered' : 'it arrives, and nobody listens there';
  if (result === 'dropped' && steps.length === 0) return 'neighbours do not find each other';
  if (result === 'dropped') return answer === 'silent' ? 'nothing comes back' : `it is ${answer}`;
  const way = wayOf(steps);
  const seen = way.out === undefined ? `it came in by ${way.in ?? 'the host itself'}` : `it left by ${way.out}`;
  const tables = untraced.length > 0 ? `; iptables-legacy has rules that cannot be seen (${untraced.join(', ')})` : '';
  if (answer === 'unreachable') return `its own node, or a router, says that it is not reached${tables}`;
  if (steps.length === 0)
    return `no packet of it came by this host, as where neighbours do not find each other${tables}`;
  return `no rule that was seen drops it; ${seen}: what is behind, such as the node's own rules, is not seen from here${tables}`;
}
