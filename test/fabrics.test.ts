import { type FarHosts, onHosts, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { ifindex, inShort, lostPackets, snapshots } from './support.js';

vi.setConfig({ testTimeout: 300_000 }); // several machines a test

/** A node on each of the first `count` hosts, and one here, in one network. */
const spread = (count: number, more = '', network = ''): string => {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const hosts = numbers.map((it) => `  h${it}: { ssh: root@h${it}, underlay: 198.51.100.${it} }`);
  const nodes = numbers.map((it) => `  n${it}: { host: h${it}, networks: [lan] }`);
  return ['name: wide', 'hosts:', ...hosts, `networks: { lan: { kind: bridge, subnet: 10.0.0.0/24${network} } }`]
    .concat(['nodes:', ...nodes, more])
    .join('\n');
};

const HERE = '198.51.100.254';

/** What passes the underlay while `body` runs, a line a packet. */
async function captured({ here }: FarHosts, filter: string, body: () => Promise<void>): Promise<readonly string[]> {
  here.spawn(['sh', '-c', `exec tcpdump --immediate-mode -n -v -l -i underlay ${filter} > seen 2> log`]);
  await vi.waitFor(async () => expect(await here.read('log')).toContain('listening'), 10_000);
  await body();
  await here.sh('sleep 1; kill "$(pidof tcpdump)"; while pidof tcpdump; do sleep 0.02; done');
  return (await here.read('seen')).split('\n').filter((line) => line !== '');
}

/** Whether a packet gets from the node of a host to an address. */
const reaches = async (host: Sandbox, node: string, to: string, ...how: readonly string[]): Promise<boolean> =>
  (await host.run(['ping', '-n', '-c', '1', '-w', '5', ...how, to], { namespace: `wide-${node}` })).code === 0;

const id = async (host: Sandbox): Promise<number> => {
  const [tunnel] = await host.ip(undefined, 'link', 'show', 'dev', 'wide-lan-vxlan');
  return (tunnel?.['linkinfo'] as { readonly info_data: { readonly id: number } }).info_data.id;
};

test(
  'a network over three hosts and this one: every node reaches every node, and down leaves no trace',
  onHosts(3, async (hosts) => {
    const { here, far } = hosts;
    const [h1, h2, h3] = far as [Sandbox, Sandbox, Sandbox];
    const before = await snapshots([here, ...far]);
    const file = spread(3, '  n0: { networks: [lan] }').replace('hosts:', `hosts:\n  local: { underlay: ${HERE} }`);
    await here.write('pipewright.yaml', file);
    await here.pipewright('up', '--yes');
    const matrix = (await here.pipewright('ping')).stdout;
    expect(matrix).toContain('All of 12 addresses were reached.');
    expect(await here.plan()).toEqual([]);
    expect((await here.pipewright('up', '--yes')).stdout).toContain('No changes');

    const vni = await id(h1);
    expect([await id(h2), await id(h3), await id(here)]).toEqual([vni, vni, vni]);
    const nics = (await here.status()).nodes.flatMap(({ interfaces }) => interfaces);
    expect(nics.map(({ mtu }) => mtu)).toEqual([1450, 1450, 1450, 1450]);

    const seen = await captured(hosts, 'udp port 4789', async () => {
      expect(await reaches(h1, 'n1', '10.0.0.3', '-M', 'do', '-s', '1422')).toBe(true);
    });
    const whole = seen.flatMap((line, index) => (line.endsWith('length 1500)') ? [seen[index + 1] ?? ''] : []));
    expect(whole).toHaveLength(2);
    expect(whole[0]).toMatch(new RegExp(`198\\.51\\.100\\.1\\.\\d+ > 198\\.51\\.100\\.2\\.4789: .*vni ${vni}`));
    expect(seen.join('\n')).not.toContain('flags [+]'); // of a fragment

    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

/** How often a broadcast of the first host's node arrives at those of the second and the third. */
async function arrivals([h1, h2, h3]: readonly [Sandbox, Sandbox, Sandbox]): Promise<readonly number[]> {
  const echoes = async (host: Sandbox, node: string): Promise<number> => {
    const text = await host.sh('cat /proc/net/snmp', { namespace: `wide-${node}` });
    const [names, values] = text.split('\n').filter((line) => line.startsWith('Icmp:'));
    return Number(values?.split(' ')[names?.split(' ').indexOf('InEchos') ?? 0]);
  };
  const both = () => Promise.all([echoes(h2, 'n2'), echoes(h3, 'n3')]);
  for (const [host, node] of [
    [h2, 'n2'],
    [h3, 'n3'],
  ] as const)
    await host.sh('echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts', { namespace: `wide-${node}` });
  const had = await both();
  await reaches(h1, 'n1', '10.0.0.255', '-b');
  return (await both()).map((it, index) => it - (had[index] ?? 0));
}

test(
  'a broadcast arrives at each once, also by multicast; a host that is cut off keeps no others apart, and is back when it is healed',
  onHosts(3, async (hosts) => {
    const { here, far } = hosts;
    const [h1, h2, h3] = far as [Sandbox, Sandbox, Sandbox];
    await here.write('pipewright.yaml', spread(3));
    await here.pipewright('up', '--yes');
    expect(await arrivals([h1, h2, h3])).toEqual([1, 1]);

    await here.sh('ip link set dev h3-uplink down');
    expect(await reaches(h1, 'n1', '10.0.0.4')).toBe(false);
    expect(await reaches(h1, 'n1', '10.0.0.3')).toBe(true);
    expect(await reaches(h2, 'n2', '10.0.0.2')).toBe(true);
    await here.sh('ip link set dev h3-uplink up');
    await vi.waitFor(async () => expect(await reaches(h1, 'n1', '10.0.0.4')).toBe(true), 20_000);
    expect(await reaches(h3, 'n3', '10.0.0.3')).toBe(true);
    expect(await here.plan()).toEqual([]);

    await here.write('pipewright.yaml', spread(3, '', ', fabric: { kind: vxlan, group: 239.1.1.1 }'));
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    for (const [host, node, to] of [
      [h1, 'n1', '10.0.0.3'],
      [h2, 'n2', '10.0.0.4'],
      [h3, 'n3', '10.0.0.2'],
    ] as const)
      expect(await reaches(host, node, to)).toBe(true);
    const sent: (readonly number[])[] = [];
    const seen = await captured(hosts, 'udp port 4789 and dst 239.1.1.1', async () => {
      sent.push(await arrivals([h1, h2, h3]));
    });
    expect(sent).toEqual([[1, 1]]);
    expect(seen.filter((line) => line.includes('10.0.0.2 > 10.0.0.255: ICMP echo request'))).toHaveLength(1);
    expect(await h1.sh('bridge fdb show dev wide-lan-vxlan')).not.toContain('dst 198.51.100.2 self permanent');
  }),
);

test(
  'a host more, and no packet between the first three is lost',
  onHosts(4, async ({ here, far }) => {
    const [h1, h2, , h4] = far as [Sandbox, Sandbox, Sandbox, Sandbox];
    await here.write('pipewright.yaml', spread(3));
    await here.pipewright('up', '--yes');
    const tunnel = await ifindex(h1, undefined, 'wide-lan-vxlan');
    expect(await reaches(h1, 'n1', '10.0.0.3')).toBe(true);
    await here.write('pipewright.yaml', spread(4));
    expect(inShort(await here.plan()).filter((it) => /lan:vxlan/.test(it))).toEqual([
      'create lan:vxlan',
      ...['1', '2', '3', '4', '4', '4'].map((it) => `create lan:vxlan/198.51.100.${it}`),
    ]);
    const lost = await lostPackets(h1, 'n1', '10.0.0.3', async () => {
      await here.pipewright('up', '--yes');
    });
    expect(lost).toBe(0);
    expect(await ifindex(h1, undefined, 'wide-lan-vxlan')).toBe(tunnel);
    expect(await reaches(h4, 'n4', '10.0.0.2')).toBe(true);
    expect(await reaches(h2, 'n2', '10.0.0.5')).toBe(true);
  }),
);

test(
  'what fails on one host leaves nothing on any',
  onHosts(3, async ({ here, far }) => {
    const [, , h3] = far as [Sandbox, Sandbox, Sandbox];
    await h3.sh('ip link add name theirs type vxlan id 4711 dstport 4789 remote 198.51.100.9');
    const before = await snapshots([here, ...far]);
    // Seen at the look: a clear word. Made between the look and the change: put back on all.
    await here.write('pipewright.yaml', spread(3, '', ', fabric: { kind: vxlan, id: 4711 }'));
    const refused = await here.tryPipewright('up', '--yes');
    expect(refused.stderr).toMatch(/4711.*taken: device theirs of host h3/);
    expect(refused.code).toBe(2);
    await here.write('pipewright.yaml', spread(3, '  late: { host: h3, commands: [[sh, -c, "exit 3"]] }'));
    expect((await here.tryPipewright('up', '--yes')).code).toBe(1);
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'the narrowest underlay decides for all; what does not fit, is not there or is not said is told before anything is touched',
  onHosts(2, async ({ here, far }) => {
    const [h1, h2] = far as [Sandbox, Sandbox];
    await h2.sh('ip link set dev uplink mtu 1400');
    const before = await snapshots([here, ...far]);
    const complaint = async (text: string): Promise<string> => {
      await here.write('pipewright.yaml', text);
      const { code, stderr } = await here.tryPipewright('up', '--yes');
      expect(code).toBe(2);
      return stderr;
    };
    expect(await complaint(spread(2, '', ', mtu: 1450'))).toMatch(
      /carry 1450 bytes, and on host "h2" .* 1350 of the 1400 that "uplink"[^]*pipewright\.yaml:5:/,
    );
    expect(await complaint(spread(2).replace(', underlay: 198.51.100.2', ''))).toMatch(/others reach h2/);
    expect(await complaint(spread(2).replace('.100.2 }', '.100.9 }'))).toMatch(
      /"h2" does not have its underlay address 198\.51\.100\.9[^]*198\.51\.100\.2/,
    );
    expect(await complaint(spread(2, '', ', address: 10.0.0.1/24'))).toMatch(/10\.0\.0\.1\/24 .* on each of its hosts/);
    expect(await complaint(spread(2, '', ', isolated: true'))).toMatch(/isolated/);
    expect(await complaint(spread(2).replace('kind: bridge', 'kind: macvlan, parent: uplink'))).toMatch(
      /kind macvlan stay on one host/,
    );
    expect(await snapshots([here, ...far])).toEqual(before);

    await here.write('pipewright.yaml', spread(2));
    await here.pipewright('up', '--yes');
    expect((await here.status()).nodes.flatMap((it) => it.interfaces.map(({ mtu }) => mtu))).toEqual([1350, 1350]);
    expect(await reaches(h1, 'n1', '10.0.0.3', '-M', 'do', '-s', '1322')).toBe(true);
  }),
);

test(
  'a host that is not reached counts for the MTU as it did',
  onHosts(2, async ({ here, far }) => {
    const [, h2] = far as [Sandbox, Sandbox];
    await h2.sh('ip link set dev uplink mtu 1400');
    await here.write('pipewright.yaml', spread(2, '  n0: {}'));
    await here.pipewright('up', '--yes');
    await here.sh('ip link set dev h2-uplink down');
    const { code, stdout } = await here.tryPipewright('status');
    expect([code, stdout]).toEqual([4, expect.stringMatching(/as declared; h2 not reached[^]*eth0 +up +\S+ +1350/)]);
    expect((await here.tryPipewright('up', '--yes', '--keep-going')).stdout).toMatch(/h1: as declared\n *h2: /);
    expect((await here.tryPipewright('status')).stdout).toContain('as declared; h2 not reached');
  }),
);

test(
  'a link between two hosts is a tunnel from node to node, whole packets and nothing left',
  onHosts(2, async (hosts) => {
    const { here, far } = hosts;
    const [h1, h2] = far as [Sandbox, Sandbox];
    const before = await snapshots([here, ...far]);
    const end = (node: string, address: string): string => `{ node: ${node}, nic: eth5, address: ${address}/24 }`;
    const links = `links: [{ endpoints: [${end('n1', '10.1.0.1')}, ${end('n2', '10.1.0.2')}]FABRIC }]`;
    const file = spread(2, links);
    await here.write('pipewright.yaml', file.replace('FABRIC', ', fabric: gre'));
    expect((await here.tryPipewright('up', '--yes')).stderr).toMatch(/gre carries networks alone/);
    await here.write('pipewright.yaml', file.replace('FABRIC', ''));
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    const [n1] = (await here.status()).nodes;
    expect(n1?.interfaces.find(({ name }) => name === 'eth5')?.peer).toEqual({
      host: 'h2',
      node: 'n2',
      device: 'eth5',
    });
    const seen = await captured(hosts, 'udp port 4789', async () => {
      expect(await reaches(h1, 'n1', '10.1.0.2', '-M', 'do', '-s', '1422')).toBe(true);
    });
    // The whole packets alone: nodes of the network say something by themselves, too.
    const whole = seen.flatMap((line, index) => (line.endsWith('length 1500)') ? [seen[index + 1] ?? ''] : []));
    const vnis = new Set(whole.flatMap((line) => /vni (\d+)/.exec(line)?.[1] ?? []));
    expect(vnis.size).toBe(1);
    expect(vnis.has(String(await id(h1)))).toBe(false); // the network's is another
    expect(seen.join('\n')).not.toContain('flags [+]');
    expect(await reaches(h2, 'n2', '10.1.0.1')).toBe(true);
    expect(await reaches(h2, 'n2', '10.0.0.2')).toBe(true);

    await h1.sh('ip -n wide-n1 link del dev eth5');
    await here.pipewright('up', '--yes');
    expect(await reaches(h2, 'n2', '10.1.0.1')).toBe(true);
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);
