import {
  type BridgeVlanAttrs,
  exec,
  type ExecOp,
  type Found,
  type Resource,
  resourceType,
  vlanIdsIn,
  vlanRanges,
  z,
} from '@pipewright/plugin';
import { nameOf } from './iproute2.js';
import { rowsOf } from './rows.js';

interface BridgePort {
  readonly ifname: string;
  readonly vlans: readonly { readonly vlan: number; readonly vlanEnd?: number; readonly flags?: readonly string[] }[];
}

type Wanted = Resource<BridgeVlanAttrs>;

const READ = 'bridge -j vlan show 2> /dev/null || echo "[]"';

type Vlans = Pick<BridgeVlanAttrs, 'untagged' | 'tagged'>;

/** What a port of a bridge begins with: linux/if_bridge.h, vlan_default_pvid. */
const BY_ITSELF: Vlans = { untagged: 1, tagged: [] };

const isByItself = ({ untagged, tagged }: Vlans): boolean => untagged === BY_ITSELF.untagged && tagged.length === 0;

type Vlan = BridgePort['vlans'][number];

const idsOf = ({ vlan, vlanEnd = vlan }: Vlan): readonly number[] => vlanIdsIn(`${String(vlan)}-${String(vlanEnd)}`);

/** What has only one flag of the two is something that nobody asks for. */
function attrsIn({ vlans = [] }: Partial<BridgePort>): Vlans {
  const having = (wanted: number): readonly Vlan[] => vlans.filter(({ flags = [] }) => flags.length === wanted);
  return {
    untagged: having(2)[0]?.vlan ?? null,
    tagged: [
      ...vlanRanges(having(0).flatMap(idsOf)),
      ...having(1).map(({ vlan, flags = [] }) => [vlan, ...flags].join(' ')),
    ],
  };
}

function parse(stdout: string, wanted: readonly Wanted[]): readonly Found<BridgeVlanAttrs>[] {
  const ports = new Map(rowsOf<BridgePort>(JSON.parse(stdout.trim() || '[]')).map((it) => [it.ifname, it]));
  return wanted.flatMap(({ attrs, within = [] }) => {
    const port = ports.get(nameOf(attrs.dev));
    if (!port) return [];
    const vlans = attrsIn(port);
    // What it has by itself is nothing that anybody has made, and nothing to take away.
    return isByItself(vlans) && !isByItself(attrs) ? [] : [{ attrs: { ...attrs, ...vlans }, within }];
  });
}

const allIn = ({ untagged, tagged }: Vlans): readonly number[] => [
  ...(untagged === null ? [] : [untagged]),
  ...tagged.flatMap((it) => vlanIdsIn(it.split(' ')[0] ?? '')),
];

/** Of one that is new, nobody knows what it has begun with. */
const goneFrom = (before: Vlans | undefined, after: Vlans): readonly string[] => {
  const stay = new Set(allIn(after));
  return before ? vlanRanges(allIn(before).filter((it) => !stay.has(it))) : ['1-4094'];
};

/** One that had only one of the flags has them both, or none, when it is there again. */
const additions = ({ untagged, tagged }: Vlans): readonly string[] => [
  ...(untagged === null ? [] : [`${String(untagged)} pvid untagged`]),
  ...tagged.map((it) => it.replace('PVID', 'pvid').replace('Egress Untagged', 'untagged')),
];

function batch({ on, attrs: { dev, self } }: Wanted, before: Vlans | undefined, after: Vlans): ExecOp {
  const whose = self === true ? ' self' : '';
  const line = (verb: string, vlan: string): string => `vlan ${verb} dev ${nameOf(dev)} vid ${vlan}${whose}\n`;
  const lines = [
    ...goneFrom(before, after).map((it) => line('del', it)),
    ...additions(after).map((it) => line('add', it)),
  ];
  return { ...exec(on, 'bridge', '-batch', '-'), stdin: lines.join('') };
}

/**
 * The VLANs that a port of a bridge is in, or a bridge itself. The kernel forgets them with the port; there is no mark: ours
 * are those that we declared.
 */
export const bridgeVlan = resourceType<BridgeVlanAttrs>({
  type: 'bridge-vlan',
  get attrs() {
    return z.object({
      dev: z.object({ ref: z.string() }),
      self: z.literal(true).optional(),
      untagged: z.int().nullable(),
      tagged: z.array(z.string()).readonly(),
    });
  },
  classes: { dev: 'fixed' },
  name: ({ dev }) => nameOf(dev),
  queries: [],
  parse: () => [],
  point: (wanted) => ({ argv: ['sh', '-c', READ], parse: (stdout) => parse(stdout, wanted) }),
  write: ({ before, after }) => {
    const it = after ?? before;
    return it ? [batch(it, before?.attrs, after?.attrs ?? BY_ITSELF)] : [];
  },
});
