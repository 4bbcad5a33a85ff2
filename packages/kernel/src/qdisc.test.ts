import { device, qdisc as qdiscOf } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { qdisc } from './qdisc.js';

const eth0 = device({ host: 'local', node: 'web' }, 'eth0', { kind: 'veth' });
const slow = qdiscOf(eth0, ['qdisc add root tbf rate 10mbit burst 32k latency 50ms']);
const tree = qdiscOf(eth0, [
  'qdisc add root handle 1: htb',
  'class add parent 1: classid 1:10 htb rate 4mbit',
  'qdisc add ingress',
]);

const change = { type: 'qdisc', key: slow.key, id: slow.id, on: slow.on, fields: ['commands'] };
const written = (before: typeof slow | undefined, after: typeof slow | undefined) =>
  qdisc.write(
    { ...change, action: 'update', ...(before ? { before } : {}), ...(after ? { after } : {}) },
    { role: 'alone' },
  );

test('what was there goes, root and ingress, before what is to be there comes', () =>
  expect(written(tree, slow)).toMatchObject([
    { argv: ['tc', 'qdisc', 'del', 'dev', 'eth0', 'root'] },
    { argv: ['tc', 'qdisc', 'del', 'dev', 'eth0', 'ingress'] },
    { argv: ['tc', '-batch', '-'], stdin: 'qdisc add dev eth0 root tbf rate 10mbit burst 32k latency 50ms\n' },
  ]));

test("somebody else's comes back as tc shows it", () => {
  const shown = { ...slow, attrs: { ...slow.attrs, commands: ['qdisc pfifo *: root limit 7p'] } };
  expect(written(undefined, shown)).toMatchObject([{ stdin: 'qdisc add dev eth0 root pfifo limit 7p\n' }]);
});

test('what is as asked for is as it was asked for; else it is as it is shown', () => {
  const read = (stdout: string) => qdisc.point?.([slow], [tree, slow]).parse(stdout);
  expect(read('')).toEqual([]);
  expect(read('0 same\n1 has qdisc htb 1: root\n')).toMatchObject([{ attrs: tree.attrs, within: tree.within }]);
  expect(read('0 has qdisc pfifo *: root limit 7p\n1 has qdisc pfifo *: root limit 7p\n')).toMatchObject([
    { attrs: { commands: ['qdisc pfifo *: root limit 7p'] } },
  ]);
});
