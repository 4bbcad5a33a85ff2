import { deviceKind } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { sampleNetwork } from './index.js';

/** The kernel devices it makes are described by built-in plugins. */
const deviceKinds = ['bridge', 'veth'].map((kind) => deviceKind({ kind, attributes: {} }));

pluginSuite(plugin, { deviceKinds });

const compile = (options: { ageing: number }) =>
  sampleNetwork.compile(
    networkSpec({ name: 'lan', options, members: [nic({ node: 'a' }), nic({ node: 'b' })] }),
    context(),
  );

test('it is one bridge, and a cable a nic', () => {
  const [bridge, ...ends] = compile({ ageing: 10 });
  expect(bridge).toMatchObject({ type: 'device', attrs: { kind: 'bridge', ageing: 10 } });
  expect(ends).toHaveLength(4);
});

test('ageing: 0 forgets at once', () => {
  expect(compile({ ageing: 0 })[0]).toMatchObject({ attrs: { ageing: 0 } });
});
