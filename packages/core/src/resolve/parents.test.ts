import { type Nic } from '@pipewright/plugin';
import { testPlugin } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { parseSource, parseTopology } from '../parse/index.js';
import { compose } from '../registry/compose.js';
import { checkPlugins } from '../registry/plugins.js';
import { Registries } from '../registry/registry.js';
import { NO_FACTS } from './hosts.js';
import { HAD_NOTHING } from './in-use.js';
import { resolve } from './resolve.js';

const registries = compose([], checkPlugins([{ plugin: testPlugin, options: {}, from: 'the test' }])).resolve(
  Registries,
);

const NETWORKS =
  'networks: { lan: { kind: segment, mtu: 1400 }, wan: { kind: segment }, ten: { kind: upper, tag: 10, subnet: 10.1.0.0/24 }, more: { kind: upper } }\n';

function resolved(networks: string, more = '') {
  const text = `name: t\n${NETWORKS}nodes:\n  a: { networks: ${networks} }\n${more}`;
  const { topology, diagnostics: refused } = parseTopology(parseSource(text, { file: 't.yaml', env: {} }), registries);
  if (!topology) throw new Error(refused.map(({ message }) => message).join());
  const { model, diagnostics } = resolve(topology, registries, { facts: NO_FACTS }, HAD_NOTHING);
  const nics = new Map(model.nodes.flatMap((it) => it.nics).map((it): [string, Nic] => [it.id, it]));
  return { nics, said: diagnostics.map(({ code, message }) => `${code} ${message}`) };
}

describe('a nic on another', () => {
  test('is called as its kind calls it, counts in no row of numbers, and has what the other has', () => {
    const { nics, said } = resolved('[{ network: ten, parent: eth0 }, lan, { network: more, parent: eth0.10 }, wan]');
    expect(said).toEqual([]);
    expect([...nics.keys()]).toEqual(['a/eth0.10', 'a/eth0', 'a/eth0.10.1', 'a/eth1']);
    const eth0 = nics.get('a/eth0');
    expect(nics.get('a/eth0.10')).toMatchObject({
      parent: { ref: 'device:local/a/eth0' },
      mac: eth0?.mac,
      mtu: 1400,
      given: {},
      addresses: ['10.1.0.2/24'],
    });
    expect(nics.get('a/eth0.10.1')).toMatchObject({ parent: { ref: 'device:local/a/eth0.10' }, mac: eth0?.mac });
  });

  test('has what it says itself', () => {
    const own = '{ network: ten, parent: eth0, name: office, mtu: 1300, mac: "02:00:00:00:00:0A" }';
    expect(resolved(`[lan, ${own}]`).nics.get('a/office')).toMatchObject({ mac: '02:00:00:00:00:0a', mtu: 1300 });
  });

  test("is made on a link's end as well, and its network is on as many hosts as those are", () => {
    const more =
      '  b: { host: far, networks: [{ network: ten, parent: x0 }] }\n  c: { host: far }\nhosts: { far: { ssh: me@far } }\nlinks: [[c:x0, b:x0]]\n';
    const { nics, said } = resolved('[lan, { network: ten, parent: eth0 }]', more);
    expect(said).toEqual([]);
    expect(nics.get('b/x0.10')).toMatchObject({ parent: { ref: 'device:far/b/x0' }, addresses: ['10.1.0.3/24'] });
  });

  test.each([
    ['no such nic', '[lan, { network: ten, parent: eth7 }]', 'PW_NO_SUCH_PARENT', /"eth7".*no such nic/],
    ['itself', '[{ network: ten, parent: x, name: x }]', 'PW_PARENT_LOOP', /itself: x on x\./],
    [
      'each on the other',
      '[{ network: ten, parent: y, name: x }, { network: more, parent: x, name: y }]',
      'PW_PARENT_LOOP',
      /itself: x on y on x\./,
    ],
    ['a kind that makes none', '[lan, { network: wan, parent: eth0 }]', 'PW_NO_PARENTS', /is of kind segment/],
    [
      'larger than it',
      '[lan, { network: ten, parent: eth0, mtu: 1401 }]',
      'PW_MTU_OVER_PARENT',
      /1401.*1400 of a\/eth0/,
    ],
    [
      'one that stays down',
      '[{ network: lan, up: false }, { network: ten, parent: eth0 }]',
      'PW_PARENT_IS_DOWN',
      /a\/eth0/,
    ],
  ])('a complaint: %s', (_, networks, code, says) => {
    const { said } = resolved(networks);
    expect(said.map((it) => it.split(' ')[0])).toEqual([code]);
    expect(said[0]).toMatch(says);
  });

  test('may stay down with it', () =>
    expect(resolved('[{ network: lan, up: false }, { network: ten, parent: eth0, up: false }]').said).toEqual([]));
});
