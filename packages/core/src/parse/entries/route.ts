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

const weight = z.int().min(1).max(256).meta({ description: 'a share among all weights, from 1 to 256' });

const nexthop = z.strictObject({ via: ip, nic: nicName.optional(), weight: weight.optional() });

/** A gateway alone stands for itself. */
const hopOf = (it: string | z.output<typeof nexthop>): z.output<typeof nexthop> =>
  typeof it === 'string' ? { via: it } : it;

/** A route of a node leaves by the nic that reaches its gateway, by those that reach its gateways, or refuses. */
export const nodeRoute = nicRoute
  .extend({
    kind: z.enum(['unicast', 'blackhole', 'unreachable', 'prohibit']).optional(),
    nexthops: z
      .array(z.union([ip, nexthop]))
      .min(2, 'two gateways or more: one alone is `via`')
      .optional()
      .meta({ description: 'gateways, of which each flow takes one (ECMP); in place of `via`' }),
  })
  .superRefine(({ kind = 'unicast', via, nexthops = [] }, context) => {
    const refuse = (path: readonly PropertyKey[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message });
    };
    if (kind !== 'unicast')
      for (const [key, value] of Object.entries({ via, nexthops: nexthops[0] }))
        if (value !== undefined) refuse([key], `nothing: a ${kind} route leads nowhere`);
    if (via !== undefined && nexthops.length > 0) refuse(['via'], 'nothing beside `nexthops`');
    const ways = nexthops.map((it) => `${hopOf(it).via} ${hopOf(it).nic ?? ''}`);
    for (const [index, way] of ways.entries())
      if (ways.indexOf(way) < index)
        refuse(['nexthops', index], 'another gateway: one of them gets a larger share by its `weight`');
  });

export const routeKeys = (): readonly string[] => Object.keys(nodeRoute.shape);

export const routeEntry = (route: z.output<typeof nodeRoute>, path: Path): RouteEntry => ({
  to: route.to,
  via: route.via,
  table: route.table,
  metric: route.metric === 0 ? undefined : route.metric, // to the kernel it is none: IPv6 has 1024 then
  src: route.src,
  kind: route.kind ?? 'unicast',
  nexthops: (route.nexthops ?? []).map(hopOf).map((it, index) => ({
    via: it.via,
    nic: it.nic,
    weight: it.weight ?? 1,
    path: [...path, 'nexthops', index],
  })),
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
