import { describe, expect, test } from 'vitest';
import { managerCheck, NETWORK_MANAGER, NETWORKD } from './managers.js';
import { noNeeds } from './needs.js';

const needs = {
  ...noNeeds([]),
  topology: 'shop',
  hostDevices: [
    { name: 'shop-front', kind: 'bridge' },
    { name: 'shop-web-eth0', kind: 'veth' },
  ],
};
const files = (...texts: readonly string[]) => texts.map((text, index) => ({ path: `${index}`, text }));

describe('NetworkManager', () => {
  test.each([
    ['all that nobody told it not to', ['[main]\nplugins=keyfile'], ['shop-front', 'shop-web-eth0']],
    ['none of a name', ['[keyfile]\nunmanaged-devices=interface-name:eth9;interface-name:shop-*'], []],
    ['none of a kind', ['[keyfile]\nunmanaged-devices = type:veth , type:bridge'], []],
    ['none at all', ['[keyfile]\nunmanaged-devices=*'], []],
    ['what is excepted', ['[keyfile]\nunmanaged-devices=*,except:type:bridge'], ['shop-front']],
    [
      'what a later file takes back',
      ['[keyfile]\nunmanaged-devices=*', '[keyfile]\nunmanaged-devices=lo'],
      ['shop-front', 'shop-web-eth0'],
    ],
    ['what no file adds', ['[keyfile]\nunmanaged-devices=type:veth', '[keyfile]\nunmanaged-devices+=type:bridge'], []],
    ['none of a section', ['[device-ours]\nmatch-device=interface-name:shop-*\nmanaged=0'], []],
    ['what stands in a comment', ['[keyfile]\n# unmanaged-devices=*'], ['shop-front', 'shop-web-eth0']],
    [
      'what only looks like it',
      ['[keyfile]\nunmanaged-devices=interface-name:=shop-'],
      ['shop-front', 'shop-web-eth0'],
    ],
  ])('takes %s', (_, texts, taken) => {
    const { ok, detail } = managerCheck(NETWORK_MANAGER, true, files(...texts), needs);
    expect({ ok, detail }).toEqual({
      ok: taken.length === 0,
      detail: taken.length === 0 ? 'runs, and leaves our devices alone' : `runs, and may take ${taken.join(', ')}`,
    });
  });
});

describe('systemd-networkd', () => {
  test.each([
    ['nothing that no file is about', ['[Match]\nName=eth*\n[Network]\nDHCP=yes'], []],
    ['what a file is about', ['[Match]\nName=eth* shop-*\n[Network]\nDHCP=yes'], ['shop-front', 'shop-web-eth0']],
    ['what is of a kind', ['[Match]\nKind=veth\n[Network]\nDHCP=yes'], ['shop-web-eth0']],
    ['all of Ethernet', ['[Match]\nType=ether\n[Network]\nDHCP=yes'], ['shop-front', 'shop-web-eth0']],
    ['all but some', ['[Match]\nName=!shop-web* lo\n[Network]\nDHCP=yes'], ['shop-front']],
    ['nothing by its hardware', ['[Match]\nName=*\nPath=pci-0000:02:00.0\n[Network]\nDHCP=yes'], []],
    ['nothing by no match', ['[Network]\nDHCP=yes'], []],
    [
      'not what an earlier file leaves alone',
      ['[Match]\nName=shop-*\n[Link]\nUnmanaged=yes', '[Match]\nName=*\n[Network]\nDHCP=yes'],
      [],
    ],
    [
      'what only a later file leaves alone',
      ['[Match]\nName=*\n[Network]\nDHCP=yes', '[Match]\nName=shop-*\n[Link]\nUnmanaged=yes'],
      ['shop-front', 'shop-web-eth0'],
    ],
  ])('takes %s', (_, texts, taken) => {
    const { detail } = managerCheck(NETWORKD, true, files(...texts), needs);
    expect(detail).toBe(
      taken.length === 0 ? 'runs, and leaves our devices alone' : `runs, and may take ${taken.join(', ')}`,
    );
  });

  test('is told what to leave alone: names of the topology, and others that were chosen', () => {
    const more = { ...needs, hostDevices: [...needs.hostDevices, { name: 'br1', kind: 'bridge' }] };
    expect(managerCheck(NETWORKD, true, files('[Match]\nName=*'), more).fix).toContain('Name=shop-* br1\\n');
    expect(managerCheck(NETWORK_MANAGER, true, [], more).fix).toContain('interface-name:shop-*;interface-name:br1\\n');
  });
});

test('what does not run takes nothing', () =>
  expect(managerCheck(NETWORK_MANAGER, false, [], needs)).toEqual({
    name: 'NetworkManager',
    ok: true,
    essential: false,
    detail: 'does not run',
  }));

test('what it is told to do, it then does', () => {
  for (const manager of [NETWORK_MANAGER, NETWORKD]) {
    const { fix = '' } = managerCheck(manager, true, files('[Match]\nName=*'), needs);
    const [, text = ''] = /^printf '(.*)' >/.exec(fix) ?? [];
    expect(managerCheck(manager, true, files(text.replaceAll('\\n', '\n')), needs).ok).toBe(true);
  }
});
