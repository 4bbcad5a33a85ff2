import { onDockerd, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test, vi } from 'vitest';
import { answers, listen, stopListening } from './reach.js';
import { inShort, takeAway, whileUp } from './support.js';

vi.setConfig({ testTimeout: 120_000 });

const LAB = `
name: t
networks:
  lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00::/64"], address: [10.0.0.1/24, "fd00::1/64"], nat: true }
  dark: { kind: bridge, subnet: 10.1.0.0/24, address: 10.1.0.1/24, internal: true }
nodes:
  web:
    networks: { lan: { address: [10.0.0.2/24, "fd00::2/64"] }, dark: { address: 10.1.0.2/24 } }
    ports: ["8080:80", "127.0.0.1:5353:53/udp", "9000-9001:9000-9001", "7000-7001:80-81", "192.0.2.1:99:80"]
  peer: { networks: { lan: { address: [10.0.0.3/24, "fd00::3/64"] } } }
  mole: { networks: { dark: { address: 10.1.0.3/24 } } }
`;

/** Who is outside: at the other end of a NIC of the host, and with no way back into our subnets. */
const OUTSIDE = `
ip netns add out
ip link add w0 type veth peer name e0 netns out
ip addr add 192.0.2.1/24 dev w0; ip addr add 2001:db8::1/64 dev w0 nodad; ip link set w0 up
ip -n out addr add 192.0.2.2/24 dev e0; ip -n out addr add 2001:db8::2/64 dev e0 nodad
ip -n out link set e0 up; ip -n out link set lo up
`;

const SERVED = ['80', '81', '9000', '9001', '53/udp'];

/** With the world outside, servers in it and in the nodes. */
const outside = async (host: Sandbox): Promise<void> => {
  await host.sh(OUTSIDE);
  await host.write('pipewright.yaml', LAB);
};

test(
  'nodes get out under the host’s address, and ports of the host lead to them',
  onSandbox(async (host) => {
    await outside(host);
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    await listen(host, ['t-web', 'out'], SERVED);

    const out = ['tcp 192.0.2.2 80', 'tcp 2001:db8::2 80', 'udp 192.0.2.2 53'];
    expect(await answers(host, 't-web', out)).toEqual({
      'tcp 192.0.2.2 80': '192.0.2.1',
      'tcp 2001:db8::2 80': '2001:db8::1',
      'udp 192.0.2.2 53': '192.0.2.1',
    });
    expect(await answers(host, 't-mole', out)).toEqual({});

    const published = ['8080', '9000', '9001', '7000', '7001'];
    const ofPort = (port: string) => [`tcp 192.0.2.1 ${port}`, `tcp 2001:db8::1 ${port}`];
    const asked = [...published, '80', '81', '99', '5353', '9002'].flatMap(ofPort);
    const outsiders = { 'tcp 192.0.2.1': '192.0.2.2', 'tcp 2001:db8::1': '2001:db8::2' } as const;
    const expected = [...published.flatMap(ofPort), 'tcp 192.0.2.1 99'].map((it) => {
      const to = it.slice(0, it.lastIndexOf(' ')) as keyof typeof outsiders;
      return [it, outsiders[to]] as const;
    });
    expect(await answers(host, 'out', [...asked, 'udp 192.0.2.1 5353'])).toEqual(Object.fromEntries(expected));

    const ofHost = ['tcp 127.0.0.1 8080', 'tcp 192.0.2.1 8080', 'tcp 10.0.0.1 9001', 'udp 127.0.0.1 5353'];
    expect(Object.keys(await answers(host, undefined, [...ofHost, 'tcp 127.0.0.1 99', 'tcp ::1 8080']))).toEqual(
      ofHost,
    );
    expect(await answers(host, undefined, ['tcp 2001:db8::1 8080'])).toEqual({ 'tcp 2001:db8::1 8080': 'fd00::1' });
    expect(await answers(host, 't-peer', ['tcp 192.0.2.1 8080', 'tcp 2001:db8::1 8080'])).toEqual({
      'tcp 192.0.2.1 8080': '10.0.0.1',
      'tcp 2001:db8::1 8080': 'fd00::1',
    });

    expect(await host.plan()).toEqual([]);
    await stopListening(host);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'an internal network lets nothing out and nothing in, whatever routes say; its nodes reach each other and the host',
  whileUp(LAB, async (host) => {
    await host.sh(OUTSIDE);
    await host.sh('ip -n t-mole route add default via 10.1.0.1; ip -n out route add 10.1.0.0/24 via 192.0.2.1');
    await listen(host, ['t-mole', 't-web', 'out'], ['80']);
    expect(await answers(host, 't-mole', ['tcp 192.0.2.2 80', 'tcp 10.0.0.2 80', 'tcp 10.1.0.2 80'])).toEqual({
      'tcp 10.1.0.2 80': '10.1.0.3',
    });
    expect(await answers(host, 'out', ['tcp 10.1.0.3 80'])).toEqual({});
    expect(await answers(host, undefined, ['tcp 10.1.0.3 80'])).toEqual({ 'tcp 10.1.0.3 80': '10.1.0.1' });
    expect(await host.ip('web', 'route', 'show', 'default')).toMatchObject([{ gateway: '10.0.0.1' }]);
    await stopListening(host);
    await host.sh('ip link del w0; ip netns del out');
  }),
);

test(
  'nobody gets to 127.0.0.1 of the host by the network of a published port',
  whileUp(LAB, async (host) => {
    await listen(host, [undefined], ['6000', '6000/udp']);
    const local = ['tcp 127.0.0.1 6000', 'udp 127.0.0.1 6000'];
    expect(Object.keys(await answers(host, undefined, local))).toEqual(local);
    const astray =
      'ip -n t-web addr del 127.0.0.1/8 dev lo; ip -n t-web route add 127.0.0.0/8 via 10.0.0.1 src 10.0.0.2';
    await host.sh(`${astray}; nsenter --net=/run/netns/t-web sysctl -qw net.ipv4.conf.all.route_localnet=1`);
    expect(await answers(host, 't-web', local)).toEqual({});
    await stopListening(host);
    await host.sh('ip -n t-web route del 127.0.0.0/8; ip -n t-web addr add 127.0.0.1/8 dev lo');
  }),
);

describe('what somebody changes in the table is drift, which up repairs', () => {
  test(
    'by either executor, and by the words of a script',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', LAB);
      await host.write('script.sh', (await host.pipewright('plan', '--script')).stdout);
      await host.sh('sh script.sh');
      expect(await host.plan()).toEqual([]);
      await host.pipewright('up', '--yes');
      const table = () => host.sh('nft list table inet pipewright-t');
      const whole = await table();
      for (const change of [
        'nft flush chain inet pipewright-t forward',
        'nft add rule inet pipewright-t forward accept',
        'nft insert rule inet pipewright-t raw accept comment \\"pipewright:t:inet\\"',
        'nft add set inet pipewright-t mine "{ type ipv4_addr; }"',
        'nft add chain inet pipewright-t mine',
        'nft flush table inet pipewright-t',
        'nft delete table inet pipewright-t',
      ]) {
        await host.sh(change);
        expect(inShort(await host.plan()), change).toMatchObject([/^(update|create) inet$/]);
        await host.run([...host.cli, 'up', '--yes'], { env: { PIPEWRIGHT_EXECUTOR: 'shell' } });
        expect(await table()).toBe(whole);
      }
      await host.sh('rm -r /run/pipewright');
      await host.pipewright('down', 't', '--yes');
      expect(await host.sh('nft list tables')).toBe('');
    }),
  );

  test(
    'a table of that name that is not ours is left alone',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', LAB);
      const theirs = 'table inet pipewright-t { chain c { accept; }; }';
      await host.sh(`echo '${theirs}' | cat > t.nft; nft -f t.nft`);
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toMatchObject([2, expect.stringContaining('"inet pipewright-t" exists already')]);
      expect(await host.sh('nft list tables')).toBe('table inet pipewright-t\n');
    }),
  );
});

test(
  'from cron, whose PATH lacks the folder that nft is in',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', LAB);
    const env = { PATH: '/usr/bin:/bin' };
    expect(await host.run([...host.cli, 'up', '--yes'], { env })).toMatchObject({ code: 0 });
    expect(await host.plan()).toEqual([]);
    expect(await host.run([...host.cli, 'down', '--yes'], { env })).toMatchObject({ code: 0 });
    expect(await host.namespaces()).toEqual([]);
  }),
);

describe('refused before anything is touched', () => {
  const refusal = async (host: Sandbox, text: string): Promise<string> => {
    await host.write('pipewright.yaml', text);
    const before = await host.snapshot();
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect(await host.snapshot()).toEqual(before);
    return `${String(code)} ${stderr}`;
  };

  test(
    'a port that somebody listens on, and one that is published twice',
    onSandbox(async (host) => {
      await listen(host, [undefined], ['9001']);
      const taken = await refusal(host, LAB);
      expect(taken).toMatch(/^2 [^]*9000-9001\/tcp[^]*PW_FIREWALL_PORT_IN_USE[^]*pipewright\.yaml:9:49/);
      await stopListening(host);
      const twice = await refusal(host, LAB.replace('peer: {', 'peer: { ports: ["127.0.0.1:7001:1"],'));
      expect(twice).toMatch(/^2 [^]*7001\/tcp[^]*"web" and by node "peer"[^]*pipewright\.yaml:10:/);
    }),
  );

  test(
    'a host without nft',
    onSandbox(async (host) => {
      await takeAway(host, 'nft');
      await host.write('pipewright.yaml', LAB);
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toMatchObject([4, expect.stringContaining('apt install nftables')]);
      expect(await host.namespaces()).toEqual([]);
    }),
  );
});

test(
  'beside dockerd packets are let through, and its own rules stay as they are, bit for bit',
  onDockerd(async (host) => {
    const rules = async () =>
      (await host.sh('{ nft list ruleset; } | sed "s/counter packets [0-9]* bytes [0-9]*/counter/"')).split('\n');
    await outside(host);
    const before = await rules();
    await host.pipewright('up', '--yes');
    await listen(host, ['t-web', 'out'], ['80']);
    expect(await answers(host, 't-web', ['tcp 192.0.2.2 80'])).toEqual({ 'tcp 192.0.2.2 80': '192.0.2.1' });
    expect(await answers(host, 'out', ['tcp 192.0.2.1 8080'])).toEqual({ 'tcp 192.0.2.1 8080': '192.0.2.2' });
    await host.sh('ip -n out route add 10.0.0.0/24 via 192.0.2.1');
    expect(await answers(host, 'out', ['tcp 10.0.0.2 80'])).toEqual({}); // nobody asked for that
    expect(await host.plan()).toEqual([]);
    await stopListening(host);
    await host.pipewright('down', '--yes');
    expect(await rules()).toEqual(before);
    expect((await host.sh('sysctl -n net.ipv4.ip_forward')).trim()).toBe('1');
  }),
);

test(
  'two topologies need the host to forward: it does so until the last of them is down, and then is as it was',
  onSandbox(async (host) => {
    const forwards = async () => (await host.sh('cat /proc/sys/net/ipv4/ip_forward')).trim();
    const lab = (name: string, net: number): string =>
      `{ name: ${name}, networks: { lan: { kind: bridge, subnet: 10.9.${String(net)}.0/24, address: 10.9.${String(net)}.1/24, nat: true } }, nodes: { a: { networks: [lan] } } }`;
    for (const [index, name] of ['one', 'two', 'three'].entries()) await host.write(`${name}.yaml`, lab(name, index));
    const before = await forwards();
    await host.pipewright('up', '-f', 'one.yaml', '--yes');
    await host.pipewright('up', '-f', 'two.yaml', '--yes');
    await host.pipewright('down', 'one', '--yes');
    expect(await forwards()).toBe('1');
    expect(await host.plan('two.yaml')).toEqual([]);
    await host.pipewright('up', '-f', 'three.yaml', '--yes');
    await host.pipewright('down', 'three', '--yes');
    expect(await forwards()).toBe('1');
    await host.pipewright('down', 'two', '--yes');
    expect([before, await forwards()]).toEqual(['0', '0']);
  }),
);

test(
  'a port that another topology publishes is refused, until that one is down',
  onSandbox(async (host) => {
    const lab = (name: string, net: number, port: string): string =>
      `{ name: ${name}, networks: { lan: { kind: bridge, subnet: 10.9.${String(net)}.0/24, address: 10.9.${String(net)}.1/24 } }, nodes: { web: { networks: [lan], ports: ["${port}"] } } }`;
    await host.write('one.yaml', lab('one', 1, '8080-8082:8080-8082'));
    await host.write('two.yaml', lab('two', 2, '127.0.0.1:8081:80'));
    await host.write('three.yaml', lab('three', 3, '8083:80'));
    await host.pipewright('up', '-f', 'one.yaml', '--yes');
    const rules = await host.sh('nft list ruleset');
    const { code, stderr } = await host.tryPipewright('up', '-f', 'two.yaml', '--yes');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/"web" publishes port 8081\/tcp of the host, which topology "one" publishes already/),
    ]);
    expect(await host.sh('nft list ruleset')).toBe(rules);
    for (const name of ['one', 'three']) await host.pipewright('up', '-f', `${name}.yaml`, '--yes');
    await host.pipewright('down', 'one', '--yes');
    await host.pipewright('up', '-f', 'two.yaml', '--yes');
    for (const name of ['two', 'three']) await host.pipewright('down', name, '--yes');
  }),
);

const BEHIND = `
name: t
networks:
  edge: { kind: bridge, subnet: [10.0.0.0/24, "fd00::/64"], address: [10.0.0.1/24, "fd00::1/64"], nat: true }
  left: { kind: bridge, subnet: [10.1.0.0/24, "fd00:1::/64"], gateway: [10.1.0.1, "fd00:1::1"], nat: true }
nodes:
  machine: { kind: host, routes: [{ to: 10.1.0.0/24, via: 10.0.0.2 }, { to: "fd00:1::/64", via: "fd00::2" }] }
  router:
    networks: { edge: { address: [10.0.0.2, "fd00::2"] }, left: { address: [10.1.0.1, "fd00:1::1"], gateway: none } }
    sysctls: { net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 1 }
  web: { networks: [left] }
`;

const missed = async (host: Sandbox): Promise<readonly string[]> => {
  const all = ['10.0.0.1', 'fd00::1', '192.0.2.2', '2001:db8::2'];
  const reached = await Promise.all(
    all.map((it) => host.run(['ping', '-n', '-c', '1', '-w', '5', it], { namespace: 't-web' })),
  );
  return all.filter((_, index) => reached[index]?.code !== 0);
};

describe('what is behind a router among the nodes gets out by a host that has its routes by its own address', () => {
  test(
    'whether or not it has seen the connection on a bridge',
    onSandbox(async (host) => {
      await host.sh(OUTSIDE);
      await host.write('pipewright.yaml', BEHIND);
      const before = await host.snapshot();
      for (const filtered of ['0', '1']) {
        await host.sh(
          `sysctl -qw net.bridge.bridge-nf-call-iptables=${filtered} net.bridge.bridge-nf-call-ip6tables=${filtered}`,
        );
        await host.pipewright('up', '--yes');
        expect(await missed(host)).toEqual([]);
        expect(await host.plan()).toEqual([]);
      }
      await host.sh('ip route del 10.1.0.0/24; ip link set dev t-edge address 02:00:00:00:00:99');
      expect(inShort(await host.plan())).toEqual(['create 10.1.0.0/24', 'update edge']);
      await host.pipewright('up', '--yes');
      expect(await missed(host)).toEqual([]);
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'beside dockerd',
    onDockerd(async (host) => {
      await host.sh(OUTSIDE);
      await host.write('pipewright.yaml', BEHIND);
      await host.pipewright('up', '--yes');
      expect(await missed(host)).toEqual([]);
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
    }),
  );
});
