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
  const htb = 'qdisc htb 1: dev eth0 root refcnt 2 r2q 10\nclass htb 1:10 root prio 0\n\n';
  const same = `= 0 has\n${htb}= 0 wanted\n${htb.replace('eth0', 'lo').replace('refcnt 2', 'refcnt 5')}`;
  expect(read(same)).toMatchObject([{ attrs: tree.attrs, within: tree.within }]);
  const pfifo = '= 0 has\nqdisc pfifo 8002: dev eth0 root refcnt 2 limit 7p \n= 0 wanted\nqdisc htb 1: root r2q 10\n';
  expect(read(pfifo)).toMatchObject([{ attrs: { commands: ['qdisc pfifo *: root limit 7p'] } }]);
  const both = `${pfifo}${pfifo.replaceAll('= 0', '= 1')}`;
  expect(read(both)).toMatchObject([{ attrs: { commands: ['qdisc pfifo *: root limit 7p'] } }]);
  expect(read(`${pfifo}${same.replaceAll('= 0', '= 1')}`)).toMatchObject([{ attrs: slow.attrs }]);
});

test('what no fresh device takes is not compared', () => {
  const has = '= 0 has\nqdisc ingress ffff: dev eth0 parent ffff:fff1 ---------------- \n= 0 wanted\n';
  expect(qdisc.point?.([tree]).parse(has)).toMatchObject([{ attrs: tree.attrs }]);
});

test.each([[[slow, tree]], [[tree, slow]]])('unless the device has what it was given before', (all) => {
  const tbf = 'qdisc tbf *: root rate 10Mbit\n';
  const shown = { slow: `has\n${tbf}= N wanted\n${tbf}`, tree: `has\n${tbf}= N wanted\n` };
  const stdout = all.map((it, index) => `= N ${it === slow ? shown.slow : shown.tree}`.replaceAll('N', String(index)));
  expect(qdisc.point?.([tree], all).parse(stdout.join(''))).toMatchObject([{ attrs: slow.attrs }]);
});
