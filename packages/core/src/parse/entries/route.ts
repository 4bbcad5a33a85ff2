import { familyOf, formatCidr, ip, ipAddress, nicName, parseIp, type Path, subnet, z } from '@pipewright/plugin';
import type { RouteEntry, RuleEntry } from '../../topology.js';

const LARGEST_U32 = 4_294_967_295;

const u32 = (least: number, what: string): z.ZodInt =>
  z
    .int({ error: () => what })
    .min(least, what)
    .max(LARGEST_U32, what)
    .meta({ description: what });

const table = u32(1, 'the number of a routing table, from 1 to 4294967295');
const metric = u32(0, 'a metric, from 0 to 4294967295');

/** As `ip route` takes it: an address alone is all there is of its subnet. */
const destination = z
  .string()
  .overwrite((text) => {
    const alone = parseIp(text);
    return alone ? formatCidr(alone) : (subnet.safeParse(text).data ?? text);
  })
  .refine((text) => text === 'default' || subnet.safeParse(text).success, {
    error: () => 'a subnet with nothing in its host part (10.0.0.0/24, fd00::/64), an address, or `default`',
  })
  .meta({ description: 'a subnet, an address, or `default`' });

const OWN_TABLE = 'another table than 255 (local), where the kernel itself writes what is its own';

/** A route of a nic leaves by that nic. */
export const nicRoute = z.strictObject({
  to: destination,
  via: ip.optional(),
  table: table.refine((number) => number !== 255, { error: () => OWN_TABLE }).optional(),
  metric: metric.optional(),
  src: ip.optional(),
});

/** A route of a node leaves by the nic that reaches its gateway, or refuses. */
export const nodeRoute = nicRoute
  .extend({ kind: z.enum(['unicast', 'blackhole', 'unreachable', 'prohibit']).optional() })
  .superRefine(({ kind = 'unicast', via }, context) => {
    if (kind !== 'unicast' && via !== undefined)
      context.addIssue({ code: 'custom', path: ['via'], message: `nothing: a ${kind} route leads nowhere` });
  });

export const routeEntry = (route: z.output<typeof nodeRoute>, path: Path): RouteEntry => ({
  to: route.to,
  via: route.via,
  table: route.table,
  metric: route.metric === 0 ? undefined : route.metric, // to the kernel it is none: IPv6 has 1024 then
  src: route.src,
  kind: route.kind ?? 'unicast',
  path,
});

const nicOrLoopback = z.union([nicName, z.literal('lo')]);

export const rule = z
  .strictObject({
    priority: u32(0, 'a priority, from 0 to 4294967295').optional(),
    from: ipAddress.optional(),
    to: ipAddress.optional(),
    fwmark: u32(1, 'a firewall mark, from 1 to 4294967295').optional(), // 0 is the kernel's word for any
    iif: nicOrLoopback.optional(),
    oif: nicOrLoopback.optional(),
    table,
    family: z.literal([4, 6]).optional(),
  })
  .superRefine(({ from, to, family }, context) => {
    const first = family ?? (from === undefined ? undefined : familyOf(from));
    for (const [key, text] of Object.entries({ from, to }))
      if (text !== undefined && first !== undefined && familyOf(text) !== first)
        context.addIssue({ code: 'custom', path: [key], message: `of IPv${String(first)}, as the rest of the rule` });
  });

export const ruleEntry = (it: z.output<typeof rule>, path: Path): RuleEntry => ({
  priority: it.priority,
  from: it.from,
  to: it.to,
  fwmark: it.fwmark,
  iif: it.iif,
  oif: it.oif,
  table: it.table,
  family: it.family,
  path,
});
