import type { Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { inShort, leavingAsItWas } from './support.js';

/** Two that nobody uses, one of them with more than the network carries; a third is the host's own. */
const NICS = `for n in 0 1 2; do ip link add nic$n type veth peer name wire$n; ip link set nic$n up; ip link set wire$n up; done
ip link set nic0 alias 'to the roof' mtu 9000; ip link set nic1 mtu 1400; ip addr add 192.0.2.1/24 dev nic2
ip addr add 10.0.0.99/24 dev wire0`;

const lab = (uplink: string, more = ''): string =>
  `name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24${uplink}${more} } }\nnodes: { a: { networks: [lan] } }\n`;

const withNics = (body: (host: Sandbox) => Promise<void>) => leavingAsItWas(NICS, body);

describe.each(['netlink', 'shell'])('by %s', (by) => {
  const pipewright = async (host: Sandbox, ...words: readonly string[]): Promise<void> =>
    expect(await host.run([...host.cli, ...words], { env: { PIPEWRIGHT_EXECUTOR: by } })).toMatchObject({ code: 0 });

  test(
    'a NIC is a port of the bridge, again where somebody takes it out, and then as it was',
    withNics(async (host) => {
      await host.write('pipewright.yaml', lab(', uplink: nic0'));
      await pipewright(host, 'up', '--yes');
      expect(await host.sh('ping -c 1 -W 2 10.0.0.99', { namespace: await host.namespaceOf('a') })).toContain(' 0% ');
      await host.sh('ip link set nic0 nomaster');
      expect(inShort(await host.plan())).toEqual(['update lan:uplink']);
      await pipewright(host, 'up', '--yes');
      expect(await host.plan()).toEqual([]);
      await pipewright(host, 'down');
    }),
  );

  test(
    'another NIC takes the place of it, or none',
    withNics(async (host) => {
      const isPort = async (nic: string) => (await host.sh(`ip -o link show dev ${nic}`)).includes('master t-lan');
      await host.write('pipewright.yaml', lab(', uplink: nic0', ', mtu: 1400'));
      await pipewright(host, 'up', '--yes');
      await host.write('pipewright.yaml', lab(', uplink: nic1', ', mtu: 1400'));
      await pipewright(host, 'up', '--yes');
      expect([await isPort('nic0'), await isPort('nic1')]).toEqual([false, true]);
      await host.write('pipewright.yaml', lab('', ', mtu: 1400'));
      await pipewright(host, 'up', '--yes');
      expect(await isPort('nic1')).toBe(false);
      await pipewright(host, 'down');
    }),
  );

  test(
    'it is whatever the file says next: of a node, what nodes are on, a port again; or as before where the rest fails',
    withNics(async (host) => {
      const uplink = 'kind: bridge, uplink: nic0';
      const [phys, macvlan] = ['kind: phys, parent: nic0', 'kind: macvlan, parent: nic0'];
      for (const role of [uplink, phys, macvlan, uplink, macvlan, phys, uplink]) {
        const text = lab('').replace('kind: bridge', role);
        const before = await host.snapshot();
        await host.write('pipewright.yaml', text.replace('{ a:', '{ b: { commands: ["false"] }, a:'));
        const failed = await host.run([...host.cli, 'up', '--yes'], { env: { PIPEWRIGHT_EXECUTOR: by } });
        expect([role, failed.code, await host.snapshot()]).toEqual([role, 1, before]);
        await host.write('pipewright.yaml', text);
        await pipewright(host, 'up', '--yes');
        expect(await host.plan()).toEqual([]);
        expect(await host.sh('ping -c 1 -W 2 10.0.0.99', { namespace: await host.namespaceOf('a') })).toContain(' 0% ');
      }
      await pipewright(host, 'down');
    }),
  );

  test(
    'a NIC that was taken out is a port again where the rest fails',
    withNics(async (host) => {
      await host.write('pipewright.yaml', lab(', uplink: nic0', ', mtu: 1400'));
      await pipewright(host, 'up', '--yes');
      const before = await host.snapshot();
      await host.write(
        'pipewright.yaml',
        lab(', uplink: nic1', ', mtu: 1400').replace('{ a:', '{ b: { commands: ["false"] }, a:'),
      );
      const failed = await host.run([...host.cli, 'up', '--yes'], { env: { PIPEWRIGHT_EXECUTOR: by } });
      expect(failed.code).toBe(1);
      expect(await host.snapshot()).toEqual(before);
      await pipewright(host, 'down', 't');
    }),
  );

  test(
    'a NIC of which nobody remembers that it is lent is given back, too',
    withNics(async (host) => {
      await host.write('pipewright.yaml', lab(', uplink: nic1', ', mtu: 1400'));
      await pipewright(host, 'up', '--yes');
      await host.sh('rm -rf /run/pipewright /var/lib/pipewright');
      await pipewright(host, 'down', 't', '--yes');
      expect(await host.sh('ip link show dev nic1')).not.toContain('alias');
    }),
  );

  test(
    'a shared bridge goes with the last who is on it, and gives the NIC back',
    withNics(async (host) => {
      const shared = ', bridge: br-up, shared: true';
      await host.write('pipewright.yaml', lab(`, uplink: nic0${shared}`));
      await host.write('other.yaml', lab(shared).replace('name: t', 'name: other').replace('10.0.0', '10.1.0'));
      await pipewright(host, 'up', '--yes', '-f', 'other.yaml');
      await pipewright(host, 'up', '--yes');
      await pipewright(host, 'down', 'other');
      expect(await host.plan()).toEqual([]);
      await pipewright(host, 'down', 't');
    }),
  );
});

test(
  'one that the host is reached by is refused, and one that another topology has',
  withNics(async (host) => {
    await host.write('pipewright.yaml', lab(', uplink: nic2'));
    const refused = await host.tryPipewright('up', '--yes');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('PW_BRIDGE_UPLINK_IN_USE') as string });
    await host.write('pipewright.yaml', lab(', uplink: nic0'));
    await host.pipewright('up', '--yes');
    await host.write('other.yaml', lab(', uplink: nic0').replace('name: t', 'name: other').replace('10.0.0', '10.1.0'));
    const second = await host.tryPipewright('up', '--yes', '-f', 'other.yaml');
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('PW_BRIDGE_UPLINK_PORT') as string });
    await host.pipewright('down');
  }),
);

test(
  'without nics the bridge has the MTU of its uplink, with them that of the network',
  withNics(async (host) => {
    const mtu = async () => (await host.sh('ip -o link show dev t-lan')).match(/mtu (\d+)/)?.[1];
    const nobody = lab(', uplink: nic0').replace('networks: [lan]', '');
    for (const [text, wanted] of [
      [nobody, '9000'],
      [lab(', uplink: nic0'), '1500'],
      [nobody, '9000'],
    ] as const) {
      await host.write('pipewright.yaml', text);
      await host.pipewright('up', '--yes');
      expect(await mtu()).toBe(wanted);
      expect(await host.plan()).toEqual([]);
    }
    await host.pipewright('down');
  }),
);
