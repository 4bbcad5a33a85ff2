import { isDiagnostic, type Nic } from '@pipewright/plugin';
import { featureContext, model, nic, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { slaac } from './index.js';
import { options } from './options.js';

pluginSuite(plugin);

function compiled(given: Partial<Nic> = {}, gateway = true) {
  const one = nic({ dynamic: [{ by: 'slaac', options: options.parse({}), gateway }], ...given });
  const node = { ...nodeSpec(), on: one.on, managed: true, nics: [one, nic({ name: 'eth1' })] };
  return slaac.compile(model({ nodes: [node] }), featureContext()).resources;
}

const parameters = (given?: Partial<Nic>, gateway?: boolean) =>
  Object.fromEntries(
    compiled(given, gateway).flatMap((it) =>
      !isDiagnostic(it) && it.type === 'sysctl' ? [[String(it.attrs['name']), String(it.attrs['value'])] as const] : [],
    ),
  );

test('the kernel listens, and a helper tells what it hears', () => {
  expect(parameters()).toMatchObject({
    'net.ipv6.conf.eth0.disable_ipv6': '0',
    'net.ipv6.conf.eth0.accept_ra': '2',
    'net.ipv6.conf.eth0.accept_ra_defrtr': '1',
  });
  expect(compiled().at(-1)).toMatchObject({
    type: 'process',
    id: 'web/eth0/slaac',
    within: [{ ref: 'device:local/web/eth0' }],
    attrs: { argv: ['./watch', 'eth0', 'route'], ready: { withinMs: 10_000 }, state: 'running' },
  });
});

test('with `gateway: none` no default route is taken, nor kept', () => {
  expect(parameters({}, false)).toMatchObject({ 'net.ipv6.conf.eth0.accept_ra_defrtr': '0' });
  expect(compiled({}, false).at(-1)).toMatchObject({ attrs: { argv: ['./watch', 'eth0', 'no-route'] } });
});

test('a dot of a device is no dot of a parameter', () =>
  expect(Object.keys(parameters({ device: 'eth0.7' }))).toContain('net.ipv6.conf.eth0/7.accept_ra'));

test('what the file says of a parameter is said once, and not otherwise', () => {
  const say = (value: string) => ({ settings: { sysctls: { 'net.ipv6.conf.IFNAME.accept_ra': value } } });
  expect(Object.keys(parameters(say('2')))).not.toContain('net.ipv6.conf.eth0.accept_ra');
  const found = compiled(say('0')).filter((it) => isDiagnostic(it));
  expect(found).toMatchObject([
    {
      code: 'PW_SLAAC_DEAF',
      path: [expect.anything(), expect.anything(), 'sysctls', 'net.ipv6.conf.IFNAME.accept_ra'],
    },
  ]);
});

test('IPv6 is switched on once: not by us where the nic has such an address', () =>
  expect(Object.keys(parameters({ addresses: ['fd00::5/64'] }))).not.toContain('net.ipv6.conf.eth0.disable_ipv6'));

test('an MTU with which there is no IPv6 is told of, rather than waited for', () =>
  expect(compiled({ mtu: 1279 })).toMatchObject([{ code: 'PW_SLAAC_MTU' }]));

test('a nic that does not ask for it gets nothing', () => expect(compiled({ dynamic: [] })).toEqual([]));
