import {
  type AddressAttrs,
  type Attrs,
  deviceNameIn,
  familyOf,
  type Found,
  keyOf,
  netlink,
  networkOf,
  type Observed,
  type Op,
  parseCidr,
  type ReadContext,
  type Ref,
  type Resource,
  resourceType,
  z,
} from '@pipewright/plugin';
import { connectedRoute, isSecondary, localRoute, relateConnected } from './connected.js';
import { ip, rowsOf } from './rows.js';
import { setsDown } from './set-down.js';

interface IpAddress {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly secondary?: boolean;
  readonly dynamic?: boolean;
  readonly nodad?: boolean;
}

interface IpAddressLink {
  readonly ifname: string;
  readonly addr_info: readonly Partial<IpAddress>[];
}

const parse = ([answer]: readonly unknown[], { on }: ReadContext): readonly Found<AddressAttrs>[] =>
  rowsOf<IpAddressLink>(answer).flatMap(({ ifname, addr_info: addresses = [] }) =>
    ifname === undefined ? [] : ofDevice(ifname, addresses, keyOf('device', on, ifname), on),
  );

function ofDevice(
  name: string,
  rows: readonly Partial<IpAddress>[],
  device: string,
  on: ReadContext['on'],
): readonly Found<AddressAttrs>[] {
  const dev: Ref = { ref: device };
  const primaries = new Map<string, Ref>();
  return rows.flatMap((row) => {
    const { local = '', prefixlen } = row;
    const cidr = isKernels(row) ? undefined : parseCidr(`${local}/${String(prefixlen)}`);
    if (!cidr) return [];
    const address = `${cidr.address}/${cidr.prefix}`;
    const subnet = networkOf(cidr);
    const primary = row.secondary === true ? primaries.get(subnet) : undefined;
    if (row.secondary !== true) primaries.set(subnet, { ref: keyOf('address', on, `${name} ${address}`) });
    // A secondary IPv4 address goes with the primary of its subnet (net.ipv4.conf.*.promote_secondaries is off).
    const facts = row.dynamic === true && cidr.family === 6 ? { facts: { lasts: 'for a while' } } : {};
    return [{ attrs: { address, dev }, within: primary ? [dev, primary] : [dev], ...facts }];
  });
}

/** What the kernel gives every device by itself. Of its own link-local addresses it makes sure that no other has them. */
const isKernels = ({ local = '', nodad }: Partial<IpAddress>): boolean =>
  (local.startsWith('fe80:') && nodad !== true) || local === '127.0.0.1' || local === '::1';

const isIpv6 = ({ attrs }: Resource<AddressAttrs>): boolean => familyOf(attrs.address) === 6;

/** IPv6 is usable at once: no other can have an address that was allotted, so no second is spent on asking. */
const written = ({ address, dev }: AddressAttrs): Attrs => ({
  address,
  dev,
  ...(familyOf(address) === 6 ? { nodad: true } : {}),
});

/** An address. The kernel marks none with iproute2 before 6.2, so that the ledger and its device say whose it is. */
export const address = resourceType<AddressAttrs>({
  type: 'address',
  get attrs() {
    return z.object({ address: z.string(), dev: z.object({ ref: z.string() }) });
  },
  classes: { address: 'fixed', dev: 'fixed' },
  name: ({ address: cidr, dev }) => `${deviceNameIn(dev)} ${cidr}`,
  queries: [ip({ object: 'address' }, 'addr', 'show')],
  parse,
  // IPv6's go, unless the host keeps them (net.ipv6.conf.*.keep_addr_on_down).
  lostBy: (found, change) => isIpv6(found) && setsDown(change),
  relate: relateConnected,
  // A secondary whose primary goes stands by itself then. A router gives an IPv6 address for a time, and gives it again.
  giveBack: (lost) => (lost.facts?.['lasts'] === undefined ? { ...lost, within: [lost.attrs.dev] } : undefined),
  // `replace`, as a secondary may outlive its primary after all.
  write: ({ before, after, on }) => {
    if (before && after?.attrs.address === before.attrs.address) {
      const route = connectedRoute(after.attrs);
      if (route && before.lacks !== undefined) return isIpv6(before) ? anew(before) : routesOf(before);
      if (route && lacks(after)) return isSecondary(after) ? [] : [netlink(on, 'route', 'del', route)];
    }
    return [
      ...(before && before.attrs.address !== after?.attrs.address
        ? [netlink(on, 'address', 'del', { address: before.attrs.address, dev: before.attrs.dev })]
        : []),
      ...(after ? [netlink(on, 'address', 'replace', written(after.attrs))] : []),
    ];
  },
});

/** What flushed the one may have flushed the other, too (`ip route flush table all`); where it is there nothing changes. */
const routesOf = (it: Resource<AddressAttrs>): readonly Op[] =>
  [localRoute(it), isSecondary(it) ? undefined : connectedRoute(it.attrs)].flatMap((route) =>
    route === undefined ? [] : [netlink(it.on, 'route', 'replace', route)],
  );

/** With it the kernel makes all its routes, that to all multicast groups too, by which neighbours are asked for. */
const anew = ({ on, attrs }: Resource<AddressAttrs>): readonly Op[] => [
  netlink(on, 'address', 'del', { address: attrs.address, dev: attrs.dev }),
  netlink(on, 'address', 'replace', written(attrs)),
];

/** What an undoing makes again is as it was found. */
const lacks = (it: Resource<AddressAttrs> & Pick<Observed, 'lacks'>): boolean => it.lacks !== undefined;
