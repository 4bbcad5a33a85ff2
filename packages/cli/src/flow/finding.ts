import type { Flow } from './flow.js';
import type { Answer, Probed } from './probe.js';
import { dropsIn, ownerOf, wayOf, wordsOf } from './trace.js';

/** What is known of a flow after a probe of it. */
export interface Finding extends Flow {
  /** `unknown`: nothing came back, and no rule that was seen dropped it. */
  readonly result: 'passes' | 'dropped' | 'unknown';
  readonly answer: Answer;
  /** Rules that dropped its packets or the answers to them. */
  readonly drops: readonly { readonly rule: string; readonly owner: string }[];
  readonly detail: string;
}

/** `untraced`: tables of iptables-legacy, which do not show. */
export function findingOf(flow: Flow, { answer, steps }: Probed, untraced: readonly string[]): Finding {
  const drops = dropsIn(steps).map((it) => ({ rule: wordsOf(it), owner: ownerOf(it) }));
  const came = answer === 'answered' || answer === 'refused';
  // What refuses may be a rule that says so.
  const result = drops.length > 0 ? 'dropped' : came ? 'passes' : 'unknown';
  return { ...flow, result, answer, drops, detail: detailOf(result, answer, steps, untraced) };
}

function detailOf(
  result: Finding['result'],
  answer: Answer,
  steps: Probed['steps'],
  untraced: readonly string[],
): string {
  if (result === 'passes') return answer === 'answered' ? 'it is answered' : 'it arrives, and nobody listens there';
  if (result === 'dropped') return answer === 'silent' ? 'nothing comes back' : `it is ${answer}`;
  const way = wayOf(steps);
  const seen = way.out === undefined ? `it came in by ${way.in ?? 'the host itself'}` : `it left by ${way.out}`;
  const tables = untraced.length > 0 ? `; iptables-legacy has rules that cannot be seen (${untraced.join(', ')})` : '';
  if (answer === 'unreachable') return `its own node, or a router, says that it is not reached${tables}`;
  if (steps.length === 0)
    return `no packet of it came by this host, as where neighbours do not find each other${tables}`;
  return `no rule that was seen drops it; ${seen}: what is behind, such as the node's own rules, is not seen from here${tables}`;
}
