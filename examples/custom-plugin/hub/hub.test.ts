import { deviceKind } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { hub } from './index.js';

/** Of the kernel devices a hub builds on, the one it does not describe itself. */
const veth = deviceKind({ kind: 'veth', attributes: {} });

pluginSuite(plugin, { deviceKinds: [veth] });

const compile = (options: { 'link-local': boolean }) =>
  hub.compile(
    networkSpec({ name: 'lab', options, members: [nic({ node: 'alice' }), nic({ node: 'bob' })] }),
    context(),
  );

test('a hub is one bridge that forgets at once, and a cable a nic', () => {
  const [box, ...ends] = compile({ 'link-local': true });
  expect(box).toMatchObject({ type: 'device', attrs: { kind: 'bridge', ageing: 0, groupForward: 0xfff8 } });
  expect(ends).toHaveLength(4);
});

test('link-local: false keeps LLDP to the bridge', () => {
  expect(compile({ 'link-local': false })[0]).toMatchObject({ attrs: { groupForward: 0 } });
});
