import { resourceTypes } from '@pipewright/kernel';
import { device, iptablesRule, type Observed, ref, type Resource, sysctl } from '@pipewright/plugin';
import { testPlugin } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { DeviceKinds, ResourceTypes } from '../registry/registry.js';
import { diff } from './diff.js';

const host = { host: 'local' };
const kinds = { types: new ResourceTypes(resourceTypes), deviceKinds: new DeviceKinds(testPlugin.deviceKinds ?? []) };

const box = device(host, 'br', { kind: 'box' });
const rule = iptablesRule(
  host,
  { family: 4, table: 'filter', chain: 'DOCKER-USER', in: ref(box), out: ref(box), jump: 'ACCEPT' },
  { id: 'lan', shared: true },
);
const port = (name: string, owner?: string, master: Resource = box): Observed => ({
  ...device(host, name, { kind: 'wire', master: ref(master) }),
  ...(owner === undefined ? {} : { owner }),
});
const [own, anothers, somebodys] = [port('a', 't'), port('b', 'other'), port('c')];
/** The bridge as we made it, for all or for one topology, and as a user did. */
const [made, owned, users] = [{ ...box, shared: true } as const, { ...box, owner: 't' }, box];

const deleted = (
  actual: readonly Observed[],
  applied: readonly Resource[] = [],
  desired: readonly Resource[] = [],
  unseen: readonly Resource[] = [],
) =>
  diff({ topology: 't', desired, actual, scope: () => true, applied, replaced: [], unseen }, kinds)
    .changes.filter(({ action }) => action === 'delete')
    .map(({ key }) => key)
    .sort();

const keys = (...all: readonly Resource[]): readonly string[] => all.map(({ key }) => key).sort();

describe('the rule of a shared bridge', () => {
  test.each<[string, readonly Observed[], readonly Resource[]]>([
    ['goes with the bridge, which it does not keep', [made, rule, own], [made, rule, own]],
    ["stays with it for another topology's nic", [made, rule, own, anothers], [own]],
    ["stays with it for somebody's port", [made, rule, own, somebodys], [own]],
    ["goes from a user's bridge with our last nic", [users, rule, own], [rule, own]],
    ["goes from a user's bridge whatever the user has on it", [users, rule, own, somebodys], [rule, own]],
    ["stays on a user's bridge for another topology's nic", [users, rule, own, anothers], [own]],
    ["goes with a bridge that is the topology's own, whoever is on it", [owned, rule, anothers], [owned, rule]],
    ['is not ours to remove where we had nothing on it', [made, rule, anothers], []],
  ])('%s', (_, actual, gone) => expect(deleted(actual)).toEqual(keys(...gone)));

  test.each<[string, readonly Observed[], readonly Resource[], readonly Resource[]]>([
    ['the nics are gone already', [made, rule], [made], [made, rule]],
    ["the nics on a user's bridge are gone already", [users, rule], [{ ...users, shared: true }], [rule]],
    ['the bridge is gone already', [rule], [rule], [rule]],
  ])('goes where %s', (_, actual, applied, gone) => expect(deleted(actual, applied)).toEqual(keys(...gone)));

  test('goes when the last nic moves to another bridge', () => {
    const other = device(host, 'br2', { kind: 'box' }, { shared: true });
    const moved = port('a', undefined, other);
    expect(deleted([users, rule, own], [], [other, moved])).toEqual(keys(rule));
  });
});

describe('a shared device that nics are made on', () => {
  const tagged = { ...device(host, 'nic.20', { kind: 'box' }), shared: true } as const;
  const nicIn = (node: string): Resource =>
    device({ host: 'local', node }, 'eth1', { kind: 'wire', link: ref(tagged) });
  const last: Observed = { ...nicIn('a'), owner: 't' };

  test('goes with the last of them', () => expect(deleted([tagged, last])).toEqual(keys(tagged, last)));

  test('stays for one in a namespace that nobody looked into', () =>
    expect(deleted([tagged, last], [], [], [nicIn('b')])).toEqual(keys(last)));
});

describe('what lasts on the host', () => {
  const name = 'net.ipv4.ip_forward';
  const [on, off] = [sysctl(host, name, '1'), sysctl(host, name, '0')];
  const left = (unseen: readonly Resource[]) =>
    diff(
      {
        topology: 't',
        desired: [],
        actual: [{ ...on, owner: 't' }],
        scope: () => true,
        applied: [on],
        replaced: [off],
        unseen,
      },
      kinds,
    ).changes.map(({ action, after }) => [action, after?.attrs['value']]);

  test('is put back', () => expect(left([])).toEqual([['update', '0']]));
  test('stays for another topology', () => expect(left([on])).toEqual([]));
  test('is put back beside one of a node', () =>
    expect(left([sysctl({ ...host, node: 'a' }, name, '1')])).toEqual([['update', '0']]));
});

describe("what was shared and is to be the topology's own", () => {
  const judged = (...others: readonly Observed[]) =>
    diff(
      {
        topology: 't',
        desired: [box],
        actual: [{ ...made, attrs: { ...made.attrs, alias: 'x' } }, own, ...others],
        scope: () => true,
        applied: [],
        replaced: [],
        unseen: [],
      },
      kinds,
    );

  test('is, where nobody else is on it', () => expect(judged().diagnostics).toEqual([]));

  test.each([anothers, somebodys])('is not, where others are: %#', (other) =>
    expect(judged(other).diagnostics).toMatchObject([
      { code: 'PW_SHARED_WITH_OTHERS', message: expect.stringContaining(other.id) as string },
    ]),
  );
});
