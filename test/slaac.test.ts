import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { addresses, inShort } from './support.js';

/** A router on the bridge br9, in a namespace of its own: dnsmasq there announces a prefix. */
const ROUTER = `
deaf='echo 0 > /proc/sys/net/ipv6/conf/default/accept_ra'
sh -c "$deaf"; ip netns add rtr; nsenter --net=/run/netns/rtr sh -c "$deaf"
ip link add name br9 type bridge; ip link set br9 up
ip link add name rtr9 master br9 type veth peer name eth0 netns rtr; ip link set rtr9 up
ip -n rtr link set lo up; ip -n rtr link set eth0 up; ip -n rtr addr add fd00:6::1/64 dev eth0 nodad
until ip -n rtr addr show dev eth0 scope link -tentative | grep -q inet6; do sleep 0.1; done
`;

const announce = (host: Sandbox): Promise<string> =>
  host.sh(
    `dnsmasq -C /dev/null --port=0 --interface=eth0 --bind-dynamic --enable-ra --dhcp-range=fd00:6::,ra-only,64,10m \
--ra-param=eth0,4,600 --dhcp-leasefile=/mnt/leases --user=root --pid-file=/mnt/router.pid`,
    { namespace: 'rtr' },
  );

const silence = (host: Sandbox): Promise<string> =>
  host.sh('pid=$(cat router.pid); kill "$pid"; while grep -q . "/proc/$pid/environ"; do sleep 0.02; done 2> /dev/null');

const file = (nic: string, network = '{ kind: bridge, bridge: br9, adopt: true }'): string => `
name: t
networks: { lan: ${network} }
nodes: { web: { networks: { lan: ${nic} } } }
`;

/** A host with a router; after `body` nothing of ours is left. */
const withRouter = (body: (host: Sandbox) => Promise<void>) =>
  onSandbox(async (host) => {
    await host.sh(ROUTER);
    await announce(host);
    const before = await host.snapshot();
    await body(host);
    expect(await host.snapshot()).toEqual(before);
  });

const ANNOUNCED = /^fd00:6::[0-9a-f:]+\/64$/;

const announced = async (host: Sandbox): Promise<readonly string[]> =>
  (await addresses(host, 'web', 'eth0')).filter((it) => ANNOUNCED.test(it));

const defaultRoute = (host: Sandbox): Promise<string> => host.sh('ip -6 route show default', { namespace: 't-web' });

const helpers = async (host: Sandbox) => {
  const { stdout } = await host.pipewright('status', 't', '--json');
  return (JSON.parse(stdout) as { helpers: { state: string; facts: Record<string, string> }[] }).helpers;
};

const SLAAC = '{ address: [10.0.0.1/24, slaac], sysctls: { net.ipv6.conf.IFNAME.forwarding: 1 }, gateway: 10.0.0.254 }';

test(
  'what a router announces is there when the topology is up, is no drift, and comes again on another nic',
  withRouter(async (host) => {
    await host.write('pipewright.yaml', file(SLAAC));
    await host.pipewright('up', '--yes');
    const [address = ''] = await announced(host);
    expect(await host.plan()).toEqual([]);
    await host.sh('ping -6 -n -c 1 -W 5 fd00:6::1', { namespace: 't-web' });
    expect(await defaultRoute(host)).toMatch(/via fe80::.* proto ra/);
    expect(await helpers(host)).toMatchObject([
      { state: 'running', facts: { address, router: expect.stringMatching(/^fe80::/) as string } },
    ]);
    await host.write('pipewright.yaml', file(SLAAC, '{ kind: macvlan, parent: br9 }'));
    await host.pipewright('up', '--yes');
    expect(await host.sh('ip -6 addr show dev eth0 scope global', { namespace: 't-web' })).toMatch(
      /fd00:6::\S+ scope global dynamic/,
    );
    expect(await announced(host)).toHaveLength(1);
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
  }),
  120_000,
);

test(
  'a node that announces itself as a router does not become that of the host',
  onSandbox(async (host) => {
    await host.write(
      'pipewright.yaml',
      `
name: t
networks: { lan: { kind: bridge, subnet: "fd00:6::/64" } }
nodes:
  rtr:
    networks: { lan: { address: "fd00:6::1/64" } }
    commands:
      - >-
        dnsmasq -C /dev/null --port=0 --interface=eth0 --bind-dynamic --enable-ra --dhcp-range=fd00:6::,ra-only,64,10m
        --ra-param=eth0,4,600 --dhcp-leasefile=/mnt/leases --user=root --pid-file=/mnt/router.pid
  web: { networks: [lan] }
`,
    );
    await host.pipewright('up', '--yes');
    expect(await host.sh('sysctl -n net.ipv6.conf.t-lan.accept_ra')).toBe('0\n');
    await host.sh('timeout 20 sh -c "until ip -n t-web -6 route show default | grep -q fe80; do sleep 0.1; done"');
    expect(await host.sh('ip -6 route show default; ip -6 addr show dev t-lan scope global')).toBe('');
    await silence(host);
    await host.pipewright('down', '--yes');
  }),
);

test(
  'an address that is removed is drift, and up has it announced again',
  withRouter(async (host) => {
    await host.write('pipewright.yaml', file('{ address: slaac, gateway: none, slaac: { timeout: 60 } }'));
    await host.pipewright('up', '--yes');
    expect(await defaultRoute(host)).toBe('');
    await host.sh('ip addr flush dev eth0 scope global', { namespace: 't-web' });
    expect(inShort(await host.plan())).toEqual(['update web/eth0/slaac']);
    await host.pipewright('up', '--yes');
    expect(await announced(host)).toHaveLength(1);
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
  }),
  120_000,
);

test(
  'without a router up fails in time, and all is put back',
  withRouter(async (host) => {
    await silence(host);
    await host.write('pipewright.yaml', file('{ slaac: { timeout: 1 } }'));
    const before = await host.snapshot();
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no router announced an address within 1 s\.[^]*as it was/),
    ]);
    expect(await host.snapshot()).toEqual(before);
    await announce(host);
  }),
);

test(
  'one nic, attached and detached',
  withRouter(async (host) => {
    await host.sh('ip netns add red');
    const attach = ['attach', 'red', '--network', 'br9', '--address', '10.0.0.1/24', '--address', 'slaac'];
    const { stdout } = await host.pipewright(...attach, '--nic', 'eth1');
    expect(stdout).toMatch(/10\.0\.0\.1\/24, an address by slaac/);
    expect(await host.sh('ip -o addr show dev eth1', { namespace: 'red' })).toMatch(/10\.0\.0\.1[^]*fd00:6::/);
    await host.pipewright('detach', 'red');
    await host.sh('ip netns del red');
  }),
);
