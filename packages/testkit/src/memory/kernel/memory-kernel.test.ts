import { netlink } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { CASE_HOST, CASE_KINDS, CASE_REQUEST, look, macOf, namespaceOp, placeOf } from '../../suites/executor-cases.js';
import { MemoryExecutor } from '../executor.js';
import { MemoryKernel } from './memory-kernel.js';

const cable = netlink(CASE_HOST, 'link', 'add', {
  name: 'h0',
  kind: 'veth',
  mac: macOf(1),
  peer: { on: placeOf('t-a'), attrs: { name: 'eth0', kind: 'veth', mac: macOf(2) } },
});

/** A namespace with a cable to the host, and a process in it. */
function occupied(): MemoryKernel {
  const kernel = new MemoryKernel();
  kernel.namespace(namespaceOp('add', 'a'));
  kernel.start(7, kernel.named('t-a'));
  kernel.byHand(cable);
  return kernel;
}

test('a namespace lives on without its name while a process is in it, and dies with it', () => {
  const kernel = occupied();
  kernel.namespace(namespaceOp('del', 'a'));
  expect(kernel.picture()).toMatchObject({
    host: { devices: { h0: { far: 'process 7/eth0' } } },
    'process 7': { devices: { eth0: {} } },
  });
  kernel.stop(7);
  expect(kernel.picture()).toEqual(new MemoryKernel().picture());
});

test('its name does not come again with it', () => {
  const kernel = occupied();
  kernel.namespace(namespaceOp('del', 'a'));
  kernel.namespace(namespaceOp('add', 'a'));
  expect(Object.keys(kernel.picture())).toEqual(['host', 't-a', 'process 7']);
});

test('a survey tells the processes of a node, where it is asked', async () => {
  const executor = new MemoryExecutor(occupied(), CASE_KINDS);
  const { nodes } = await executor.survey({ ...CASE_REQUEST, processes: true });
  expect(nodes).toMatchObject([{ state: 'present', processes: [7] }, { state: 'absent' }]);
});

test('nodes are found by pid, by path, by a query, and never in the namespace of the host', async () => {
  const kernel = occupied();
  kernel.start(1, kernel.state.host);
  const executor = new MemoryExecutor(kernel, CASE_KINDS, { programs: { engine: () => ({ stdout: '7\n' }) } });
  const locators = [
    { by: 'pid', pid: 7 },
    { by: 'path', path: '/run/netns/t-a' },
    { by: 'query', argv: ['engine', 'inspect'] },
    { by: 'pid', pid: 8 },
    { by: 'pid', pid: 1 },
  ] as const;
  const nodes = locators.map((locator, index) => ({ name: `n${index}`, on: placeOf(`n${index}`), locator }));
  const survey = await executor.survey({ ...CASE_REQUEST, topology: 'other', nodes });
  expect(survey.nodes.map(({ state }) => state)).toEqual(['present', 'present', 'present', 'absent', 'refused']);
});

test('a namespace that only its mark tells of is found by that', async () => {
  const executor = new MemoryExecutor(occupied(), CASE_KINDS);
  const { nodes } = await executor.survey({ ...CASE_REQUEST, nodes: [] });
  expect(nodes.map(({ name }) => name)).toEqual(['a']);
});

test('a copy goes its own way', async () => {
  const kernel = occupied();
  const copy = kernel.copy();
  copy.byHand(netlink(CASE_HOST, 'link', 'del', { name: 'h0' }));
  expect((await look(new MemoryExecutor(kernel, CASE_KINDS))).join()).toContain('host/h0');
  expect((await look(new MemoryExecutor(copy, CASE_KINDS))).join()).not.toContain('host/h0');
});

test('a tap is made by its words, and once', () => {
  const kernel = new MemoryKernel();
  const words = ['mode', 'tap', 'user', '7', 'multi_queue'];
  const make = () => {
    kernel.tuntap({ op: 'tuntap', on: CASE_HOST, device: 'tap0', words }, kernel.named(undefined));
  };
  make();
  const { devices } = kernel.state.host;
  expect([...devices.values()].find(({ name }) => name === 'tap0')).toMatchObject({
    kind: 'tun',
    data: { type: 'tap', user: 7, multi_queue: true, vnet_hdr: false },
  });
  expect(make).toThrow('File exists');
});
