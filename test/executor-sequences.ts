import {
  addressOp,
  CASE_HOST,
  devRef,
  type ExecutorStep,
  macOf,
  namespaceOp,
  placeOf,
  routeOp,
} from '@pipewright/testkit';
import { type Attrs, netlink, type Op, type Placement } from '@pipewright/plugin';
import fc from 'fast-check';

// Sequences of ops, valid and not, in a small world, so that they meet.

const [host, a, b] = [CASE_HOST, placeOf('a'), placeOf('b')];

const on = fc.constantFrom(host, a, a, b);
const nameIn = (place: Placement) =>
  fc.constantFrom(...(place.node === undefined ? ['h0', 'h1', 'br0'] : ['x0', 'x1']));
const device = on.chain((place) => nameIn(place).map((name) => ({ on: place, name })));
const mac = fc.integer({ min: 1, max: 60 }).map(macOf);
const mtu = fc.constantFrom(1400, 1500, 9000);
const maybe = <T>(key: string, of: fc.Arbitrary<T>) =>
  fc.option(of).map((it): Attrs => (it === null ? {} : { [key]: it }));
const together = (...parts: fc.Arbitrary<Attrs>[]) =>
  fc.tuple(...parts).map((all): Attrs => Object.assign({}, ...all) as Attrs);

const namespaces = fc
  .tuple(fc.constantFrom('add', 'add', 'del'), fc.constantFrom('a', 'b'))
  .map(([verb, node]): Op => namespaceOp(verb, node));

const born = together(
  mac.map((it) => ({ mac: it })),
  maybe('mtu', mtu),
  maybe('group', fc.constantFrom(5, 6)),
);

const cables = fc.tuple(device, device, born, born, fc.boolean()).map(
  ([near, far, ours, theirs, up]): Op =>
    netlink(near.on, 'link', 'add', {
      name: near.name,
      kind: 'veth',
      ...ours,
      up,
      peer: { on: far.on, attrs: { name: far.name, kind: 'veth', ...theirs } },
    }),
);

const bridges = fc
  .tuple(born, fc.boolean(), maybe('stp', fc.boolean()))
  .map(([more, up, stp]): Op => netlink(host, 'link', 'add', { name: 'br0', kind: 'bridge', ...more, ...stp, up }));

const change = together(
  maybe('up', fc.constantFrom(true, true, false)),
  maybe('mtu', mtu),
  maybe('mac', mac),
  maybe('master', fc.constantFrom(null, devRef(host, 'br0'))),
  maybe('alias', fc.constantFrom('', 'pipewright:t:x', 'pipewright:u:x', 'mine')),
  maybe('promisc', fc.boolean()),
);

const altnames = fc.constantFrom(['a-rather-long-name'], ['h1']).map((its): Attrs => ({ altnames: its }));

const changes = fc
  .tuple(device, fc.oneof({ weight: 6, arbitrary: change }, { weight: 1, arbitrary: altnames }))
  .filter(([, attrs]) => Object.keys(attrs).length > 0)
  .map(([it, attrs]): Op => netlink(it.on, 'link', 'set', { name: it.name, ...attrs }));

const ups = device.map((it): Op => netlink(it.on, 'link', 'set', { name: it.name, up: true }));

const removals = device.map((it): Op => netlink(it.on, 'link', 'del', { name: it.name }));

const CIDRS = ['10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24', '10.1.0.1/16', '10.0.0.2/32', 'fd00::1/64', 'fd00::2/64'];

const addresses = fc
  .tuple(device, fc.constantFrom(...CIDRS), fc.constantFrom('replace', 'replace', 'add', 'del'))
  .map(([it, cidr, verb]): Op => addressOp(verb, it.on, it.name, cidr));

const route4 = together(
  fc.constantFrom('default', '10.9.0.0/16', '10.0.0.0/24', '10.9.9.9/32').map((to) => ({ to })),
  maybe('via', fc.constantFrom('10.0.0.1', '10.0.0.9', '10.1.0.9', '10.5.0.1')),
  maybe('table', fc.constant(100)),
  maybe('metric', fc.constant(50)),
  maybe('onlink', fc.constant(true)),
);

const route6 = together(
  fc.constantFrom('default', 'fd09::/64', 'fd00::9/128').map((to) => ({ to, family: 6 })),
  maybe('via', fc.constantFrom('fd00::1', 'fd00::9', 'fd05::1')),
  maybe('table', fc.constant(100)),
  maybe('metric', fc.constant(50)),
);

const routes = fc.tuple(device, fc.oneof(route4, route4, route6), fc.constantFrom('replace', 'replace', 'del')).map(
  ([it, { to, ...attrs }, verb]): Op =>
    routeOp(verb, it.on, String(to), {
      ...attrs,
      // Without a gateway there is nothing to be onlink.
      ...(attrs['via'] === undefined ? { onlink: undefined } : {}),
      dev: devRef(it.on, it.name),
    }),
);

const [FOUR, SIX] = [{ to: '10.9.0.0/16' }, { to: 'fd09::/64', family: 6 }];

const ways = fc
  .tuple(
    fc.constantFrom(a, b),
    fc.constantFrom(
      { ...FOUR, vias: ['10.0.0.9', '10.1.0.9'] },
      { ...FOUR, vias: ['10.0.0.1', '10.0.0.9'] },
      { ...SIX, vias: ['fd00::9', 'fd00::8'] },
    ),
    fc.constantFrom(['x0', 'x1'], ['x0', 'x0'], ['x1', 'x0']),
    fc.constantFrom(1, 2),
    fc.constantFrom('replace', 'replace', 'del'),
  )
  .map(([place, { to, vias, ...family }, devices, weight, verb]): Op => {
    const nexthops = vias.map((via, index) => ({ via, dev: devRef(place, devices[index] ?? ''), weight }));
    return routeOp(verb, place, to, { ...family, nexthops });
  });

const nowhere = fc
  .tuple(
    fc.constantFrom(a, b),
    fc.constantFrom('blackhole', 'unreachable', 'prohibit'),
    fc.constantFrom('replace', 'replace', 'del'),
  )
  .map(([place, kind, verb]): Op => routeOp(verb, place, '10.9.0.0/16', { kind }));

const rules = fc
  .tuple(
    fc.constantFrom(a, b),
    fc.constantFrom('add', 'add', 'del'),
    fc.constantFrom(4, 6),
    fc.constantFrom(100, 101),
    maybe('fwmark', fc.constantFrom(1, 16)),
    maybe('iif', fc.constant('x0')),
  )
  .map(
    ([place, verb, family, priority, ...more]): Op =>
      netlink(place, 'rule', verb, {
        family,
        priority,
        table: 7,
        protocol: 201,
        ...Object.assign({}, ...more),
      }),
  );

const neighbours = fc
  .tuple(device, fc.constantFrom('10.0.0.7', '10.0.0.8', 'fd00::7'), mac, fc.constantFrom('replace', 'replace', 'del'))
  .map(
    ([it, to, its, verb]): Op =>
      netlink(it.on, 'neighbour', verb, {
        to,
        mac: its,
        dev: devRef(it.on, it.name),
        protocol: 201,
      }),
  );

const sysctls = fc
  .tuple(fc.constantFrom(a, b), fc.constantFrom('0', '1', 'x'))
  .map(([place, value]): Op => ({ op: 'sysctl', on: place, name: 'net.ipv4.ip_forward', value }));

const anyOp = fc.oneof(
  { weight: 1, arbitrary: namespaces },
  { weight: 3, arbitrary: cables },
  { weight: 1, arbitrary: bridges },
  { weight: 3, arbitrary: changes },
  { weight: 2, arbitrary: ups },
  { weight: 1, arbitrary: removals },
  { weight: 5, arbitrary: addresses },
  { weight: 5, arbitrary: routes },
  { weight: 3, arbitrary: ways },
  { weight: 1, arbitrary: nowhere },
  { weight: 1, arbitrary: rules },
  { weight: 2, arbitrary: neighbours },
  { weight: 1, arbitrary: sysctls },
);

const step = fc
  .tuple(anyOp, fc.constantFrom(undefined, undefined, true as const))
  .map(([op, undo]): ExecutorStep => ({ ops: [op], ...(undo ? { undo } : {}) }));

/** A world to begin with: two namespaces, a cable between them and one to a bridge of the host. */
const WORLD: readonly ExecutorStep[] = [
  { ops: [namespaceOp('add', 'a'), namespaceOp('add', 'b')] },
  {
    ops: [
      netlink(host, 'link', 'add', { name: 'br0', kind: 'bridge', mac: macOf(61), up: true }),
      netlink(a, 'link', 'add', {
        name: 'x0',
        kind: 'veth',
        mac: macOf(62),
        up: true,
        peer: { on: b, attrs: { name: 'x0', kind: 'veth', mac: macOf(63) } },
      }),
      netlink(host, 'link', 'add', {
        name: 'h0',
        kind: 'veth',
        mac: macOf(64),
        up: true,
        master: devRef(host, 'br0'),
        peer: { on: a, attrs: { name: 'x1', kind: 'veth', mac: macOf(65) } },
      }),
    ],
  },
];

export const sequences = fc
  .tuple(fc.constantFrom(WORLD, WORLD, []), fc.array(step, { minLength: 4, maxLength: 16, size: 'max' }))
  .map(([world, steps]): readonly ExecutorStep[] => [...world, ...steps]);
