import { address, device, namespace, type Observed, ref, route, type Surroundings } from '@pipewright/plugin';
import { resourceTypes } from '@pipewright/kernel';
import { testPlugin } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { DeviceKinds, ResourceTypes } from '../registry/registry.js';
import { diff } from './diff.js';

test('each of many routes that go asks for the addresses of its own device, and for nothing else', () => {
  const [host, web] = [{ host: 'local' }, { host: 'local', node: 'web' }];
  const [eth0, eth1] = [device(web, 'eth0', { kind: 'wire' }), device(web, 'eth1', { kind: 'wire' })];
  const [one, other] = [address(eth0, '10.0.0.2/24'), address(eth1, '10.1.0.2/24')];
  const learned = [1, 2, 3].map((n): Observed => {
    const spec = { family: 4, to: `10.9.${String(n)}.0/24`, via: '10.0.0.1', metric: 20 } as const;
    return { ...route(web, eth0, spec), needs: [ref(one)] };
  });
  const asked: (readonly string[])[] = [];
  const giveBack = (lost: Observed, among: Surroundings): Observed => {
    asked.push(among.on(eth0.key, 'address').map(({ key }) => key));
    return lost;
  };
  const types = resourceTypes.map((it) => (it.type === 'route' ? { ...it, giveBack } : it));
  const owned = [namespace(host.host, 'web', 't-web'), eth0, eth1, one, other].map((it) => ({ ...it, owner: 't' }));
  const nothing = { desired: [], applied: [], replaced: [], unseen: [] };
  const { changes } = diff(
    { topology: 't', ...nothing, actual: [...owned, ...learned], scope: () => true },
    { types: new ResourceTypes(types), deviceKinds: new DeviceKinds(testPlugin.deviceKinds ?? []) },
  );
  expect(asked).toEqual(learned.map(() => [one.key]));
  expect(changes.filter(({ type, action }) => type === 'route' && action === 'delete')).toHaveLength(learned.length);
});
