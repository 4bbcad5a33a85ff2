import type { Plan } from '@pipewright/core';
import { address, type Change, device, ref } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { plain } from '../output/paint.js';
import { planJson, planText } from './plan.js';

const host = { host: 'local' };
const web = { host: 'local', node: 'web' };
const bridge = device(host, 'shop-lan', { kind: 'bridge', mtu: 1500 }, { id: 'lan' });
const port = device(host, 'shop-web', { kind: 'veth', master: ref(bridge) }, { id: 'web/eth0:host' });
const nic = device(web, 'eth0', { kind: 'veth', mtu: 1500 });

const changeOf = (
  action: Change['action'],
  it: Pick<Change, 'before' | 'after'>,
  more: Partial<Change> = {},
): Change => {
  const { type, key, id, on } = it.after ?? it.before ?? bridge;
  return { action, type, key, id, on, fields: [], ...it, ...more };
};

const PLAN: Plan = {
  topology: 'shop',
  changes: [
    changeOf('update', { before: nic, after: { ...nic, attrs: { ...nic.attrs, mtu: 1400 } } }, { fields: ['mtu'] }),
    changeOf('create', { after: bridge }),
    changeOf('replace', { before: port, after: port }, { reason: 'its far end is missing' }),
    changeOf('delete', { before: address(nic, '10.0.0.9/24') }, { reason: 'not declared any more' }),
  ],
  stages: [],
  impact: [{ node: 'web', nic: 'web/eth0', change: nic.key, effect: 'mtu of device web/eth0 changes in place' }],
  notes: ['lan: ageing counts at creation only'],
};

test('for people: by node, the host first, with what changes into what', () => {
  expect(planText(PLAN, plain, false).split('\n')).toEqual([
    'shop: 4 changes: 1 to create, 1 to update, 1 to replace, 1 to delete',
    '',
    'the host',
    '    + device lan  bridge',
    '  -/+ device web/eth0:host  (its far end is missing)',
    '',
    'web',
    '    ~ device eth0  mtu: 1500 → 1400',
    '    - address eth0/10.0.0.9/24',
    '',
    'Disturbed',
    '  web: mtu of device web/eth0 changes in place',
    '',
    'Notes',
    '  lan: ageing counts at creation only',
  ]);
});

test('of texts of several lines the names of those that differ', () => {
  const serving = (it: string) => ({
    ...bridge,
    type: 'process',
    attrs: { argv: ['dnsmasq', it], files: { script: '#!/bin/sh\nexec dnsmasq\n', conf: `listen=${it}\nno-hosts\n` } },
  });
  const [before, after] = [serving('10.0.0.1'), serving('10.0.0.2')];
  const change = changeOf('replace', { before, after }, { fields: ['argv', 'files'] });
  expect(planText({ ...PLAN, changes: [change] }, plain, false)).toContain(
    '  -/+ process lan  argv: dnsmasq 10.0.0.1 → dnsmasq 10.0.0.2, files: conf\n',
  );
});

test('of a node that goes, the first of a type and how many more', () => {
  const changes = [...Array(25).keys()].map((it) => changeOf('delete', { before: address(nic, `10.0.0.${it}/24`) }));
  const lines = planText({ ...PLAN, changes }, plain, false).split('\n');
  expect(lines.filter((it) => it.includes('- address'))).toHaveLength(21);
  expect(lines).toContain('    - address  5 more: -v lists them');
  expect(planText({ ...PLAN, changes }, plain, true)).toContain('    - address eth0/10.0.0.24/24');
});

test('nothing to do says so', () => {
  expect(planText({ ...PLAN, changes: [], impact: [], notes: [] }, plain, false)).toBe('shop: no changes');
});

test('for programs: plain JSON, refs as the name of what they point to', () => {
  const json = planJson(PLAN) as { readonly changes: readonly object[] };
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(Object.keys(json)).toEqual(['topology', 'changes', 'impact', 'notes']);
  expect(json.changes[2]).toEqual({
    host: 'local',
    node: null,
    type: 'device',
    id: 'web/eth0:host',
    action: 'replace',
    before: { name: 'shop-web', kind: 'veth', master: 'shop-lan' },
    after: { name: 'shop-web', kind: 'veth', master: 'shop-lan' },
    fields: [],
    reason: 'its far end is missing',
  });
  expect(json.changes[3]).toMatchObject({ node: 'web', before: { address: '10.0.0.9/24', dev: 'eth0' }, after: null });
});
