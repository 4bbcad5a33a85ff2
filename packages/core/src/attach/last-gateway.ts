import { asArray, familyOf, isYielding, isLinkLocal, parseCidr, parseIp, YIELDING_METRICS } from '@pipewright/plugin';
import type { Tree, TreeMap } from '../parse/source.js';
import { reaches } from '../resolve/reaches.js';
import { type NicTree, nicsIn } from './tree.js';

const textsIn = (tree: Tree | undefined): readonly string[] =>
  asArray<Tree | undefined>(tree).filter((it) => typeof it === 'string' && it !== 'none') as readonly string[];

/**
 * Nics that have a default gateway of a family of which `nic` has one, as they are behind it: their default routes have
 * metrics, the one that was the way out last the least. Those are in force again as soon as the other is gone.
 */
export function behind(node: TreeMap, nic: NicTree, gone: ReadonlySet<string>): readonly NicTree[] {
  const families = new Set(textsIn(nic['gateway']).map(familyOf));
  const others = nicsIn(node).filter((it) => it.name !== nic.name && !gone.has(it.name));
  const metric = Math.min(YIELDING_METRICS.most + 1, ...others.flatMap((it) => routesOf(it).flatMap(metricOf))) - 1;
  return others.flatMap((it) => {
    const gateways = textsIn(it['gateway']);
    const yielding = gateways.filter((via) => families.has(familyOf(via)));
    if (yielding.length === 0) return [];
    const left = gateways.filter((via) => !yielding.includes(via));
    const routes = [...routesOf(it), ...yielding.flatMap((via) => routesBy(via, metric, it))];
    return [{ ...it, gateway: left.length > 0 ? left : 'none', routes }];
  });
}

const routesOf = (nic: NicTree): readonly TreeMap[] => (nic['routes'] ?? []) as readonly TreeMap[];

const metricOf = ({ to, metric }: TreeMap): readonly number[] =>
  to === 'default' && typeof metric === 'number' && isYielding({ metric }) ? [metric] : [];

/** A gateway outside the subnets of the nic is reached by a route of its own. */
function routesBy(via: string, metric: number, nic: NicTree): readonly TreeMap[] {
  const gateway = parseIp(via);
  const addresses = textsIn(nic['address']).filter((it) => parseCidr(it));
  const inside = gateway && (isLinkLocal(gateway) || addresses.some((it) => reaches(it, gateway)));
  return [...(inside ? [] : [{ to: `${via}/${familyOf(via) === 6 ? '128' : '32'}` }]), { to: 'default', via, metric }];
}
