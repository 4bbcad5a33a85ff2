import {
  type CompileContext,
  type Compiled,
  type DeviceAttrs,
  type HostFacts,
  iptablesRule,
  type NetworkSpec,
  ref,
  type Resource,
  warning,
} from '@pipewright/plugin';
import { errors } from './errors.js';

/** Docker's chain for what others want: it comes before Docker's own, and Docker leaves it as it is. */
const OF_OTHERS = 'DOCKER-USER';

const PROGRAM = { 4: 'iptables', 6: 'ip6tables' } as const;

/**
 * Beside dockerd the chain FORWARD drops what no rule accepts, frames between two ports of a bridge among it. With that
 * chain there the bridge has its rule whatever the policy is: Docker may set it any time.
 */
export const letThrough = (
  network: NetworkSpec,
  box: Resource<DeviceAttrs>,
  { facts, topology }: CompileContext,
): Compiled => [
  ...ofFamily(4, facts.bridgeFilter, network, box, topology),
  ...ofFamily(6, facts.bridgeFilter6, network, box, topology),
];

function ofFamily(
  family: 4 | 6,
  filter: HostFacts['bridgeFilter'],
  { name, path, segment }: NetworkSpec,
  box: Resource<DeviceAttrs>,
  topology: string,
): Compiled {
  if (!filter?.chains.includes(OF_OTHERS))
    return filter?.policy === 'drop' ? [warning(errors.forwardDrops(name, box.attrs.name, PROGRAM[family]), path)] : [];
  const dev = ref(box);
  const rule = { family, table: 'filter', chain: OF_OTHERS, in: dev, out: dev, jump: 'ACCEPT' } as const;
  const id = family === 4 ? name : `${name}:v6`;
  return [
    box.shared
      ? iptablesRule(segment, rule, { id, shared: true })
      : iptablesRule(segment, { ...rule, topology }, { id }),
  ];
}
