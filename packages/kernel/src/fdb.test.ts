import { device, exec, fdb as fdbOf } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { fdb } from './fdb.js';

const host = { host: 'local' };
const EVERYBODY = '00:00:00:00:00:00';
const entry = fdbOf(device(host, 'vx0', { kind: 'tunnel' }), EVERYBODY, '198.51.100.2');

test('the name is the one its constructor gives', () => expect(entry.key).toBe(`fdb:local//${fdb.name(entry.attrs)}`));

// bridge -j fdb show, iproute2 6.1
const ANSWER = `[{"mac":"33:33:00:00:00:01","ifname":"eth0","flags":["self"],"state":"permanent"},
{"mac":"02:00:00:00:00:07","ifname":"vx0","dst":"198.51.100.9","flags":["self"],"state":""},
{"mac":"00:00:00:00:00:00","ifname":"vx0","dst":"198.51.100.2","flags":["self"],"state":"permanent"},
{"mac":"00:00:00:00:00:00","ifname":"vx6","dst":"fd00::2","viaIf":"eth0","flags":["self"],"state":"permanent"}]`;

test.each([
  ['text', ANSWER],
  ['rows', JSON.parse(ANSWER) as unknown],
])('reads what tunnels were told, and not what they learnt: %s', (_, answer) =>
  expect(fdb.parse([answer], { on: host, nodes: [], deviceKind: () => undefined })).toEqual(
    [
      ['vx0', '198.51.100.2'],
      ['vx6', 'fd00::2'],
    ].map(([dev = '', dst]) => ({
      attrs: { mac: EVERYBODY, dst, dev: { ref: `device:local//${dev}` } },
      within: [{ ref: `device:local//${dev}` }],
    })),
  ),
);

test('is told and untold by bridge', () => {
  const words = (verb: string) => [
    exec(host, 'bridge', 'fdb', verb, EVERYBODY, 'dev', 'vx0', 'dst', '198.51.100.2', 'self', 'permanent'),
  ];
  const change = { type: 'fdb', key: entry.key, id: entry.id, on: host, fields: [] };
  expect(fdb.write({ ...change, action: 'create', after: entry }, { role: 'alone' })).toEqual(words('append'));
  expect(fdb.write({ ...change, action: 'delete', before: entry }, { role: 'alone' })).toEqual(words('del'));
});
