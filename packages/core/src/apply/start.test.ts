import { resourceTypes } from '@pipewright/kernel';
import { type Change, processIn, ref, resource } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { type DeviceKinds, ResourceTypes } from '../registry/registry.js';
import type { Planned } from '../stages.js';
import { startOf } from './start.js';

const types = { need: () => ({ mark: {}, exclusive: true }) } as unknown as ResourceTypes;
const deviceKinds = { get: (kind: string) => (kind === 'tap' ? { tuntap: true } : {}) } as unknown as DeviceKinds;

const device = (name: string, kind: string) =>
  resource('device', { host: 'local' }, `host/${name}`, { name, kind, up: true });

const change = (action: 'create' | 'delete', it: ReturnType<typeof device>): Change => ({
  action,
  type: 'device',
  key: it.key,
  id: it.id,
  on: it.on,
  ...(action === 'create' ? { after: it } : { before: it }),
  fields: [],
});

test('a tap that has no mark yet is known for ours, where it is made and where it is put back', () => {
  const changes = [
    change('create', device('tap0', 'tap')),
    change('delete', device('tap1', 'tap')),
    change('delete', device('br0', 'bridge')),
  ];
  const planned = {
    plan: { topology: 'lab', changes },
    survey: { nodes: [], actual: [] },
    request: { applied: [], wanted: [] },
  } as unknown as Planned;
  const { request } = startOf('down', planned, undefined, { types, deviceKinds });
  expect(request.applied.map(({ attrs }) => attrs)).toEqual([
    { name: 'tap0', kind: 'tap', group: 0, up: false },
    { name: 'tap1', kind: 'tap', group: 0, up: false },
  ]);
});

test('undoing knows of a process what its place is called, be it otherwise than its record says', () => {
  const run = processIn(
    { host: 'local', node: 'web (before)' },
    'lab',
    'web/p',
    { argv: ['p'] },
    { within: [ref('x')] },
  );
  const planned = {
    plan: { topology: 'lab', changes: [] },
    survey: { nodes: [], actual: [] },
    request: { applied: [run], wanted: [] },
  } as unknown as Planned;
  const { request } = startOf('up', planned, undefined, { types: new ResourceTypes(resourceTypes), deviceKinds });
  expect(request.applied).toEqual([run]);
});
