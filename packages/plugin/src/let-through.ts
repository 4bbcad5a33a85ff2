import { iptablesRule, type DeviceAttrs } from './constructors.js';
import type { Compiled } from './drivers.js';
import { type Fault, warning } from './errors.js';
import type { CompileContext, HostFacts, NetworkSpec } from './model.js';
import { ref, type Resource } from './resource.js';

/** Docker's chain for what others want: it comes before Docker's own, and Docker leaves it as it is. */
export const DOCKER_USER = 'DOCKER-USER';

const PROGRAM = { 4: 'iptables', 6: 'ip6tables' } as const;

/** A device whose ports send each other frames, and what is said where those are dropped and no rule of ours can help. */
export interface Switching {
  readonly box: Resource<DeviceAttrs>;
  readonly dropped: (program: 'iptables' | 'ip6tables') => Fault;
}

/**
 * Lets frames between the ports of a device pass. Beside dockerd the chain FORWARD drops what no rule accepts, such frames
 * among it. With Docker's chain there the device has its rule whatever the policy is: Docker may set it any time.
 */
export const letThrough = (
  network: NetworkSpec,
  switching: Switching,
  { facts, topology }: CompileContext,
): Compiled => [
  ...ofFamily(4, facts.bridgeFilter, network, switching, topology),
  ...ofFamily(6, facts.bridgeFilter6, network, switching, topology),
];

function ofFamily(
  family: 4 | 6,
  filter: HostFacts['bridgeFilter'],
  { name, path, segment }: NetworkSpec,
  { box, dropped }: Switching,
  topology: string,
): Compiled {
  if (!filter?.chains.includes(DOCKER_USER))
    return filter?.policy === 'drop' ? [warning(dropped(PROGRAM[family]), path)] : [];
  const dev = ref(box);
  const rule = { family, table: 'filter', chain: DOCKER_USER, in: dev, out: dev, jump: 'ACCEPT' } as const;
  const id = family === 4 ? name : `${name}:v6`;
  return [
    box.shared
      ? iptablesRule(segment, rule, { id, shared: true })
      : iptablesRule(segment, { ...rule, topology }, { id }),
  ];
}
