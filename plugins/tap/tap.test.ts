import { type DeviceAttrs, isDiagnostic, type Nic, type Resource } from '@pipewright/plugin';
import { context, networkSpec, nic, pluginSuite } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import plugin, { tap } from './index.js';

pluginSuite(plugin, { options: { tap: {} } });

const onHost = (more: Partial<Nic> = {}): Nic => nic({ node: 'host', on: { host: 'local' }, ...more });

const compile = (options: Record<string, unknown>, members: readonly Nic[] = [onHost()]) =>
  tap.compile(
    networkSpec({ members, options: tap.options.parse(options) }),
    context({
      switchOf: (name) =>
        name === 'lan' ? { name: 'br0', isBridge: true } : name === 'wire' ? { name: 'w0' } : undefined,
    }),
  );

test('each nic is a tap in its node under its own name', () => {
  const [own, ...more] = compile({ user: 107, group: 0, 'multi-queue': true }, [
    nic(),
  ]) as readonly Resource<DeviceAttrs>[];
  expect(own).toMatchObject({
    on: nic().on,
    attrs: { name: nic().device, kind: 'tun', mode: 'tap', user: 107, userGroup: 0, multiQueue: true, vnetHdr: false },
  });
  expect(own?.attrs).not.toHaveProperty('master');
  expect(more).toEqual([]);
});

test("on the host it is a port of a network's bridge", () =>
  expect(compile({ bridge: 'lan' })).toMatchObject([
    { attrs: { user: null, master: { ref: 'device:local//br0' } }, needs: [{ ref: 'device:local//br0' }] },
  ]));

test('a port that is told no MAC address has none that the bridge would take for its own', () => {
  expect(compile({ bridge: 'lan' })).toMatchObject([{ attrs: { mac: expect.stringMatching(/^fe:/) as string } }]);
  const told = onHost({ mac: '02:00:00:00:00:07', given: { mac: '02:00:00:00:00:07' } });
  expect(compile({ bridge: 'lan' }, [told])).toMatchObject([{ attrs: { mac: '02:00:00:00:00:07' } }]);
});

test.each<[string, Record<string, unknown>, readonly Nic[], string, RegExp]>([
  ['no such network', { bridge: 'nowhere' }, [], 'NO_BRIDGE', /"nowhere"/],
  ['one without a bridge', { bridge: 'wire' }, [], 'NO_BRIDGE', /"wire"/],
  ['in a node', { bridge: 'lan' }, [nic()], 'NOT_ON_HOST', /web\/eth0.*"lan"/],
  ['with an address', { bridge: 'lan' }, [onHost({ addresses: ['10.0.0.2/24'] })], 'ADDRESSED', /address: none/],
  ['a host end', {}, [onHost({ hostDevice: 'p0' })], 'NO_HOST_DEVICE', /"p0"/],
])('a complaint: %s', (_, options, members, code, says) => {
  const found = compile(options, members).filter(isDiagnostic);
  expect(found).toMatchObject([{ code: `PW_TAP_${code}` }]);
  expect(`${found[0]?.message ?? ''} ${found[0]?.fix ?? ''}`).toMatch(says);
});

const { user } = plugin.deviceKinds?.[0]?.attributes ?? {};

test.each([
  [107, 107, false],
  ['107', 107, false],
  ['qemu', 'qemu', true],
])('the user that is printed as %o may be who was asked for: of a name nobody tells', (printed, found, may) => {
  expect(user?.read?.(printed)).toBe(found);
  expect(user?.same?.(108, found)).toBe(may);
  expect(user?.same?.(null, found), 'nobody in particular').toBe(false);
});
