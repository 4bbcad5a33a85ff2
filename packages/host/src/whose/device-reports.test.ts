import { address, cable, device, type Observed, ref, type Resource } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { type DeviceReport, deviceReports, type NamespaceReport, type Sight } from './device-reports.js';

const host = { host: 'local' };
const inside = { host: 'local', node: '4026' };
const place = { name: 'shop-web', path: '/run/netns/shop-web', pids: [7], container: null };

const end = (on: typeof host, name: string) => ({ on, name, mac: '02:00:00:00:00:01', mtu: 1500 });
const marked = (it: Resource, id: string, topology = 'shop'): Observed => ({
  ...it,
  attrs: { ...it.attrs, alias: `pipewright:${topology}:${id}` },
});
const lo = (node: string) => marked(device(inside, 'lo', { kind: 'loopback' }), node);

const [v0, eth0] = cable('veth', end(host, 'v0'), end(inside, 'eth0'));
const br0 = device(host, 'br0', { kind: 'bridge' });
const port: Resource = { ...v0, attrs: { ...v0.attrs, master: ref(br0) } };

function reportsOf(observed: readonly Observed[], more: Partial<Sight> = {}): ReadonlyMap<string, DeviceReport> {
  const sight: Sight = { observed, leads: new Map(), namespaces: new Map([['4026', place]]), ...more };
  return new Map(deviceReports(sight).map((it) => [it.device, it]));
}
const nodeOf = (it: DeviceReport | undefined): Pick<NamespaceReport, 'topology' | 'node'> | undefined => {
  const { topology = null, node = null } = it?.peer?.namespace ?? {};
  return { topology, node };
};

test('the other end of a cable, with what is on it', () => {
  const reports = reportsOf([v0, eth0, address(eth0, '10.0.0.2/24'), address(v0, '10.0.0.1/24')]);
  expect([...reports.keys()]).toEqual(['v0']);
  expect(reports.get('v0')).toMatchObject({
    kind: 'veth',
    master: null,
    peer: {
      namespace: { ...place, topology: null, node: null },
      nic: 'eth0',
      mac: '02:00:00:00:00:01',
      addresses: ['10.0.0.2/24'],
    },
  });
});

test('both ends on the host', () => {
  const reports = reportsOf(cable('veth', end(host, 'a'), end(host, 'b')));
  expect(reports.get('a')?.peer).toMatchObject({ namespace: null, nic: 'b' });
  expect(reports.get('b')?.peer).toMatchObject({ namespace: null, nic: 'a' });
});

test('a device that was made on another is no cable', () => {
  const vlan = device(host, 'eth1.30', { kind: 'vlan' });
  const eth1 = device(host, 'eth1', { kind: 'physical' });
  const leads = new Map([
    [eth1.key, { ifindex: 2, link: undefined, namespace: undefined }],
    [vlan.key, { ifindex: 9, link: 2, namespace: undefined }],
  ]);
  const reports = reportsOf([eth1, vlan], { leads });
  expect(reports.get('eth1.30')).toMatchObject({ parent: 'eth1', peer: null, unseen: null });
  expect(reports.get('eth1')).toMatchObject({ parent: null, peer: null, unseen: null });
});

test('what leads out of sight has no parent of the same number here', () => {
  const eth1 = device(host, 'eth1', { kind: 'physical' });
  const leads = new Map([
    [eth1.key, { ifindex: 2, link: undefined, namespace: undefined }],
    [v0.key, { ifindex: 9, link: 2, namespace: 5 }],
  ]);
  expect(reportsOf([eth1, v0], { leads }).get('v0')).toMatchObject({ unseen: 2, parent: null, peer: null });
});

test('the ports of a device, each with its other end', () => {
  const { master, ports = [] } = reportsOf([br0, port, eth0]).get('br0') ?? {};
  expect(master).toBeNull();
  expect(ports).toMatchObject([{ device: 'v0', master: 'br0', peer: { nic: 'eth0' }, ports: [] }]);
});

describe('of a topology', () => {
  test('a network and its port', () => {
    const reports = reportsOf([marked(br0, 'front'), marked(port, 'web/eth0:host'), marked(eth0, 'web/eth0')]);
    expect(reports.get('br0')).toMatchObject({ topology: 'shop', network: 'front', link: null });
    expect(reports.get('v0')).toMatchObject({ topology: 'shop', network: 'front', link: null });
    expect(nodeOf(reports.get('v0'))).toEqual({ topology: 'shop', node: 'web' });
  });

  test('a port of what is no one topology’s', () => {
    const shared = { ...br0, attrs: { ...br0.attrs, alias: 'pipewright::bridge' } };
    const reports = reportsOf([shared, marked(port, 'web/eth0:host'), eth0]);
    expect(reports.get('v0')).toMatchObject({ topology: 'shop', network: null });
    expect(reports.get('br0')).toMatchObject({ topology: null, network: null });
  });

  test('an end of a link', () => {
    const reports = reportsOf([marked(v0, 'host/v0'), marked(eth0, 'web/eth0')]);
    expect(reports.get('v0')).toMatchObject({ topology: 'shop', network: null, link: ['host:v0', 'web:eth0'] });
    expect(nodeOf(reports.get('v0'))).toEqual({ topology: 'shop', node: 'web' });
  });

  test('somebody else’s cable into a node of ours', () => {
    const reports = reportsOf([v0, eth0, lo('web')]);
    expect(reports.get('v0')).toMatchObject({ topology: null, network: null, link: null });
    expect(nodeOf(reports.get('v0'))).toEqual({ topology: 'shop', node: 'web' });
  });

  test('a mark inside a node does not count against the one on the host', () => {
    const reports = reportsOf([marked(v0, 'host/v0'), marked(eth0, 'db/eth0', 'forged')]);
    expect(nodeOf(reports.get('v0'))).toEqual({ topology: 'shop', node: null });
  });
});
