import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

/** `a` reaches `b` on the cable, and what is behind it by a route. */
const TOPOLOGY = `
name: t
nodes: { a: {}, b: {} }
links:
  - endpoints:
      - node: a
        nic: x0
        address: [10.0.0.1/24, 'fd00::1/64', 'fe80::a/64']
        routes: [{ to: 10.9.0.0/24, via: 10.0.0.2 }, { to: 'fd09::/64', via: fd00::2 }]
      - node: b
        nic: x0
        address:
          - 10.0.0.2/24
          - fd00::2/64
          - fe80::b/64
          - 10.8.0.1/32
          - fd08::1/128
          - 10.9.0.1/32
          - 10.9.0.2/32
          - 10.9.0.3/32
          - 10.9.0.4/32
          - 10.9.0.5/32
          - 10.9.0.6/32
          - 10.9.0.7/32
          - fd09::1/128
          - fd09::2/128
`;

const AT_A = `
ip route add unreachable 10.9.0.1
nft -f - <<'NFT'
table inet t {
  chain o {
    type filter hook output priority 0;
    ip daddr 10.9.0.2 drop
    ip daddr 10.9.0.3 reject
  }
}
NFT`;

const AT_B = `
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip address del 10.9.0.4/32 dev x0
ip route add unreachable 10.9.0.4
ip address del 10.9.0.5/32 dev x0
ip route add prohibit 10.9.0.5
ip address del fd09::1/128 dev x0
ip route add unreachable fd09::1
nft -f - <<'NFT'
table inet t {
  chain i {
    type filter hook input priority 0;
    ip daddr 10.9.0.6 drop
    ip daddr 10.9.0.7 reject
    ip6 daddr fd09::2 reject with icmpv6 admin-prohibited
  }
}
NFT`;

const LOST = '1 packets transmitted, 0 received, 100% packet loss, time 0ms';

const ANSWERS: Readonly<Record<string, string>> = {
  '10.0.0.2': 'reached',
  'fd00::2': 'reached',
  'fe80::b%x0': 'reached',
  '10.8.0.1': 'ping: connect: Network is unreachable',
  'fd08::1': 'ping: connect: Network is unreachable',
  '10.9.0.1': 'ping: connect: No route to host',
  '10.9.0.2': LOST,
  '10.9.0.3': 'From 10.0.0.1 icmp_seq=1 Destination Port Unreachable',
  '10.9.0.4': 'From 10.0.0.2 icmp_seq=1 Destination Host Unreachable',
  '10.9.0.5': 'From 10.0.0.2 icmp_seq=1 Packet filtered',
  '10.9.0.6': LOST,
  '10.9.0.7': 'From 10.9.0.7 icmp_seq=1 Destination Port Unreachable',
  'fd09::1': 'From fd00::2 icmp_seq=1 Destination unreachable: No route',
  'fd09::2': 'From fd09::2 icmp_seq=1 Destination unreachable: Administratively prohibited',
};

interface Pair {
  readonly from: string;
  readonly address: string;
  readonly reached: boolean;
  readonly ms: number | null;
  readonly message?: string;
}

const PAIR = `
name: t
nodes: { a: {}, b: {} }
links: [[{ node: a, nic: x0, address: 10.0.0.1/30 }, { node: b, nic: x0, address: 10.0.0.2/30 }]]
`;

/** Answers twice each, a while after it was asked: with the type the checksum changes (RFC 1624). */
const ANSWERER = `
use Socket;
socket(S, PF_INET, SOCK_RAW, 1) or die;
while (defined(my $from = recv(S, my $packet, 2048, 0))) {
  my ($type, $code, $sum, $rest) = unpack('CCna*', substr($packet, 20));
  next unless $type == 8;
  select(undef, undef, undef, $ARGV[0]);
  $sum += 0x800;
  send(S, pack('CCna*', 0, 0, ($sum & 0xffff) + ($sum >> 16), $rest), 0, $from) for 1 .. 2;
}`;

const answering = (host: Sandbox, seconds: number) =>
  host.spawn(['perl', '-e', ANSWERER, String(seconds)], { namespace: 't-b' });

const WAYS = [
  ['in process', 'netlink'],
  ['by the program', 'shell'],
] as const;

describe.each(WAYS)('ping, %s,', (way, executor) => {
  /** What `a` is told; that in process no program has a part in it. */
  async function ping(host: Sandbox): Promise<readonly Pair[]> {
    if (way === 'in process') await host.sh('mount --bind /bin/false "$(command -v ping)"');
    const env = { PIPEWRIGHT_EXECUTOR: executor };
    const { stdout } = await host.run([...host.cli, 'ping', '--json'], { env });
    return (JSON.parse(stdout) as { readonly pairs: readonly Pair[] }).pairs.filter(({ from }) => from === 'a');
  }
  const said = (pairs: readonly Pair[]) =>
    Object.fromEntries(pairs.map(({ address, reached, message }) => [address, reached ? 'reached' : message]));

  test(
    'is told of each address what became of that',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TOPOLOGY);
      await host.pipewright('up', '--yes');
      await host.sh(AT_A, { namespace: 't-a' });
      await host.sh(AT_B, { namespace: 't-b' });
      expect(said(await ping(host))).toEqual(ANSWERS);
    }),
  );

  test(
    'takes what comes twice for one, and what is late for lost',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', PAIR);
      await host.pipewright('up', '--yes');
      await host.sh('sysctl -qw net.ipv4.icmp_echo_ignore_all=1', { namespace: 't-b' });
      answering(host, 0.1);
      const [pair] = await ping(host);
      expect(pair).toMatchObject({ address: '10.0.0.2', reached: true });
      expect(pair?.ms).toBeGreaterThanOrEqual(100);
      expect(pair?.ms).toBeLessThan(1000);
      await host.sh('pkill -x perl');
      answering(host, 1.5);
      expect(said(await ping(host))).toEqual({ '10.0.0.2': LOST });
    }),
  );

  test(
    'says that nobody is there, and no device',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TOPOLOGY);
      await host.pipewright('up', '--yes');
      await host.sh('ip address flush dev x0', { namespace: 't-b' });
      const { '10.0.0.2': near, 'fd00::2': near6, 'fe80::b%x0': local } = said(await ping(host));
      // Who waits no longer than the kernel looks for a neighbour may hear nothing.
      const orLost = (words: RegExp) => (way === 'in process' ? words : /unreachable|100% packet loss/i);
      expect(near).toMatch(orLost(/^From 10\.0\.0\.1 icmp_seq=1 Destination Host Unreachable$/));
      expect(near6).toMatch(orLost(/^From fd00::1 icmp_seq=1 Destination unreachable: Address unreachable$/));
      expect(local).toMatch(orLost(/^From fe80::\S+%x0 icmp_seq=1 Destination unreachable: Address unreachable$/));
      await host.sh('ip link del dev x0', { namespace: 't-a' });
      expect(said(await ping(host))).toMatchObject({
        '10.0.0.2': 'ping: connect: Network is unreachable',
        'fe80::b%x0': 'ping: fe80::b%x0: Name or service not known',
      });
    }),
  );
});
