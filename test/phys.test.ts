import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { leavingAsItWas } from './support.js';

/** `nic0` is as good as a NIC of the host: it has addresses, a route and an alias; `wire` is what is at its other end. */
const NIC = `ip link add nic0 type veth peer name wire; ip link set wire up; ip addr add 192.168.2.1/24 dev wire
ip link set nic0 address 02:00:00:00:aa:01 mtu 1450 alias 'to the roof'
ip addr add 192.168.2.4/24 dev nic0; ip addr add fd00:2::4/64 dev nic0 nodad; ip link set nic0 up
ip route add 10.3.0.0/16 via 192.168.2.254 metric 7`;

const lab = (a: string, b = '{}'): string => `
name: t
networks: { roof: { kind: phys, parent: nic0 }, lan: { kind: bridge } }
nodes: { a: ${a}, b: ${b} }
`;

const LENT = '{ networks: { roof: { address: 192.168.2.9/24, gateway: 192.168.2.1, name: wan0 } } }';

const withNic = (body: (host: Sandbox) => Promise<void>) => leavingAsItWas(NIC, body);

const up = async (host: Sandbox, topology: string): Promise<void> => {
  await host.write('pipewright.yaml', topology);
  await host.pipewright('up', '--yes');
  expect(await host.plan()).toEqual([]);
};

const linkOf = async (host: Sandbox, node: string): Promise<string> =>
  host.sh('ip -o link', { namespace: await host.namespaceOf(node) });

describe.each(['netlink', 'shell'])('by %s', (by) => {
  test(
    'a NIC goes into its node and comes back as it was',
    withNic(async (host) => {
      const env = { env: { PIPEWRIGHT_EXECUTOR: by } };
      await host.write('pipewright.yaml', lab(LENT));
      expect((await host.run([...host.cli, 'up', '--yes'], env)).code).toBe(0);
      expect(await host.plan()).toEqual([]);
      expect(await linkOf(host, 'a')).toMatch(/wan0@.*mtu 1450 .*02:00:00:00:aa:01/);
      const { code } = await host.run(['ping', '-n', '-c', '1', '-W', '1', '192.168.2.1'], {
        namespace: await host.namespaceOf('a'),
      });
      expect(code).toBe(0);
      expect((await host.run([...host.cli, 'down', '--yes'], env)).code).toBe(0);
    }),
  );
});

test(
  'to another node, by its MAC address; then its place is a bridge nic',
  withNic(async (host) => {
    await up(host, lab(LENT));
    const byMac = lab('{}', '{ networks: [roof] }').replace('parent: nic0', 'mac: "02:00:00:00:AA:01"');
    await up(host, byMac);
    expect(await linkOf(host, 'a')).not.toContain('wan0');
    expect(await linkOf(host, 'b')).toContain('02:00:00:00:aa:01');
    await up(host, lab('{}', '{ networks: [lan] }'));
    expect(await host.sh('ip -o addr show dev nic0')).toContain('192.168.2.4/24');
    await host.pipewright('down', '--yes');
  }),
);

test(
  'a change that fails gives it back',
  withNic(async (host) => {
    await host.write('pipewright.yaml', lab(LENT.replace(/\}$/, ', sysctls: { net.ipv4.no_such_thing: 1 } }')));
    expect((await host.tryPipewright('up', '--yes')).code).toBe(1);
  }),
);

test(
  'the script of a plan lends it, too',
  onSandbox(async (host) => {
    await host.sh(NIC);
    await host.write('pipewright.yaml', lab(LENT));
    await host.write('by-hand.sh', (await host.pipewright('plan', '--script')).stdout);
    await host.sh('sh by-hand.sh');
    expect(await linkOf(host, 'a')).toContain('02:00:00:00:aa:01');
    expect(await host.plan()).toEqual([]);
  }),
);

describe('without a file', () => {
  test(
    'pipework lends it, says the same again, and detach takes it back',
    withNic(async (host) => {
      await host.sh('ip netns add web');
      for (const hostInterface of ['nic0', 'nic0', 'mac:02:00:00:00:AA:01']) {
        const line = [...host.cli, 'pipework', '--direct-phys', hostInterface, 'web', '192.168.2.9/24'];
        expect(await host.run(line)).toMatchObject({ code: 0, stdout: '', stderr: '' });
      }
      expect(await host.sh('ip -o link show dev eth1', { namespace: 'web' })).toContain('02:00:00:00:aa:01');
      await host.pipewright('detach', 'web');
      await host.sh('ip netns del web');
    }),
  );

  test(
    "a nic of the same guest that is on the NIC's far end stays as it is",
    withNic(async (host) => {
      await host.sh('ip netns add web');
      await host.pipewright('pipework', 'wire', '-i', 'm0', 'web', '192.168.2.8/24');
      const macvlan = await host.sh('ip -o -4 addr show dev m0', { namespace: 'web' });
      await host.pipewright('pipework', '--direct-phys', 'nic0', 'web', '192.168.2.9/24');
      await host.pipewright('detach', 'web', '--nic', 'eth1');
      expect(await host.sh('ip -o -4 addr show dev m0', { namespace: 'web' })).toBe(macvlan);
      await host.pipewright('detach', 'web');
      await host.sh('ip netns del web');
    }),
  );

  test(
    'a device that took its name meanwhile is in the way, and nothing is done',
    withNic(async (host) => {
      await host.sh('ip netns add web');
      await host.pipewright('attach', 'web', '--network', 'phys:nic0');
      await host.sh('ip link add nic0 type bridge');
      const said = await host.tryPipewright('detach', 'web');
      expect(said.stderr).toContain('PW_HOME_TAKEN');
      await host.sh('ip link del nic0');
      await host.pipewright('down', 'adhoc', '--yes');
      await host.sh('ip netns del web');
    }),
  );
});
