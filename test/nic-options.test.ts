import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { addresses, ifindex, inShort, whileUp } from './support.js';

const lan = (nic: string, more = ''): string => `
name: t
networks: { lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00::/64"] } }
nodes:
  a: { networks: { lan: { address: [10.0.0.2/24, "fd00::2/64"]${nic} } } }
  b: { networks: { lan: { address: [10.0.0.3/24, "fd00::3/64"] } } }
${more}`;

const inNode = async (host: Sandbox, script: string): Promise<string> =>
  (await host.sh(script, { namespace: await host.namespaceOf('a') })).trim();

const flags = (host: Sandbox): Promise<string> => inNode(host, "ip -o link show dev eth0 | grep -o '<.*>'");

const reaches = async (host: Sandbox, to: string): Promise<boolean> =>
  (await host.run(['ping', '-n', '-c', '1', '-W', '1', to], { namespace: await host.namespaceOf('a') })).code === 0;

/** What is planned for another nic, which is then made. */
async function change(host: Sandbox, nic: string): Promise<readonly string[]> {
  await host.write('pipewright.yaml', lan(nic));
  const planned = inShort(await host.plan());
  await host.pipewright('up', '--yes');
  expect(await host.plan()).toEqual([]);
  return planned;
}

const kernelParameter = (host: Sandbox, name: string): Promise<string> => inNode(host, `cat /proc/sys/net/${name}`);

describe('`up: false`', () => {
  test(
    'leaves a nic down with its addresses, and nothing gets through',
    whileUp(lan(', up: false'), async (host) => {
      expect(await flags(host)).not.toContain('UP');
      expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.2/24', 'fd00::2/64']);
      expect(await reaches(host, '10.0.0.3')).toBe(false);
    }),
  );

  test(
    'sets one down that is up, with all it had, and back',
    whileUp(lan(', neighbours: [{ to: 10.0.0.9, mac: "02:00:00:00:00:09" }]'), async (host) => {
      const number = await ifindex(host, 'a', 'eth0');
      const before = await host.snapshot();
      const down = ', neighbours: [{ to: 10.0.0.9, mac: "02:00:00:00:00:09" }], up: false';
      expect(await change(host, down)).toEqual([
        'replace a/eth0/fd00::2/64',
        'replace a/eth0/neighbour 10.0.0.9',
        'update a/eth0',
      ]);
      expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.2/24', 'fd00::2/64']);
      expect(await change(host, down.replace(', up: false', ''))).toEqual(['update a/eth0']);
      expect(await reaches(host, 'fd00::3')).toBe(true);
      expect(await ifindex(host, 'a', 'eth0')).toBe(number);
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'and what fails beside it leaves it up, with all it had',
    whileUp(lan(', gateway: 10.0.0.3'), async (host) => {
      const before = await host.snapshot();
      await host.write('pipewright.yaml', lan(', up: false', '  z: { commands: ["false"] }'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
      expect(await host.snapshot()).toEqual(before);
      await host.write('pipewright.yaml', lan(', gateway: 10.0.0.3'));
    }),
  );

  test(
    'is undone by hand, and repaired',
    whileUp(lan(', up: false'), async (host) => {
      await inNode(host, 'ip link set dev eth0 up');
      expect(inShort(await host.plan())).toContain('update a/eth0');
      await host.pipewright('up', '--yes');
      expect(await flags(host)).not.toContain('UP');
    }),
  );

  for (const [more, what] of [
    [', gateway: 10.0.0.3', 'gateway'],
    [', routes: [{ to: 10.9.0.0/24, via: 10.0.0.3 }]', 'route'],
    [', dhcp: {}', 'address by dhcp'],
  ] as const)
    test(
      `has no ${what}`,
      onSandbox(async (host) => {
        await host.write('pipewright.yaml', lan(`, up: false${more}`));
        const { code, stderr } = await host.tryPipewright('up', '--yes');
        expect(code).toBe(2);
        expect(stderr).toContain('pipewright.yaml:5:');
        expect(stderr).toContain(`a/eth0 is to stay down, and what is down has no ${what}.`);
      }),
    );
});

describe('`promisc`', () => {
  test(
    'is set, repaired, and gone when nobody says it any more, in place',
    whileUp(lan(', promisc: true'), async (host) => {
      const number = await ifindex(host, 'a', 'eth0');
      expect(await flags(host)).toContain('PROMISC');
      await inNode(host, 'ip link set dev eth0 promisc off');
      expect(await change(host, ', promisc: true')).toEqual(['update a/eth0']);
      expect(await change(host, '')).toEqual(['update a/eth0']);
      expect(await flags(host)).not.toContain('PROMISC');
      expect(await ifindex(host, 'a', 'eth0')).toBe(number);
    }),
  );
});

describe('`sysctls` of a nic', () => {
  const SET = ', sysctls: { net.ipv4.conf.IFNAME.rp_filter: 2, net.ipv6.conf.IFNAME.accept_ra: 0 }';

  test(
    'are set on its device, repaired, changed, and given back',
    whileUp(lan(SET), async (host) => {
      expect(await kernelParameter(host, 'ipv4/conf/eth0/rp_filter')).toBe('2');
      expect(await kernelParameter(host, 'ipv6/conf/eth0/accept_ra')).toBe('0');
      await inNode(host, 'echo 0 > /proc/sys/net/ipv4/conf/eth0/rp_filter');
      expect(await change(host, SET.replace('2,', '1,'))).toEqual(['update a/net.ipv4.conf.eth0.rp_filter']);
      expect(await kernelParameter(host, 'ipv4/conf/eth0/rp_filter')).toBe('1');
      await change(host, '');
      expect(await kernelParameter(host, 'ipv6/conf/eth0/accept_ra')).toBe('1');
    }),
  );

  test(
    'of a name with a dot, and of one that is too long for a device',
    whileUp(
      lan(', name: eth0.7, sysctls: { net.ipv4.conf.IFNAME.arp_ignore: 1 }').replace(
        'b: { networks: { lan: {',
        'b: { networks: { lan: { name: a-name-that-no-device-has, sysctls: { net.ipv4.conf.IFNAME.arp_ignore: 2 },',
      ),
      async (host) => {
        expect(await kernelParameter(host, 'ipv4/conf/eth0.7/arp_ignore')).toBe('1');
        expect(
          await host.sh('cat /proc/sys/net/ipv4/conf/*/arp_ignore', { namespace: await host.namespaceOf('b') }),
        ).toContain('2');
      },
    ),
  );

  test(
    'are no parameters of anything else',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', lan(', sysctls: { net.ipv4.ip_forward: 1 }'));
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect(code).toBe(2);
      expect(stderr).toContain('net.ipv4.conf.IFNAME.rp_filter');
    }),
  );
});

test(
  "all of it by iproute2's programs, too",
  onSandbox(async (host) => {
    const env = { env: { PIPEWRIGHT_EXECUTOR: 'shell' } };
    const run = (...words: readonly string[]) => host.run([...host.cli, ...words], env);
    await host.write(
      'pipewright.yaml',
      lan(', up: false, promisc: true, sysctls: { net.ipv4.conf.IFNAME.arp_ignore: 1 }'),
    );
    const before = await host.snapshot();
    expect(await run('up', '--yes')).toMatchObject({ code: 0 });
    expect(await flags(host)).toMatch(/^<(?=.*PROMISC)(?!.*[<,]UP)/);
    expect(await kernelParameter(host, 'ipv4/conf/eth0/arp_ignore')).toBe('1');
    expect(await run('plan', '--check')).toMatchObject({ code: 0 });
    expect(await run('down', '--yes')).toMatchObject({ code: 0 });
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'an attached nic has them, and has them no more when they are not asked for',
  onSandbox(async (host) => {
    await host.sh('ip netns add red');
    const before = await host.snapshot();
    const asked = ['attach', 'red', '--network', 'br9', '--address', '10.9.0.2/24'];
    const red = { namespace: 'red' };
    await host.pipewright(...asked, '--down', '--promisc', '--sysctl', 'net.ipv4.conf.IFNAME.arp_ignore=1');
    expect(await host.sh('ip -o link show dev eth1', red)).toMatch(/<(?=.*PROMISC)(?!.*[<,]UP[,>])/);
    expect(await host.sh('cat /proc/sys/net/ipv4/conf/eth1/arp_ignore', red)).toBe('1\n');
    await host.pipewright(...asked);
    expect(await host.sh('ip -o link show dev eth1', red)).toMatch(/<(?!.*PROMISC)(?=.*[<,]UP[,>])/);
    expect(await host.sh('cat /proc/sys/net/ipv4/conf/eth1/arp_ignore', red)).toBe('0\n');
    expect(await host.tryPipewright(...asked, '--sysctl', 'net.ipv4.ip_forward=1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--sysctl') as string,
    });
    await host.pipewright('detach', 'red');
    expect(await host.snapshot()).toEqual(before);
  }),
);
