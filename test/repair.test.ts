import { onSandbox, type PrintedStatus, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

const TOPOLOGY = `
name: t
networks:
  lan: { kind: bridge, bridge: br1, subnet: [10.0.0.0/24, "fd00:1::/64"], address: 10.0.0.1/24, ageing: 100 }
nodes:
  a:
    networks:
      lan:
        address: [10.0.0.2/24, 10.0.0.20/24, "fd00:1::2/64"]
        mac: "02:00:00:00:00:0a"
        mtu: 1400
        routes: [{ to: 10.9.0.0/16, via: 10.0.0.3 }, { to: "fd00:9::/64", via: "fd00:1::3" }]
        neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }]
    rules: [{ from: 10.0.0.2/32, table: 100, priority: 1000 }]
    sysctls: { net.ipv4.ip_forward: 1 }
  b: { networks: { lan: { sysctls: { net.ipv6.conf.IFNAME.disable_ipv6: 0 } } } }
links:
  - [a:x0, b:x0]
`;

interface Row {
  readonly what: string;
  /** In a's namespace, unless `on` says otherwise. */
  readonly damage: string;
  readonly on?: 'b' | 'host';
  /** What the drift is to name. */
  readonly names: RegExp;
}

const ROWS: readonly Row[] = [
  { what: 'a nic deleted', damage: 'ip link del dev eth0', names: /a\/eth0/ },
  { what: 'a cable deleted', on: 'b', damage: 'ip link del dev x0', names: /[ab]\/x0/ },
  { what: 'a nic renamed', damage: 'ip link set dev eth0 down; ip link set dev eth0 name other', names: /a\/eth0/ },
  {
    what: 'an end of a cable renamed',
    on: 'b',
    damage: 'ip link set dev x0 down; ip link set dev x0 name other',
    names: /b\/x0/,
  },
  { what: 'a nic down', damage: 'ip link set dev eth0 down', names: /a\/eth0/ },
  { what: 'an MTU changed', damage: 'ip link set dev eth0 mtu 1300', names: /a\/eth0/ },
  { what: 'a MAC address changed', damage: 'ip link set dev eth0 address 02:00:00:00:00:0b', names: /a\/eth0/ },
  { what: 'an alias removed', damage: "ip link set dev eth0 alias ''", names: /a\/eth0/ },
  { what: 'an address removed', damage: 'ip addr del 10.0.0.2/24 dev eth0', names: /10\.0\.0\.2\/24/ },
  { what: 'an IPv6 address removed', damage: 'ip addr del fd00:1::2/64 dev eth0', names: /fd00:1::2\/64/ },
  { what: 'all addresses removed', damage: 'ip addr flush dev eth0', names: /10\.0\.0\.20\/24/ },
  { what: 'the default route removed', damage: 'ip route del default', names: /default/ },
  { what: 'the default route bent', damage: 'ip route replace default via 10.0.0.3', names: /default/ },
  { what: 'a route removed', damage: 'ip route del 10.9.0.0/16', names: /10\.9\.0\.0\/16/ },
  { what: 'an IPv6 route removed', damage: 'ip -6 route del fd00:9::/64', names: /fd00:9::\/64/ },
  {
    what: 'all routes flushed, those that came with the addresses too',
    damage: 'ip route flush table main; ip -6 route flush root fd00::/16',
    names: /route to 10\.0\.0\.0\/24/,
  },
  {
    what: 'all routes flushed, those to the addresses themselves too',
    damage: 'ip route flush table main; ip route flush table local type local dev eth0',
    names: /route to 10\.0\.0\.0\/24/,
  },
  {
    what: "the route of a bridge's subnet removed",
    on: 'host',
    damage: 'ip route del 10.0.0.0/24',
    names: /route to 10\.0\.0\.0\/24/,
  },
  { what: 'a rule removed', damage: 'ip rule del priority 1000', names: /1000/ },
  {
    what: 'all rules flushed, those of the kernel too, and a route that it could not find its way to',
    damage: 'ip rule flush; ip -6 rule flush; ip route del 10.9.0.0/16; ip -6 route del fd00:9::/64',
    names: /look up main \(IPv4\), default \(IPv4\), main \(IPv6\)/,
  },
  { what: 'a neighbour removed', damage: 'ip neigh del 10.0.0.77 dev eth0', names: /10\.0\.0\.77/ },
  {
    what: 'a neighbour changed',
    damage: 'ip neigh replace 10.0.0.77 lladdr 02:00:00:00:00:78 dev eth0',
    names: /10\.0\.0\.77/,
  },
  { what: 'a sysctl changed', damage: 'echo 0 > /proc/sys/net/ipv4/ip_forward', names: /ip_forward/ },
  {
    what: 'IPv6 switched off on a nic that is said to have it',
    on: 'b',
    damage: 'echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6',
    names: /disable_ipv6/,
  },
  { what: 'loopback down', damage: 'ip link set dev lo down', names: /a/ },
  {
    what: 'a port out of its bridge',
    on: 'host',
    damage: 'p=$(ls /sys/class/net/br1/brif | head -n 1); ip link set dev $p nomaster',
    names: /./,
  },
  {
    what: 'an outer end deleted',
    on: 'host',
    damage: 'p=$(ls /sys/class/net/br1/brif | head -n 1); ip link del dev $p',
    names: /eth0/,
  },
  { what: 'a bridge down', on: 'host', damage: 'ip link set dev br1 down', names: /lan/ },
  {
    what: 'a bridge told otherwise',
    on: 'host',
    damage: 'ip link set dev br1 type bridge ageing_time 500',
    names: /lan/,
  },
  {
    what: "a bridge's address removed",
    on: 'host',
    damage: 'ip addr del 10.0.0.1/24 dev br1',
    names: /10\.0\.0\.1\/24/,
  },
  { what: 'a bridge deleted', on: 'host', damage: 'ip link del dev br1', names: /lan/ },
  { what: 'a node deleted', on: 'host', damage: 'ip netns del t-a', names: /a/ },
];

/** What is not ours: on the host, and in our nodes. */
async function addForeign(host: Sandbox): Promise<void> {
  await host.sh(
    'ip link add name foreign0 type bridge; ip addr add 192.0.2.1/24 dev foreign0; ip link set dev foreign0 up; ip route add 198.51.100.0/24 dev foreign0',
  );
  await host.sh(
    'ip link add name foreign1 type bridge; ip addr add 203.0.113.1/24 dev x0; ip route add 203.0.114.0/24 dev x0',
    { namespace: 't-b' },
  );
  await host.sh('ip route append 10.9.0.0/16 via 10.0.0.99', { namespace: 't-a' }); // behind the one that is declared
}

for (const { what, damage, on = 'a', names } of ROWS)
  test(
    `${what} is seen and repaired`,
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TOPOLOGY);
      await host.pipewright('up', '--yes');
      await host.pipewright('up', '--yes'); // keeps how it found all as declared
      const whole = await host.snapshot();
      await host.sh(damage, on === 'host' ? {} : { namespace: `t-${on}` });

      const check = await host.tryPipewright('status', '--check', '--json');
      expect(check).toMatchObject({ code: 3, stdout: expect.stringMatching(names) as string });
      expect((check.json() as PrintedStatus).drift).not.toEqual([]);

      await host.pipewright('up', '--yes');
      await host.pipewright('status', '--check');
      expect(await host.snapshot()).toEqual(whole);
    }),
  );

test(
  'who has lost all routes of IPv6 is reached again, and a route that stayed keeps its source',
  onSandbox(async (host) => {
    const routed = TOPOLOGY.replace('via: "fd00:1::3" }', 'via: "fd00:1::3", src: "fd00:1::2" }');
    await host.write('pipewright.yaml', routed);
    await host.pipewright('up', '--yes');
    for (const routes of ['table all', 'fd00:1::/64']) {
      await host.sh(`ip -6 route flush ${routes}`, { namespace: 't-a' });
      await host.pipewright('up', '--yes');
      await host.pipewright('status', '--check');
      expect(await host.ping('b', 'fd00:1::2')).toBe(true);
      expect(await host.sh('ip -6 route show fd00:9::/64', { namespace: 't-a' })).toContain('src fd00:1::2');
    }
    await host.pipewright('down', '--yes');
  }),
);

test(
  'a nic whose node is not there has the MAC address that it had and will have',
  onSandbox(async (host) => {
    const red = 'red: { kind: netns, namespace: red, networks: [lan] }';
    await host.write('pipewright.yaml', `name: t\nnetworks: { lan: { kind: bridge } }\nnodes: { ${red} }\n`);
    await host.sh('ip netns add red');
    await host.pipewright('up', '--yes');
    const macOf = async (): Promise<unknown> => {
      const { nodes } = (await host.pipewright('status', '--json')).json() as {
        nodes: { interfaces: { name: string; mac: string }[] }[];
      };
      return nodes[0]?.interfaces.find(({ name }) => name === 'eth1')?.mac;
    };
    const mac = await macOf();
    expect(mac).toMatch(/^(..:){5}..$/);
    await host.sh('ip netns del red');
    await expect.poll(macOf).toBe(mac);
  }),
);

test(
  'what is not ours is no drift, and neither up nor down touches it',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    await host.pipewright('up', '--yes');
    await addForeign(host);
    const withForeign = await host.snapshot();
    await host.pipewright('status', '--check');
    expect(await host.plan()).toEqual([]);
    await host.pipewright('up', '--yes');
    expect(await host.snapshot()).toEqual(withForeign);

    await host.sh('ip link set dev eth0 down', { namespace: 't-b' });
    await host.pipewright('up', '--yes');
    expect(await host.snapshot()).toEqual(withForeign);

    await host.pipewright('down', '--yes');
    expect((await host.ip(undefined, 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo', 'foreign0']);
    expect(await host.ip(undefined, 'route', 'show', '198.51.100.0/24')).toHaveLength(1);
  }),
);
