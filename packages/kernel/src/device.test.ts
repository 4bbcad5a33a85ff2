import {
  cable,
  type Change,
  device as deviceResource,
  deviceKind,
  netlink,
  type Observed,
  type Resource,
  ref,
  z,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { device } from './device.js';
import { groupOf, SHARED_GROUP } from './mark.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const bridge = deviceKind({
  kind: 'bridge',
  attributes: {
    stp: {
      schema: z.boolean(),
      class: 'in-place',
      word: 'stp_state',
      read: (it) => it === 1,
      netlink: { type: 5, layout: 'u32' },
    },
  },
});
const context = { on: web, nodes: [], deviceKind: (kind: string) => (kind === 'bridge' ? bridge : undefined) };

// ip -j -d -N link show, iproute2 6.1, rows of many fields cut to those that are read
const LINKS = JSON.parse(`[
{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"group":"0","link_type":"[772]","address":"00:00:00:00:00:00","ifalias":"pipewright:t:web"},
{"ifindex":2,"link_index":3,"ifname":"eth0","flags":["BROADCAST","MULTICAST","PROMISC","UP","LOWER_UP"],"mtu":1400,"master":"br0","group":"77","address":"02:00:00:00:00:03","link_netnsid":1,"linkinfo":{"info_kind":"veth"},"ifalias":"pipewright:t:web/eth0","altnames":["long-name-that-is-long"]},
{"ifindex":4,"ifname":"br0","flags":["BROADCAST"],"mtu":1500,"group":"0","address":"02:00:00:00:00:01","linkinfo":{"info_kind":"bridge","info_data":{"forward_delay":1500,"stp_state":1}}},
{"ifindex":5,"link":"w1","ifname":"w0","flags":["M-DOWN"],"mtu":1500,"group":"0","address":"02:00:00:00:00:05","linkinfo":{"info_kind":"veth"}},
{"ifindex":6,"link":"w0","ifname":"w1","flags":[],"mtu":1500,"group":"0","address":"02:00:00:00:00:06","linkinfo":{"info_kind":"veth"}},
{"ifindex":7,"link":null,"ifname":"eth1","flags":[],"mtu":1500,"group":"0","address":"02:00:00:00:00:07"},{}]`) as unknown;
const NAMESPACES = [{ name: 't-a' }, { name: 't-b', id: 1 }];

describe('what ip prints', () => {
  const found = new Map(device.parse([LINKS, NAMESPACES], context).map((it) => [it.attrs.name, it]));

  test('an end of a cable, with everything', () =>
    expect(found.get('eth0')).toEqual({
      attrs: {
        name: 'eth0',
        kind: 'veth',
        mac: '02:00:00:00:00:03',
        mtu: 1400,
        up: true,
        promisc: true,
        master: { ref: 'device:local/web/br0' },
        altnames: ['long-name-that-is-long'],
        alias: 'pipewright:t:web/eth0',
        group: 77,
      },
      raw: { ifindex: 2, link: 3, linkNetnsid: 1, linkNetns: 't-b' },
    }));

  test('attributes of its kind, as the table says', () =>
    expect(found.get('br0')?.attrs).toMatchObject({ kind: 'bridge', stp: true, master: null }));

  test('a peer in the same namespace is printed by name', () =>
    expect(found.get('w0')?.raw).toMatchObject({ ifindex: 5, link: 6, linkNetnsid: undefined }));

  test.each([
    ['lo', 'loopback'],
    ['eth1', 'physical'],
  ])('%s is of kind %s', (name, kind) => expect(found.get(name)?.attrs.kind).toBe(kind));
});

describe('the owner', () => {
  const owner = (attrs: object): string | undefined => {
    const it = { ...deviceResource(web, 'x', { kind: 'veth' }), attrs: { name: 'x', kind: 'veth', ...attrs } };
    return device.owner?.(it, [it], 't');
  };
  test.each([
    ['by its alias', { alias: 'pipewright:t:x', group: 0 }, 't'],
    ['of another topology', { alias: 'pipewright:other:x', group: 7 }, 'other'],
    ['by its group, where the alias is not set yet', { group: groupOf('t') }, 't'],
    ['nobody', { alias: 'uplink', group: 0 }, undefined],
    ["nobody: the mark on lo is the namespace's", { kind: 'loopback', alias: 'pipewright:t:web' }, undefined],
  ])('%s', (_, attrs, expected) => expect(owner(attrs)).toBe(expected));
});

const change = (
  action: Change['action'],
  it: Resource,
  fields: readonly string[] = [],
  before?: Observed,
): Change<never> =>
  ({
    action,
    type: it.type,
    key: it.key,
    id: it.id,
    on: it.on,
    fields,
    ...(action === 'delete' ? { before: it } : { after: it }),
    ...(before ? { before } : {}),
  }) as unknown as Change<never>;

describe('write', () => {
  const [port, eth0] = cable(
    'veth',
    { on: host, name: 'p', mac: 'm1', mtu: 1400, master: { ref: 'device:local//br0' } },
    { on: web, name: 'eth0', mac: 'm2', mtu: 1400, altnames: ['long'] },
  ).map((it) => device.mark!(it, 't')) as unknown as readonly [Resource, Resource];

  test('the leading end of a cable makes both: the far one in place, down and with no master yet', () =>
    expect(device.write(change('create', port), { role: 'lead', peer: change('create', eth0) })).toEqual([
      {
        op: 'netlink',
        on: host,
        object: 'link',
        verb: 'add',
        attrs: {
          name: 'p',
          kind: 'veth',
          mac: 'm1',
          mtu: 1400,
          up: true,
          group: groupOf('t'),
          master: { ref: 'device:local//br0' },
          peer: { on: web, attrs: { name: 'eth0', kind: 'veth', mac: 'm2', mtu: 1400, group: groupOf('t') } },
        },
      },
      { op: 'netlink', on: host, object: 'link', verb: 'set', attrs: { name: 'p', alias: 'pipewright:t:p' } },
    ]));

  test('the following end gets what is left, in its own namespace', () =>
    expect(device.write(change('create', eth0), { role: 'follow', peer: change('create', port) })).toEqual([
      {
        op: 'netlink',
        on: web,
        object: 'link',
        verb: 'set',
        attrs: { name: 'eth0', alias: 'pipewright:t:web/eth0', altnames: ['long'], up: true },
      },
    ]));

  test('one gets the kernel parameters of its kind before it has ports', () => {
    const box = deviceResource(host, 'br.0', { kind: 'bridge' });
    const parameters = { 'net.ipv6.conf.IFNAME.accept_ra': '0' };
    const deviceKind = () => ({ kind: 'bridge', attributes: {}, parameters });
    expect(device.write(change('create', box), { role: 'alone', deviceKind })).toMatchObject([
      { verb: 'add', attrs: { name: 'br.0' } },
      { op: 'sysctl', name: 'net.ipv6.conf.br/0.accept_ra', value: '0', optional: true },
    ]);
  });

  test('one whose MTU goes by its ports is told its own once it is there', () => {
    const box = deviceResource(host, 'br0', { kind: 'bridge', mtu: 9000 });
    const deviceKind = () => ({ kind: 'bridge', attributes: {}, mtuOfPorts: true }) as const;
    expect(device.write(change('create', box), { role: 'alone', deviceKind })).toMatchObject([
      { verb: 'add', attrs: { name: 'br0', kind: 'bridge' } },
      { verb: 'set', attrs: { name: 'br0', mtu: 9000 } },
    ]);
  });

  test('one delete takes both ends', () => {
    expect(device.write(change('delete', port), { role: 'lead' })).toMatchObject([
      { verb: 'del', attrs: { name: 'p' } },
    ]);
    expect(device.write(change('delete', eth0), { role: 'follow' })).toEqual([]);
  });

  test('no end of a cable is made by itself', () => {
    const deviceKind = () => ({ kind: 'veth', attributes: {}, cable: true });
    expect(device.write(change('create', port), { role: 'alone', deviceKind })).toEqual([]);
  });

  test('an update carries what differs and nothing else', () => {
    const after = deviceResource(web, 'br0', { kind: 'bridge', mtu: 1300, stp: true, up: true });
    expect(device.write(change('update', after, ['mtu', 'stp']), { role: 'alone' })).toMatchObject([
      { verb: 'set', on: web, attrs: { name: 'br0', kind: 'bridge', mtu: 1300, stp: true } },
    ]);
  });

  test('undoing it takes back what was not there', () =>
    expect(
      device.write(change('update', deviceResource(host, 'p', { kind: 'veth' }), ['alias', 'master']), {
        role: 'alone',
      }),
    ).toMatchObject([{ attrs: { alias: '', master: null } }]));
});

test('a port outlives its bridge, an end of a cable not its peer', () => {
  const br = deviceResource(host, 'br0', { kind: 'bridge' });
  const port = deviceResource(host, 'p', { kind: 'veth', master: ref(br) });
  expect(device.without?.(port, br)?.attrs.master).toBeNull();
  expect(device.without?.(port, deviceResource(web, 'eth0', { kind: 'veth' }))).toBeUndefined();
});

test.each([
  ['altnames', ['a'], ['b', 'a'], true],
  ['altnames', ['a', 'c'], ['b', 'a'], false],
  ['mtu', 1, 2, false],
])('%s wanted %j, found %j: equal %s', (field, wanted, found, equal) =>
  expect(device.equal?.(field, wanted, found)).toBe(equal),
);

describe('a shared device', () => {
  const box = deviceResource(host, 'br9', { kind: 'bridge' }, { id: 'br9', shared: true });

  test("is marked as nobody's", () =>
    expect(device.mark?.(box, 'shop').attrs).toMatchObject({ alias: 'pipewright::bridge', group: SHARED_GROUP }));

  test.each([
    ['by its alias', { ifalias: 'pipewright::bridge', group: '0' }, host, true],
    ['by its group before it has one', { group: String(SHARED_GROUP) }, host, true],
    ['not where it is marked otherwise', { ifalias: 'pipewright:shop:br9', group: String(SHARED_GROUP) }, host, false],
    ['not where it is not marked', { group: '0' }, host, false],
    ['not in a node, where anybody may have marked it', { ifalias: 'pipewright::bridge' }, web, false],
  ])('is known %s', (_, marks, on, shared) => {
    const row = { ifindex: 9, ifname: 'br9', flags: [], linkinfo: { info_kind: 'bridge' }, ...marks };
    const [found] = device.parse([[row], []], { ...context, on });
    expect(found?.shared ?? false).toBe(shared);
  });
});

test('what /dev/net/tun makes has its attributes from there, and all else by a request', () => {
  const tun = deviceKind({
    kind: 'tun',
    tuntap: true,
    attributes: {
      mode: { schema: z.string(), class: 'fixed', word: 'mode', netlink: { type: 3, layout: 'u8' } },
      user: { schema: z.int(), class: 'fixed', word: 'user', initial: null, netlink: { type: 1, layout: 'u32' } },
    },
  });
  const tap = deviceResource(web, 'tap0', { kind: 'tun', mode: 'tap', user: 7, mtu: 1400, up: true });
  const context = { role: 'alone', deviceKind: () => tun } as const;
  expect(device.write(change('create', tap), context)).toEqual([
    { op: 'tuntap', on: web, device: 'tap0', words: ['mode', 'tap', 'user', '7'] },
    netlink(web, 'link', 'set', { name: 'tap0', mtu: 1400, up: true }),
  ]);
  expect(device.write(change('delete', tap), context)).toEqual([netlink(web, 'link', 'del', { name: 'tap0' })]);
});
