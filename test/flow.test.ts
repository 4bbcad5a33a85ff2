import { onDockerd, onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { listen, stopListening } from './reach.js';
import { whileUp } from './support.js';

vi.setConfig({ testTimeout: 120_000 });

const SHOP = `
name: t
networks:
  lan: { kind: bridge, subnet: [10.66.0.0/24, "fd00:66::/64"], address: [10.66.0.1/24, "fd00:66::1/64"], isolated: true }
  out: { kind: bridge, subnet: 10.67.0.0/24, address: 10.67.0.1/24 }
nodes:
  redis: { networks: [lan], expose: [6379, 53/udp] }
  web: { networks: [lan], service-links: ["redis:db"] }
  other: { networks: [lan] }
  far: { networks: [out] }
`;

interface Finding {
  readonly family: number;
  readonly result: string;
  readonly answer: string;
  readonly drops: readonly { readonly rule: string; readonly owner: string }[];
}

/** What is found of each flow, with the exit code. */
async function flows(host: Sandbox, ...words: readonly string[]) {
  const { code, stdout } = await host.tryPipewright('doctor', '--json', ...words.flatMap((it) => ['--flow', it]));
  return { code, flows: (JSON.parse(stdout) as { readonly flows: readonly Finding[] }).flows };
}

test(
  'of a linked port it says that it passes, of another which rule of ours drops it, in both families; nothing is left',
  whileUp(SHOP, async (host) => {
    const rules = await host.sh('nft list ruleset');
    await listen(host, ['t-redis'], ['6379', '53/udp']);
    expect(await flows(host, 'web:redis:6379', 'web:redis:53/udp')).toMatchObject({
      code: 0,
      flows: [4, 6, 4, 6].map((family) => ({ family, result: 'passes', answer: 'answered', drops: [] })),
    });
    await stopListening(host);
    expect((await flows(host, 'web:redis:6379')).flows[0]).toMatchObject({ result: 'passes', answer: 'refused' });
    const { code, flows: closed } = await flows(host, 'web:redis:80', 'redis:web:6379', 'other:redis:6379');
    expect(code).toBe(1);
    for (const it of closed)
      expect(it).toMatchObject({
        result: 'dropped',
        drops: [{ rule: expect.stringMatching(/^bridge pipewright-t isolated: /) as string, owner: 'of topology t' }],
      });
    expect(closed).toHaveLength(6);
    expect(await host.sh('nft list ruleset')).toBe(rules);
  }),
);

test(
  'also where the neighbour was just looked for in vain',
  whileUp(SHOP, async (host) => {
    const inOther = { namespace: 't-other' };
    await host.sh('cd /proc/sys/net/ipv4/neigh/eth0; echo 1 > mcast_solicit; echo 1300 > retrans_time_ms', inOther);
    await host.sh('ping -c 1 -W 9 10.66.0.2 > /dev/null 2>&1 &', inOther);
    const { flows: found } = await flows(host, 'other:redis:6379', 'other:redis:53/udp');
    expect(found.filter((it) => it.family === 4)).toMatchObject([{ result: 'dropped' }, { result: 'dropped' }]);
  }),
);

test(
  "of a routed one the policy of iptables' chain, of one that is dropped behind, that it cannot tell",
  whileUp(SHOP.replace(', isolated: true', ''), async (host) => {
    await host.sh('sysctl -qw net.ipv4.ip_forward=1; iptables -P FORWARD DROP');
    expect((await flows(host, 'web:far:80')).flows).toMatchObject([
      { result: 'dropped', drops: [{ rule: 'ip filter FORWARD: policy drop', owner: "iptables'" }] },
    ]);
    // The answer may be what is dropped.
    await host.sh('iptables -I FORWARD -p tcp --dport 80 -j ACCEPT');
    await listen(host, ['t-far'], ['80']);
    expect((await flows(host, 'web:far:80')).flows).toMatchObject([{ result: 'dropped', answer: 'silent' }]);
    await host.sh('iptables -I FORWARD -p tcp --sport 80 -j ACCEPT');
    expect((await flows(host, 'web:far:80')).flows).toMatchObject([{ result: 'passes', answer: 'answered' }]);
    await stopListening(host);
    await host.sh('iptables -P FORWARD ACCEPT; nft delete table ip filter; sysctl -qw net.ipv4.ip_forward=0');
    const closed = 'nft add table inet own; nft "add chain inet own in { type filter hook input priority 0; }"';
    await host.sh(`${closed}; nft add rule inet own in tcp dport 6379 drop`, { namespace: 't-redis' });
    const { code, stdout } = await host.tryPipewright('doctor', '--flow', 'web:redis:6379');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/unknown, no rule .* drops it; it came in by t-web-eth0/),
    ]);
  }),
);

test(
  "beside dockerd it names Docker's chain",
  onDockerd(async (host, engine) => {
    await engine.docker(
      'network',
      'create',
      '--subnet',
      '172.30.0.0/24',
      '-o',
      'com.docker.network.bridge.name=dk9',
      'theirs',
    );
    await engine.docker('run', '-d', '--name', 'web', 'bb:1');
    await engine.docker('run', '-d', '--name', 'redis', '--network', 'theirs', '--ip', '172.30.0.9', 'bb:1');
    await host.write(
      'pipewright.yaml',
      `{ name: t, networks: { own: { kind: bridge, subnet: 10.68.0.0/24, address: 10.68.0.1/24 }, theirs: { kind: bridge, bridge: dk9, adopt: true, subnet: 172.30.0.0/24 } }, nodes: { a: { networks: [own] }, b: { networks: { theirs: { address: 172.30.0.77/24 } } } } }`,
    );
    await host.pipewright('up', '--yes');
    await host.sh('ip -n t-b route add 10.68.0.0/24 via 172.30.0.1');
    const { code, flows: found } = await flows(host, 'a:b:80');
    expect(code).toBe(1);
    expect(found).toMatchObject([
      { result: 'dropped', drops: [{ rule: expect.stringMatching(/^ip filter /) as string }] },
    ]);
    await host.pipewright('down', '--yes');
  }),
);

test(
  'what is no flow, and who is no node, is an error',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', SHOP);
    for (const word of ['web:redis', 'web:redis:0', 'web:redis:1-2', 'web:redis:80/sctp', 'web:nosuch:80', 'a:b:1:2'])
      expect((await host.tryPipewright('doctor', '--flow', word)).code).toBe(2);
  }),
);
