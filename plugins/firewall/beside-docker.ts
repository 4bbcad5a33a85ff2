import { type CompileContext, DOCKER_USER, iptablesRule, keyOf, ref, type Resource } from '@pipewright/plugin';
import { familiesOf } from './forwarding.js';
import type { HostedNetwork } from './networks.js';

/** Of what somebody outside began, only what was asked for: answers, and what goes to published ports. */
const ASKED_FOR = ['RELATED', 'ESTABLISHED', 'DNAT'];

/** Beside dockerd the chain FORWARD drops what no rule accepts. No table of ours can accept what another one drops. */
export function besideDocker(
  networks: readonly HostedNetwork[],
  { facts, topology }: CompileContext,
): readonly Resource[] {
  const chains = { 4: facts.bridgeFilter?.chains, 6: facts.bridgeFilter6?.chains } as const;
  return networks.flatMap((network) => {
    const { segment, name, device } = network;
    const dev = ref(keyOf('device', segment, device.name));
    return familiesOf(network)
      .filter((family) => chains[family]?.includes(DOCKER_USER))
      .flatMap((family) => {
        const rule = { family, table: 'filter', chain: DOCKER_USER, jump: 'ACCEPT', topology } as const;
        const id = `${name}:v${String(family)}`;
        return [
          iptablesRule(segment, { ...rule, in: dev }, { id: `${id}:out` }),
          iptablesRule(segment, { ...rule, out: dev, states: ASKED_FOR }, { id: `${id}:in` }),
        ];
      });
  });
}
