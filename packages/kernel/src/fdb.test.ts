import { device, exec, fdb as fdbOf, type Resource } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
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

describe('with a tunnel that goes', () => {
  const tunnel = (attrs: Record<string, unknown>): Resource => device(host, 'vx0', { kind: 'tunnel', ...attrs });
  const found = (dst: string, attrs: Record<string, unknown>) => {
    const entryOf = fdbOf(device(host, 'vx0', { kind: 'tunnel' }), EVERYBODY, dst);
    return fdb.relate?.([entryOf, tunnel(attrs)], []).get(entryOf.key);
  };
  const among = (attrs: Record<string, unknown>) => ({ get: () => tunnel(attrs), on: () => [] });

  test.each(['239.1.1.1', 'ff05::1'])('goes the entry that it came with: %s', (remote) =>
    expect(found(remote, { remote })).toMatchObject({ madeBy: { ref: 'device:local//vx0' } }),
  );

  test.each([
    ['of another group', { remote: '239.1.1.2' }, true],
    ['without addresses', { remote: null, local: null }, true],
    ['of the other family', { remote: 'ff05::1' }, false],
    ['of the other family by its own end alone', { remote: null, local: 'fd00::1' }, false],
    ['of another kind', { kind: 'veth' }, false],
  ])('comes again what somebody has told it on one %s', (_, attrs, isBack) => {
    const theirs = found('198.51.100.9', { remote: '239.1.1.1' });
    expect(theirs).not.toHaveProperty('madeBy');
    expect(theirs && fdb.giveBack?.(theirs as never, among(attrs))).toEqual(isBack ? theirs : undefined);
  });
});
