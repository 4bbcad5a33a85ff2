import { resourceTypes } from '@pipewright/kernel';
import { device, namespace, type Op, type Resource, route } from '@pipewright/plugin';
import { testPlugin } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { changeOf } from '../diff/change-of.js';
import { DeviceKinds, ResourceTypes } from '../registry/registry.js';
import { plan } from './plan.js';

const known = { types: new ResourceTypes(resourceTypes), deviceKinds: new DeviceKinds(testPlugin.deviceKinds ?? []) };
const a = { host: 'local', node: 'a' };
const eth1 = device(a, 'eth1', { kind: 'wire' });
const unmarked = route(a, eth1, { family: 4, to: 'default', via: '10.0.0.1' });
const wayOut = known.types.need('route').mark?.(unmarked, 't') ?? unmarked;

/** What is done with the route, and how that is undone. */
function opsOfRoute(furnished: Pick<Resource, 'furnished'>) {
  const all = [{ ...namespace('local', 'a', 't-a'), ...furnished }, eth1, wayOut];
  const changes = all.map((it) => changeOf('replace', { ...it, owner: 't' }, it));
  const { stages } = plan('t', { changes, notes: [], diagnostics: [] }, known);
  const ops = stages.flatMap(({ batches }) => batches.flatMap((it) => it.ops));
  const words = (its: readonly Op[]) => its.map((it) => (it.op === 'netlink' ? it.verb : it.op));
  return ops
    .filter((it) => it.changes.some(({ key }) => key === wayOut.key))
    .map(({ half, makesRoom, forward, inverse }) => [half, makesRoom, words(forward), words(inverse)]);
}

test('where a namespace comes with things of others in it, and comes back with them, they make room each time', () => {
  expect(opsOfRoute({ furnished: true })).toEqual([
    ['old', true, [], ['exec', 'replace']],
    ['new', undefined, ['exec', 'replace'], ['del']],
  ]);
  expect(opsOfRoute({})).toEqual([
    ['old', undefined, [], ['replace']],
    ['new', undefined, ['replace'], ['del']],
  ]);
});
