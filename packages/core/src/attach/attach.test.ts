import {
  address,
  definePlugin,
  device,
  type DeviceAttrs,
  type Executor,
  type LedgerEntry,
  networkDriver,
  nodeDriver,
  type NodeTarget,
  type Observed,
  PLUGIN_API,
  ref,
  type Resource,
  segmentEnd,
  cable,
  type SurveyedNode,
  nicEnd,
  z,
} from '@pipewright/plugin';
import { resourceTypes } from '@pipewright/kernel';
import { describe, expect, test } from 'vitest';
import { compose } from '../registry/compose.js';
import { checkPlugins } from '../registry/plugins.js';
import { Registries } from '../registry/registry.js';
import { type Candidate, presentOf } from './guests.js';
import { planAttach } from './plan-attach.js';
import { planDetach } from './plan-detach.js';
import type { AttachRequest, PlannedNic } from './request.js';

/** Guests that are numbers or names, boxes that are joined by name. */
const kinds = definePlugin({
  name: 'kinds',
  api: PLUGIN_API,
  drivers: {
    nodes: [
      nodeDriver({
        kind: 'task',
        summary: 'A process.',
        options: z.object({ pid: z.int() }),
        managed: false,
        firstNic: 1,
        guest: ({ form, text }) =>
          form !== 'path' && /^\d+$/.test(text) ? { name: text, options: { pid: Number(text) } } : undefined,
        compile: () => [],
        locate: ({ options }) => ({ by: 'pid', pid: options.pid }),
        exec: (_, command) => command,
      }),
      nodeDriver({
        kind: 'room',
        summary: 'A namespace with a name.',
        options: z.object({ called: z.string() }),
        managed: false,
        default: true,
        guest: ({ form, text }) => (form === 'path' ? undefined : { name: text, options: { called: text } }),
        compile: () => [],
        locate: ({ options }) => ({ by: 'name', name: options.called }),
        exec: (_, command) => command,
      }),
    ],
    networks: [
      networkDriver({
        kind: 'box',
        summary: 'A box with a cable to every nic.',
        options: z.object({ box: z.string(), shared: z.boolean().default(false) }),
        join: ({ name, kind, vlan }) => {
          if (vlan !== undefined) return kind === 'wire' ? { box: `${name}-${String(vlan)}` } : undefined;
          return kind === undefined || kind === 'box' ? { box: name, shared: true } : undefined;
        },
        compile: ({ name, segment, members, mtu, options }, { names }) => {
          const extras = options.shared ? { id: name, shared: true as const } : { id: name };
          const box = device(segment, options.box, { kind: 'box', mtu, up: true }, extras);
          return [
            box,
            ...members.flatMap((nic) =>
              cable('wire', { ...segmentEnd(nic, segment, names, mtu), master: ref(box) }, nicEnd(nic)),
            ),
          ];
        },
      }),
      networkDriver({ kind: 'cloud', summary: 'No device stands for it.', options: z.object({}), compile: () => [] }),
    ],
  },
  deviceKinds: ['box', 'wire'].map((kind) => ({ kind, attributes: {} })),
});

const kernel = { name: 'kernel', api: PLUGIN_API, resources: resourceTypes };
const registries = compose(
  [],
  checkPlugins([kernel, kinds].map((plugin) => ({ plugin, options: {}, from: 'the test' }))),
).resolve(Registries);

/** A host that shows what it is made of, and takes a plan as done. */
class Host {
  actual: readonly Observed[] = [];
  last: LedgerEntry | undefined;
  /** What other topologies applied. */
  others: readonly LedgerEntry[] = [];
  /** Which of them were asked for. */
  readonly asked: unknown[] = [];
  readonly looked: string[][] = [];

  /** `guests` are the tasks and the rooms that are there. */
  constructor(readonly guests: readonly string[]) {}

  with(...more: readonly Observed[]): this {
    this.actual = [...this.actual, ...more];
    return this;
  }

  readonly executor: Executor = {
    run: () => Promise.reject(new Error('nothing is run')),
    way: () => undefined,
    close: () => Promise.resolve(),
    survey: ({ nodes, nodesOnly = false }) => {
      this.looked.push([...(nodesOnly ? ['who:'] : []), ...nodes.map((it) => it.name)]);
      const isThere = ({ locator }: (typeof nodes)[number]): boolean =>
        this.guests.includes('pid' in locator ? `task ${String(locator.pid)}` : 'name' in locator ? locator.name : '');
      const seen = nodes.map((it) => ({ ...it, state: isThere(it) ? ('present' as const) : ('absent' as const) }));
      const there = new Set([undefined, ...seen.filter((it) => it.state === 'present').map((it) => it.name)]);
      const devices = this.actual
        .filter((it) => it.type === 'device' && it.on.node === undefined)
        .map(({ attrs }) => attrs as DeviceAttrs)
        .map(({ name, kind, mtu }) => ({ name, kind, ...(mtu === undefined ? {} : { mtu }) }));
      return Promise.resolve({
        facts: { machineId: 'm', kernel: '6.12', tools: {}, devices },
        nodes: seen,
        actual: nodesOnly ? [] : this.actual.filter((it) => there.has(it.on.node)),
        initial: [],
      });
    },
  };

  plan(guest: string, more: Partial<AttachRequest> = {}): Promise<PlannedNic> {
    const asked = { ...NOTHING, guest, ...more };
    const others = (names?: readonly string[]) => {
      this.asked.push(names);
      return Promise.resolve(this.others.filter(({ topology }) => names?.includes(topology) ?? true));
    };
    return planAttach(asked, { registries, executor: this.executor, last: this.last, others: [] }, new Map(), others);
  }

  async attach(guest: string, more: Partial<AttachRequest> = {}): Promise<PlannedNic> {
    return this.#done(await this.plan(guest, more));
  }

  planDetach(guest: string, nic?: string): Promise<PlannedNic> {
    const parts = { registries, executor: this.executor, last: this.last, others: [] };
    return planDetach({ topology: 'adhoc', guest, nic }, parts, new Map());
  }

  async detach(guest: string, nic?: string): Promise<PlannedNic> {
    return this.#done(await this.planDetach(guest, nic));
  }

  /** The guest ends, and with its namespace both ends of its cables. */
  ends(node: string): void {
    const gone = new Set(this.actual.filter((it) => it.on.node === node).map((it) => it.key));
    this.actual = this.actual.filter((it) => !gone.has(it.key) && !gone.has(it.peer?.ref ?? ''));
  }

  #done(planned: PlannedNic): PlannedNic {
    const changed = new Set(planned.plan.changes.flatMap(({ key, before }) => [key, before?.key]));
    const made = planned.plan.changes.flatMap(({ after }) => after ?? []);
    this.actual = [...this.actual.filter((it) => !changed.has(it.key)), ...made.map(owned)];
    this.last = planned.remembered && (JSON.parse(JSON.stringify(planned.remembered)) as LedgerEntry);
    return planned;
  }
}

const owned = (it: Resource): Observed => (it.shared ? it : { ...it, owner: 'adhoc' });

const NOTHING: Omit<AttachRequest, 'guest'> = {
  topology: 'adhoc',
  base: '/',
  network: 'br9',
  nic: undefined,
  addresses: [],
  gateways: [],
  mac: undefined,
  mtu: undefined,
};

const here = { host: 'local' };
const inRoom = (name: string, kind = 'wire') => device({ host: 'local', node: 'red' }, name, { kind });

const changesOf = ({ plan }: PlannedNic): readonly string[] => plan.changes.map((it) => `${it.action} ${it.id}`);

const failure = async (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );

const code = (text: string) => expect.objectContaining({ code: text }) as unknown;

describe('a guest', () => {
  test('is a name, or a kind and a name; only it is looked at', async () => {
    const host = new Host(['red', 'task 4711']);
    expect(await host.plan('red')).toMatchObject({ node: 'red', nic: 'eth0' });
    expect(await host.plan('task:4711')).toMatchObject({ node: '4711', nic: 'eth1' });
    expect(host.looked).toEqual([['red'], ['4711']]);
  });

  test('that a word of several meanings may be is looked for first, then looked at under its own name', async () => {
    const host = new Host(['4711']);
    expect(await host.plan('4711')).toMatchObject({ node: '4711', nic: 'eth0' });
    expect(host.looked).toEqual([['who:', '4711', '4711-2'], ['4711']]);
  });

  test('keeps its name in the topology, and no other gets it', async () => {
    const host = new Host(['4711', 'task 4711']);
    await host.attach('task:4711');
    expect((await host.plan('4711')).current).toBe(true);
    expect(await host.plan('room:4711')).toMatchObject({ node: '4711-2' });
  });

  test.each([
    ['none', 'blue', 'PW_NO_GUEST'],
    ['of a kind that is none', 'cell:4711', 'PW_UNKNOWN_KIND'],
    ['two of one word', '4711', 'PW_GUEST_TWICE'],
    ['a path that no kind takes', '/run/red', 'PW_NO_GUEST'],
  ])('is a mistake: %s', async (_, guest, expected) => {
    expect(await failure(new Host(['red', '4711', 'task 4711']).plan(guest))).toEqual(code(expected));
  });
});

describe('its network', () => {
  test('is made where there is none, for anybody', async () => {
    const { desired } = await new Host(['red']).plan('red');
    expect(desired.find((it) => it.id === 'br9')).toMatchObject({
      shared: true,
      attrs: { name: 'br9', kind: 'box', mtu: 1500, alias: 'pipewright::box' },
    });
  });

  test.each([
    ['as large as the nic', {}, { mtu: 9000 }, 9000],
    ['no smaller than Ethernet', {}, { mtu: 1400 }, 1500],
    ['as it is', { mtu: 1400 }, {}, 1400],
  ])('has an MTU: %s', async (_, found, asked, expected) => {
    const host = new Host(['red']);
    if ('mtu' in found) host.with(device(here, 'br9', { kind: 'box', ...found }));
    const { desired } = await host.plan('red', asked);
    expect(desired.find((it) => it.id === 'br9')?.attrs).toMatchObject({ mtu: expected });
  });

  test('has its MTU of now, where it is not ours alone', async () => {
    const host = new Host(['red']);
    await host.attach('red');
    host.actual = host.actual.map((it) => (it.id === 'br9' ? { ...it, attrs: { ...it.attrs, mtu: 1400 } } : it));
    const { desired } = await host.plan('red', { nic: 'eth5' });
    expect(desired.filter((it) => it.type === 'device').map((it) => it.attrs['mtu'])).toEqual([1400, 1400, 1400]);
  });

  test.each([
    ['a VLAN of a device that is there, by the name that its device would have', 'nic0.30', 'nic0-30'],
    ['a device of such a name that is there', 'box0.30', 'box0.30'],
    ['a new one of such a name', 'br0.30', 'br0.30'],
    ['and one below which is what has no VLANs', 'box1.30', 'box1.30'],
  ])('may be %s', async (_, network, expected) => {
    const host = new Host(['red']).with(
      device(here, 'nic0', { kind: 'wire' }),
      device(here, 'box0.30', { kind: 'box' }),
    );
    const { desired } = await host.plan('red', { network });
    expect(desired.find((it) => it.attrs['kind'] === 'box')?.attrs).toMatchObject({ name: expected });
  });

  test('may be chosen by what the host has', async () => {
    const host = new Host(['red']).with(device(here, 'box7', { kind: 'box', mtu: 1500 }));
    const { desired } = await host.plan('red', {
      network: (devices) => ({ network: devices.map((it) => it.name).join() }),
    });
    expect(desired.find((it) => it.id === 'box7')?.attrs).toMatchObject({ name: 'box7' });
  });

  test('may ask for devices of the host to be up', async () => {
    const box = device(here, 'box7', { kind: 'box', mtu: 1500, up: false });
    const host = new Host(['red']).with(box, device(here, 'eth0', { kind: 'physical', up: false }));
    const network = () => ({ network: 'box7', raised: ['box7'] });
    const up = { action: 'update', key: box.key, fields: ['up'], before: { attrs: { up: false } } };
    const { plan, left, survey } = await host.plan('red', { network });
    expect(plan.changes.filter((it) => it.before)).toMatchObject([up]);
    const later = { ...box, attrs: { ...box.attrs, up: true } };
    expect(left({ ...survey, actual: [later] }).changes.filter((it) => it.before)).toEqual([]);
  });

  test.each([
    ['a device of another kind', 'eth0', 'PW_NOT_JOINED'],
    ['of a kind that is none', 'hub:br9', 'PW_UNKNOWN_KIND'],
    ['of a kind that no device is joined as', 'cloud:br9', 'PW_KIND_NOT_JOINED'],
    ['no name of a device', 'much-too-long-a-name', 'PW_BAD_DEVICE_NAME'],
  ])('is a mistake: %s', async (_, network, expected) => {
    const host = new Host(['red']).with(device(here, 'eth0', { kind: 'physical' }));
    expect(await failure(host.plan('red', { network }))).toEqual(code(expected));
  });
});

describe('the name of the nic', () => {
  test('is the first that is free in the guest', async () => {
    const host = new Host(['red']).with(inRoom('eth0'), inRoom('eth1'));
    expect((await host.plan('red')).nic).toBe('eth2');
  });

  test('is that of the nic in the same network', async () => {
    const host = new Host(['red']).with(inRoom('eth0'));
    await host.attach('red');
    expect(await host.plan('red')).toMatchObject({ nic: 'eth1', current: true });
    expect((await host.plan('red', { network: 'br8' })).nic).toBe('eth2');
    await host.attach('red', { nic: 'wan0' });
    expect(await failure(host.plan('red'))).toEqual(code('PW_WHICH_NIC'));
  });

  test('that somebody else has is refused', async () => {
    const host = new Host(['red']).with(inRoom('wan0'));
    expect(await failure(host.plan('red', { nic: 'wan0' }))).toMatchObject({
      code: 'PW_TAKEN',
      at: { file: '--nic' },
      message: expect.stringContaining('"wan0" of red') as string,
      fix: expect.stringContaining('say `lan0`') as string,
    });
  });
});

describe("its cable's far end", () => {
  const farEnd = ({ desired }: PlannedNic) => desired.find((it) => it.id === 'red/wan0:host')?.attrs;

  test('has the name asked for, and no other', async () => {
    const host = new Host(['red']);
    const asked = { nic: 'wan0', hostDevice: 'out0' };
    expect(farEnd(await host.attach('red', asked))).toMatchObject({ name: 'out0', altnames: [] });
    expect((await host.plan('red', asked)).current).toBe(true);
  });

  test('that somebody else has is refused', async () => {
    const host = new Host(['red']).with(device(here, 'out0', { kind: 'wire' }));
    expect(await failure(host.plan('red', { nic: 'wan0', hostDevice: 'out0' }))).toEqual(code('PW_TAKEN'));
  });
});

test('a node that is asked for on another host is told where it is', async () => {
  const host = new Host([]);
  const hosts = { h1: { ssh: 'root@h1' }, h2: { ssh: 'root@h2' } };
  const source = { name: 'adhoc', hosts, nodes: { red: { kind: 'room', called: 'red', host: 'h1' } } };
  host.last = { topology: 'adhoc', source, base: '/', resources: [], replaced: [] };
  expect(await failure(host.plan('red', { host: { name: 'h2', ssh: 'root@h2' } }))).toMatchObject({
    code: 'PW_GUEST_ELSEWHERE',
    message: 'Node "red" is on host "h1", and not on host "h2".',
  });
});

test('a complaint names the words of who asks', async () => {
  const host = new Host(['red']).with(inRoom('eth0'), address(inRoom('eth0'), '10.0.0.2/8'));
  const asked = { addresses: ['10.0.0.2/24'], words: { address: 'ADDRESS' } };
  expect(await failure(host.plan('red', asked))).toMatchObject({
    code: 'PW_ADDRESS_TAKEN',
    at: { file: 'ADDRESS', line: 0 },
  });
});

describe('attached again', () => {
  const asked = { nic: 'wan0', addresses: ['10.0.0.2/24'], gateways: ['10.0.0.1'] };

  test('with the same values: nothing to do, nothing to remember', async () => {
    const host = new Host(['red']);
    await host.attach('red', asked);
    await host.attach('red', { nic: 'lan0' });
    expect(await host.plan('red', asked)).toMatchObject({ current: true, plan: { changes: [] } });
  });

  test.each([
    [
      'another address',
      { addresses: ['10.0.0.3/24'] },
      ['delete red/wan0/10.0.0.2/24', 'create red/wan0/10.0.0.3/24', 'replace red/default'],
    ],
    ['another MTU', { mtu: 1400 }, ['update red/wan0']],
    ['no gateway', { gateways: [] }, ['delete red/default']],
    ['another network', { network: 'br8' }, ['delete br9', 'create br8', 'update red/wan0:host']],
  ])('with %s: only that changes', async (_, more, expected) => {
    const host = new Host(['red']);
    await host.attach('red', asked);
    expect(changesOf(await host.plan('red', { ...asked, ...more }))).toEqual(expected);
  });

  test('with the ledger lost: what is marked is ours', async () => {
    const host = new Host(['red']);
    await host.attach('red', asked);
    host.last = undefined;
    expect(await host.plan('red', asked)).toMatchObject({ current: false, plan: { changes: [] } });
  });
});

describe('nics of other topologies', () => {
  /** With a port of `two` on br9, and one of `three` elsewhere; both have the same addresses. */
  function besides(last?: LedgerEntry['source']): Host {
    const ends = ([topology, box]: readonly [string, string]) => {
      const on = device(here, box, { kind: 'box' });
      const inner = device({ ...here, node: 'a' }, 'eth0', { kind: 'wire' });
      const outer = { ...device(here, `${topology}-a`, { kind: 'wire', master: ref(on) }), peer: ref(inner) };
      const resources = [on, inner, outer, ...['10.0.0.2/24', '10.0.0.3/24'].map((it) => address(inner, it))];
      return {
        seen: { ...outer, owner: topology },
        entry: { topology, source: {}, base: '/', resources, replaced: [] },
      };
    };
    const all = (
      [
        ['two', 'br9'],
        ['three', 'br8'],
      ] as const
    ).map(ends);
    const host = new Host(['red']).with(...all.map(({ seen }) => seen));
    host.others = all.map(({ entry }) => entry);
    if (last) host.last = { topology: 'adhoc', source: last, base: '/', resources: [], replaced: [] };
    return host;
  }

  test('on the same bridge have addresses that no other gets; who is elsewhere is not asked for', async () => {
    const host = besides();
    expect(await failure(host.plan('red', { addresses: ['10.0.0.2/24'] }))).toMatchObject({
      code: 'PW_ADDRESS_TWICE',
      message: 'The address 10.0.0.2 is given twice: to a/eth0 of topology "two" and to red/eth0.',
      at: { file: '--address' },
    });
    expect(host.asked).toEqual([['two']]);
    expect(await host.plan('red', { addresses: ['10.0.0.4/24'] })).toMatchObject({ nic: 'eth0' });
    expect(await host.plan('red', { addresses: ['10.0.0.2/24'], network: 'br7' })).toMatchObject({ nic: 'eth0' });
  });

  test('that have ended have released theirs', async () => {
    const host = besides();
    host.actual = host.actual.map((it) =>
      it.id === 'two-a' ? { ...it, key: 'device:local//two-b', id: 'two-b' } : it,
    );
    expect(await host.plan('red', { addresses: ['10.0.0.2/24'] })).toMatchObject({ nic: 'eth0' });
    expect(host.asked).toEqual([['two']]);
  });

  test('of a nic without addresses nobody is asked', async () => {
    const host = besides();
    await host.plan('red');
    expect(host.asked).toEqual([]);
  });

  test('have addresses that are allotted to none', async () => {
    const host = besides({ name: 'adhoc', networks: { lan: { kind: 'box', box: 'br9', subnet: '10.0.0.0/24' } } });
    const { allotted } = await host.plan('red', { network: 'lan' });
    expect(allotted).toEqual(new Map([['red/eth0', ['10.0.0.4/24']]]));
  });
});

describe('other nics of the topology', () => {
  test('are left as they are, there or missing', async () => {
    const host = new Host(['red', 'blue']);
    await host.attach('red', { addresses: ['10.0.0.2/24'] });
    host.actual = host.actual.filter((it) => it.type !== 'address');
    expect(changesOf(await host.plan('blue', { addresses: ['10.0.0.3/24'] }))).toEqual([
      'create blue/eth0:host',
      'create blue/eth0',
      'create blue/eth0/10.0.0.3/24',
    ]);
  });

  test.each([
    ['address', { addresses: ['10.0.0.2/24'] }, 'PW_ADDRESS_TWICE'],
    ['MAC address', { mac: '02:00:00:00:00:42' }, 'PW_MAC_TWICE'],
  ])('have an %s that another cannot get', async (_, asked, expected) => {
    const host = new Host(['red', 'blue']);
    await host.attach('red', asked);
    expect(await failure(host.plan('blue', asked))).toEqual(code(expected));
  });

  test('of the same guest have the one default route', async () => {
    const host = new Host(['red']);
    await host.attach('red', { addresses: ['10.0.0.2/24'], gateways: ['10.0.0.1'] });
    const other = { network: 'br8', addresses: ['10.8.0.2/24'], gateways: ['10.8.0.1'] };
    expect(await failure(host.plan('red', other))).toEqual(code('PW_TWO_DEFAULT_ROUTES'));
  });

  test('are forgotten where they are gone and in the way', async () => {
    const host = new Host(['red', 'blue']);
    await host.attach('red', { addresses: ['10.0.0.2/24'] });
    host.ends('red');
    await host.attach('blue', { addresses: ['10.0.0.2/24'] });
    expect(host.last?.source).toMatchObject({ nodes: { blue: {} } });
    expect(host.last?.resources.some((it) => it.on.node === 'red')).toBe(false);
  });

  test("are remembered where they are gone and in nobody's way", async () => {
    const host = new Host(['red', 'blue']);
    await host.attach('red', { addresses: ['10.0.0.2/24'] });
    host.ends('red');
    await host.attach('blue', { addresses: ['10.0.0.3/24'] });
    expect(host.last?.source).toMatchObject({ nodes: { red: {}, blue: {} } });
  });
});

test.each([
  ['the guest', address(inRoom('eth0'), '10.0.0.2/8')],
  ['the bridge', address(device(here, 'br9', { kind: 'box' }), '10.0.0.2/16')],
])('an address that %s has is in use', async (_, taken) => {
  const host = new Host(['red']).with(inRoom('eth0'), device(here, 'br9', { kind: 'box' }), taken);
  expect(await failure(host.plan('red', { addresses: ['10.0.0.2/24'] }))).toMatchObject({
    code: 'PW_ADDRESS_TAKEN',
    at: { file: '--address' },
  });
});

describe('of a topology with a name', () => {
  const shop: LedgerEntry = {
    topology: 'adhoc',
    base: '/shop',
    source: {
      name: 'adhoc',
      defaults: { kind: 'room' },
      networks: { lan: { kind: 'box', box: 'lan0', subnet: '10.1.0.0/24' }, back: { kind: 'box', box: 'back0' } },
      nodes: {
        web: { called: 'red', networks: { lan: null, back: { address: 'none' } } },
        db: { called: 'db', networks: ['lan'] },
      },
    },
    resources: [],
    replaced: [],
  };

  test('a node gets one nic more, and no other gets another name or address', async () => {
    const host = new Host(['red', 'db']);
    host.last = shop;
    const { nic, remembered, desired } = await host.plan('web', { network: 'lan' });
    expect(nic).toBe('eth0');
    const more = await host.plan('web', { network: 'lan', nic: 'eth5' });
    expect(more.desired.find((it) => it.type === 'address')?.id).toBe('web/eth5/10.1.0.3/24');
    expect(desired.find((it) => it.type === 'address')?.id).toBe('web/eth0/10.1.0.2/24');
    expect(remembered).toMatchObject({
      base: '/shop',
      source: {
        nodes: {
          web: {
            networks: [
              { network: 'lan', name: 'eth0' },
              { network: 'back', name: 'eth1', address: 'none' },
            ],
          },
          db: { networks: [{ network: 'lan', name: 'eth0' }] },
        },
      },
    });
  });

  test('a network is joined by its device, too', async () => {
    const host = new Host(['red']);
    host.last = { ...shop, resources: [device(here, 'lan0', { kind: 'box' }, { id: 'lan' })] };
    const { remembered } = await host.plan('web', { network: 'lan0', nic: 'eth5' });
    expect(Object.keys((remembered?.source as { networks: object }).networks)).toEqual(['lan', 'back']);
  });

  test('detached again it is as before', async () => {
    const host = new Host(['red', 'db']);
    host.last = shop;
    await host.attach('web', { network: 'br9', nic: 'eth5' });
    expect(changesOf(await host.detach('web', 'eth5'))).toEqual([
      'delete web/eth5:host',
      'delete web/eth5',
      'delete br9',
    ]);
    expect(host.last.source).toMatchObject({ networks: { lan: {}, back: {} }, nodes: { web: {}, db: {} } });
    expect(host.last.source).not.toHaveProperty('networks.br9');
  });
});

describe('detached', () => {
  test('goes the nic, and with the last one the bridge and the topology', async () => {
    const host = new Host(['red']);
    await host.attach('red', { nic: 'wan0' });
    await host.attach('red', { nic: 'lan0' });
    expect(changesOf(await host.detach('red', 'wan0'))).toEqual(['delete red/wan0:host', 'delete red/wan0']);
    expect(host.last).toBeDefined();
    expect(changesOf(await host.detach('red'))).toEqual(['delete red/lan0:host', 'delete red/lan0', 'delete br9']);
    expect(host.last).toBeUndefined();
    expect(host.actual).toEqual([]);
  });

  test('a guest that is gone is forgotten, and its bridge goes', async () => {
    const host = new Host(['red']);
    await host.attach('red');
    host.ends('red');
    expect(changesOf(await host.detach('red'))).toEqual(['delete br9']);
    expect(host.last).toBeUndefined();
  });

  test('with the ledger lost: by its mark', async () => {
    const host = new Host(['red']);
    await host.attach('red');
    host.last = undefined;
    expect(changesOf(await host.detach('red'))).toEqual(['delete red/eth0:host', 'delete red/eth0', 'delete br9']);
  });

  test('what is not there is nothing to do', async () => {
    const host = new Host(['red']);
    expect(await host.planDetach('red', 'wan0')).toMatchObject({ current: true, remembered: undefined });
    await host.attach('red');
    expect((await host.planDetach('red', 'wan0')).current).toBe(true);
  });

  test.each([
    ["somebody else's", 'red', 'eth0', 'PW_NOT_ATTACHED'],
    ['one of none', 'red', undefined, 'PW_NOTHING_ATTACHED'],
    ['of no guest', 'blue', 'eth0', 'PW_NO_GUEST'],
  ])('is a mistake: %s', async (_, guest, nic, expected) => {
    const host = new Host(['red']).with(inRoom('eth0'));
    expect(await failure(host.planDetach(guest, nic))).toEqual(code(expected));
  });

  test('which of several has to be said', async () => {
    const host = new Host(['red']);
    await host.attach('red', { nic: 'wan0' });
    await host.attach('red', { nic: 'lan0' });
    expect(await failure(host.planDetach('red'))).toEqual(code('PW_WHICH_NIC'));
  });
});

const named = (name: string, locator: NodeTarget['locator']): Candidate => ({
  ...{ name, kind: 'some', options: {}, firstNic: 0, known: false },
  target: { name, on: { host: 'local', node: name }, locator },
});

describe('a number that may be the name of a container too', () => {
  const process: Candidate = { ...named('pid-77', { by: 'pid', pid: 77 }), fallback: true };
  const container = named('77', { by: 'name', name: '77' });
  const found = (state: SurveyedNode['state']) =>
    presentOf(
      [process, container],
      {
        nodes: [
          { ...process.target, state: 'present' },
          { ...container.target, state },
        ],
      },
      { form: 'name', text: '77' },
    );

  test.each([
    ['present', container],
    ['absent', process],
  ] as const)('where the container is %s', (state, meant) => expect(found(state)).toBe(meant));
});

describe('a path that may be the name of a container too', () => {
  const file = named('web', { by: 'path', path: '/web' });
  const container = named('web-2', { by: 'name', name: 'web' });
  const found = (state: SurveyedNode['state']) =>
    presentOf(
      [file, container],
      {
        nodes: [
          { ...file.target, state },
          { ...container.target, state: 'present' },
        ],
      },
      { form: 'path', text: '/web' },
    );

  test.each([
    ['present', file],
    ['refused', undefined],
    ['absent', container],
  ] as const)('where the file is %s', (state, meant) => expect(found(state)).toBe(meant));
});
