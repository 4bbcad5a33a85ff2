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

const CABLE = `
name: t
nodes: { a: { kind: netns }, b: { kind: netns } }
links:
  - endpoints: [{ node: a, nic: eth0, address: 10.0.0.1/24 }, { node: b, nic: eth0, address: 10.0.0.2/24, up: false }]
`;

const inNode = async (host: Sandbox, script: string): Promise<string> =>
  (await host.sh(script, { namespace: await host.namespaceOf('a') })).trim();

const flags = (host: Sandbox): Promise<string> => inNode(host, "ip -o link show dev eth0 | grep -o '<.*>'");

const reaches = async (host: Sandbox, to: string): Promise<boolean> =>
  (await host.run(['ping', '-n', '-c', '1', '-w', '3', to], { namespace: await host.namespaceOf('a') })).code === 0;

/** What is planned for another nic, which is then made. */
async function change(host: Sandbox, nic: string): Promise<readonly string[]> {
  await host.write('pipewright.yaml', lan(nic));
  const planned = inShort(await host.plan());
  await host.pipewright('up', '--yes');
  expect(await host.plan()).toEqual([]);
  return planned;
}

/** What the kernel numbers by itself. */
const withoutHandles = (text: string): string => text.replaceAll(/\b[89a-f][0-9a-f]{3}:/g, '');

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
    'leaves the far end of a cable without a carrier, and status says so',
    whileUp(CABLE, async (host) => {
      const carriers = async () =>
        (await host.status()).nodes.flatMap(({ interfaces }) =>
          interfaces.map(({ state, carrier }) => [state, carrier]),
        );
      expect(await carriers()).toEqual([
        ['up', false],
        ['down', null],
      ]);
      expect((await host.pipewright('status')).stdout).toMatch(/^ +a .* eth0 +no-carrier /m);
      await host.write('pipewright.yaml', CABLE.replace(', up: false', ''));
      await host.pipewright('up', '--yes');
      await host.pipewright('ping');
      expect(await carriers()).toEqual([
        ['up', true],
        ['up', true],
      ]);
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

interface Statistics {
  readonly stats64: { readonly rx: { readonly packets: number } };
}

describe('`qdisc`', () => {
  const SLOW = 'tbf rate 8kbit burst 1600 limit 3200';
  const TREE = JSON.stringify([
    'qdisc add root handle 1: htb default 10',
    'class add parent 1: classid 1:10 htb rate 4mbit',
    'class add parent 1: classid 1:20 htb rate 1mbit',
    'qdisc add parent 1:20 handle 20: pfifo limit 7',
    'qdisc add ingress',
    'filter add parent 1: protocol ip prio 1 u32 match ip dst 10.0.0.3/32 flowid 1:20',
  ]);
  const shown = (host: Sandbox): Promise<string> => inNode(host, 'tc qdisc show dev eth0; tc filter show dev eth0');

  /** Of 50 datagrams in a row, far more than 8 kbit are. */
  async function arrived(host: Sandbox): Promise<number> {
    const received = async (): Promise<number> => {
      const options = { namespace: await host.namespaceOf('b') };
      const [shown] = JSON.parse(await host.sh('ip -s -j link show dev eth0', options)) as Statistics[];
      return shown?.stats64.rx.packets ?? 0;
    };
    const before = await received();
    const one = 'head -c 1000 /dev/zero > /dev/udp/10.0.0.3/9';
    await inNode(host, `bash -c 'for it in {1..50}; do ${one}; done; true' 2> /dev/null`);
    return (await received()) - before;
  }

  test(
    'holds back what is sent, and no more when it is said no more',
    whileUp(lan(`, qdisc: ${SLOW}`), async (host) => {
      expect(await shown(host)).toContain('qdisc tbf');
      expect(await arrived(host)).toBeLessThan(40);
      expect(await change(host, '')).toEqual(['delete a/eth0/qdisc']);
      expect(await shown(host)).not.toContain('tbf');
      expect(await arrived(host)).toBeGreaterThanOrEqual(50);
    }),
  );

  for (const [what, byHand] of [
    ['another rate', 'tc qdisc change dev eth0 root tbf rate 16kbit burst 1600 limit 3200'],
    ['another kind', 'tc qdisc replace dev eth0 root pfifo'],
    ['none', 'tc qdisc del dev eth0 root'],
  ] as const)
    test(
      `is repaired: ${what}`,
      whileUp(lan(`, qdisc: ${SLOW}`), async (host) => {
        const before = await shown(host);
        await inNode(host, byHand);
        expect(inShort(await host.plan())).toEqual([`${what === 'none' ? 'create' : 'update'} a/eth0/qdisc`]);
        await host.pipewright('up', '--yes');
        expect(withoutHandles(await shown(host))).toBe(withoutHandles(before));
      }),
    );

  test(
    'is a tree of classes, of which each part counts',
    whileUp(lan(`, qdisc: ${TREE}`), async (host) => {
      expect(await shown(host)).toMatch(/htb 1:[^]*pfifo 20: parent 1:20 limit 7[^]*ingress ffff:[^]*flowid 1:20/);
      expect(await reaches(host, '10.0.0.3')).toBe(true);
      expect(await inNode(host, 'tc -s class show dev eth0')).toMatch(/htb 1:20[^]*Sent [1-9]/);
      await inNode(host, 'tc class change dev eth0 classid 1:20 htb rate 2mbit; tc qdisc del dev eth0 ingress');
      expect(await change(host, `, qdisc: ${TREE}`)).toEqual(['update a/eth0/qdisc']);
      expect(await change(host, ', qdisc: pfifo limit 9')).toEqual(['update a/eth0/qdisc']);
      expect(await shown(host)).not.toMatch(/htb|ingress|flowid/);
    }),
  );

  test(
    'stays as it is where tc does not take what is to be there instead',
    whileUp(lan(`, qdisc: ${SLOW}`), async (host) => {
      const before = await shown(host);
      await host.write('pipewright.yaml', lan(', qdisc: nosuch limit 9'));
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toEqual([1, expect.stringContaining('nosuch')]);
      expect(withoutHandles(await shown(host))).toBe(withoutHandles(before));
      await host.write('pipewright.yaml', lan(`, qdisc: ${SLOW}`));
    }),
  );

  test(
    'comes back as it was when what is changed beside it fails',
    whileUp(lan(`, qdisc: ${TREE}`), async (host) => {
      const before = await shown(host);
      const failing = '  z: { commands: ["false"] }';
      for (const other of [', qdisc: pfifo limit 9', '']) {
        await host.write('pipewright.yaml', lan(other, failing));
        expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
        expect(withoutHandles(await shown(host))).toBe(withoutHandles(before));
      }
      await host.write('pipewright.yaml', lan(`, qdisc: ${TREE}`));
    }),
  );

  test(
    'that the kernel does not take is told in its words, and leaves nothing',
    onSandbox(async (host) => {
      await host.write(
        'pipewright.yaml',
        lan(', qdisc: ["qdisc add root handle 1: htb", "class add parent 7: htb rate 1mbit"]'),
      );
      const before = await host.snapshot();
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect(code).toBe(1);
      expect(stderr).toContain('No such file or directory');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'that is none is a mistake of the file',
    onSandbox(async (host) => {
      for (const bad of [
        'root tbf',
        'qdisc add dev eth0 root tbf',
        '"tbf; reboot"',
        '-force',
        '[class del classid 1:1]',
      ]) {
        await host.write('pipewright.yaml', lan(`, qdisc: ${bad}`));
        const { code, stderr } = await host.tryPipewright('up', '--yes');
        expect([bad, code]).toEqual([bad, 2]);
        expect(stderr).toContain('tc qdisc add dev DEVICE root');
      }
    }),
  );
});

describe('`offload`', () => {
  /** Checksums of datagrams from a, as they are on the wire: what the device is to reckon is not reckoned at the other end. */
  async function checksums(host: Sandbox): Promise<string> {
    const dump = 'tcpdump -i eth0 -c 1 -n -vv udp dst port 9 2> capture.txt';
    const watching = host.sh(`rm -f capture.txt; ${dump}`, { namespace: await host.namespaceOf('b') });
    await host.sh('until grep -q listening capture.txt 2> /dev/null; do sleep 0.02; done');
    await inNode(host, 'bash -c "echo hello > /dev/udp/10.0.0.3/9"');
    return watching;
  }

  test(
    'off: the kernel reckons checksums itself; repaired, and on again when nobody says it any more',
    whileUp(lan(', offload: { tx: off }'), async (host) => {
      expect(await checksums(host)).toContain('udp sum ok');
      await inNode(host, 'ethtool -K eth0 tx on');
      expect(await checksums(host)).toContain('bad udp cksum');
      expect(await change(host, ', offload: { tx: off }')).toEqual(['update a/eth0/offload tx']);
      expect(await checksums(host)).toContain('udp sum ok');
      expect(await change(host, '')).toEqual(['update a/eth0/offload tx']);
      expect(await inNode(host, 'ethtool -k eth0')).toMatch(/^tx-checksumming: on$/m);
    }),
  );

  test(
    'that fails beside another change is put back; one that no device has is told',
    whileUp(lan(', offload: { gro: on }'), async (host) => {
      await host.write('pipewright.yaml', lan(', offload: { gro: off, sg: off }', '  z: { commands: ["false"] }'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
      expect(await inNode(host, 'ethtool -k eth0')).toMatch(/^scatter-gather: on$[^]*^generic-receive-offload: on$/m);
      await host.write('pipewright.yaml', lan(', offload: { ntuple: on }'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
      await host.write('pipewright.yaml', lan(', offload: { toe: off }'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 2 });
      await host.write('pipewright.yaml', lan(', offload: { gro: on }'));
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
      lan(
        ', up: false, promisc: true, qdisc: pfifo limit 9, offload: { tso: off }, sysctls: { net.ipv4.conf.IFNAME.arp_ignore: 1 }',
      ),
    );
    const before = await host.snapshot();
    expect(await run('up', '--yes')).toMatchObject({ code: 0 });
    expect(await flags(host)).toMatch(/^<(?=.*PROMISC)(?!.*[<,]UP)/);
    expect(await kernelParameter(host, 'ipv4/conf/eth0/arp_ignore')).toBe('1');
    expect(await inNode(host, 'tc qdisc show dev eth0')).toContain('limit 9p');
    expect(await inNode(host, 'ethtool -k eth0')).toContain('tcp-segmentation-offload: off');
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
    await host.pipewright(
      ...asked,
      '--down',
      '--promisc',
      '--sysctl',
      'net.ipv4.conf.IFNAME.arp_ignore=1',
      '--qdisc',
      'pfifo limit 9',
      '--offload',
      'tx=off',
    );
    expect(await host.sh('tc qdisc show dev eth1', red)).toContain('limit 9p');
    expect(await host.sh('ip -o link show dev eth1', red)).toMatch(/<(?=.*PROMISC)(?!.*[<,]UP[,>])/);
    expect(await host.sh('cat /proc/sys/net/ipv4/conf/eth1/arp_ignore', red)).toBe('1\n');
    await host.pipewright(...asked);
    expect(await host.sh('tc qdisc show dev eth1', red)).not.toContain('limit 9p');
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
