import { BRIDGE_CALLS, FILTER_QUERIES, filterTableOf } from '@pipewright/kernel';
import type { HostFacts } from '@pipewright/plugin';
import { type Answers, questionOf } from './answers.js';

type BridgeFilter = Pick<HostFacts, 'bridgeFilter' | 'bridgeFilter6' | 'bridgeCalls'>;

/** What iptables does to frames between two ports of a bridge, of what was asked for the rules in it: nobody is asked twice. */
export function bridgeFilterOf(answers: Answers, read: (path: string) => string): BridgeFilter {
  const [four, six] = [ofFamily(4, answers, read), ofFamily(6, answers, read)];
  const calls = ([4, 6] as const).filter((family) => isCalled(family, read));
  return {
    ...(four ? { bridgeFilter: four } : {}),
    ...(six ? { bridgeFilter6: six } : {}),
    ...(calls.length > 0 ? { bridgeCalls: calls } : {}),
  };
}

const isCalled = (family: 4 | 6, read: (path: string) => string): boolean => read(BRIDGE_CALLS[family]).trim() === '1';

function ofFamily(family: 4 | 6, answers: Answers, read: (path: string) => string): HostFacts['bridgeFilter'] {
  const table = filterTableOf(answers.get(questionOf(FILTER_QUERIES[family])));
  if (!table || !isCalled(family, read)) return undefined;
  const policy = table.chains.get('FORWARD') === 'DROP' ? 'drop' : 'accept';
  return { policy, chains: [...table.chains.keys()] };
}

/** The files that tell whether such frames reach iptables at all. */
export const BRIDGE_CALL_FILES: readonly string[] = Object.values(BRIDGE_CALLS);
