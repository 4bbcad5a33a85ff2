import {
  familyOf,
  inSysctl,
  type Diagnostic,
  formatCidr,
  keyOf,
  type ModelNode,
  parseCidr,
  parseIp,
  type Path,
  problem,
  type Resource,
  route,
  rule,
  sysctl,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { routeFamily } from '../resolve/routes.js';
import type { NodeEntry, RuleEntry } from '../topology.js';

/** Rules without a priority come in the order of the file, before the kernel's own (main: 32766). */
const FIRST_RULE_PRIORITY = 1000;

/** What a node gets besides its nics and its loopback: rules, sysctls, and routes that leave by no device. */
export function nodeResources(entry: NodeEntry, node: ModelNode): readonly Resource[] {
  return [
    ...Object.entries(entry.sysctls).map(([name, value]) =>
      sysctl(node.on, name, value, { needs: devicesOf(name, node) }),
    ),
    ...entry.routes
      .filter((it) => it.kind !== 'unicast')
      .map(({ to, kind, table, metric }) =>
        route(node.on, undefined, {
          family: routeFamily({ to }),
          to,
          kind,
          ...(table === undefined ? {} : { table }),
          ...(metric === undefined ? {} : { metric }),
        }),
      ),
    ...entry.rules.map((it, index) => nodeRule(it, index, node)),
  ];
}

/** `net.ipv4.conf.eth0.rp_filter` is there only once eth0 is. */
function devicesOf(name: string, node: ModelNode): readonly { ref: string }[] {
  const nic = node.nics.find((it) => name.split('.').includes(inSysctl(it.device)));
  return nic ? [{ ref: keyOf('device', nic.on, nic.device) }] : [];
}

function nodeRule(it: RuleEntry, index: number, node: ModelNode): Resource {
  const { path: _, priority, family, table, from, to, ...others } = it;
  const selectors = { from: prefixOf(from), to: prefixOf(to), ...others };
  const given = Object.fromEntries(Object.entries(selectors).filter(([, value]) => value !== undefined));
  return rule(node.on, {
    family: family ?? familyOf(from ?? to ?? ''),
    priority: priority ?? FIRST_RULE_PRIORITY + index,
    table,
    ...given,
  });
}

/** As the kernel keeps it: an address is the whole of its prefix, and what matches every address is not there. */
function prefixOf(text: string | undefined): string | undefined {
  const parsed = text === undefined ? undefined : (parseIp(text) ?? parseCidr(text));
  return parsed === undefined || parsed.prefix === 0 ? undefined : formatCidr(parsed);
}

/** A driver promised a device for every nic; a missing one is its author's mistake. */
export const missingDevice = (contract: string, kind: string, nic: string, path: Path): Diagnostic =>
  problem(errors.driverThrew(contract, kind, nic, 'it made no device for this nic'), path);
