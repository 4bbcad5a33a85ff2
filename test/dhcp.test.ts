import { onDockerd, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { addresses, inShort, takeAway } from './support.js';

/** A server on the bridge br9, in a namespace of its own. */
const SERVER = `
ip link add name br9 type bridge; ip link set br9 up
ip netns add srv; ip link add name srv9 master br9 type veth peer name eth0 netns srv; ip link set srv9 up
ip -n srv link set lo up; ip -n srv link set eth0 up; ip -n srv addr add 10.6.0.1/24 dev eth0
`;

const serve = (host: Sandbox): Promise<string> =>
  host.sh(
    `dnsmasq -C /dev/null --port=0 --interface=eth0 --bind-interfaces --dhcp-range=10.6.0.50,10.6.0.99,120 \
--dhcp-leasefile=/mnt/leases --dhcp-authoritative --no-ping --user=root --pid-file=/mnt/server.pid`,
    { namespace: 'srv' },
  );

const unserve = (host: Sandbox): Promise<string> =>
  host.sh('pid=$(cat server.pid); kill "$pid"; while grep -q . "/proc/$pid/environ"; do sleep 0.02; done 2> /dev/null');

/** What the server has given, a line a lease: when it ends, to whom, the address, the name that it was told. */
const leases = (host: Sandbox): Promise<string> => host.sh('cat leases');

const file = (dhcp = ''): string => `
name: t
networks: { lan: { kind: bridge, bridge: br9, adopt: true } }
nodes: { web: { networks: { lan: { address: dhcp${dhcp} } } } }
`;

/** A host with a server; `body`, and then nothing of ours is left and no file of the host has changed. */
const withServer = (body: (host: Sandbox) => Promise<void>) =>
  onSandbox(async (host) => {
    await host.sh(SERVER);
    await serve(host);
    const before = [await host.snapshot(), await host.sh('cat /etc/resolv.conf')];
    await body(host);
    expect([await host.snapshot(), await host.sh('cat /etc/resolv.conf')]).toEqual(before);
  });

const helpers = async (host: Sandbox, name = 't') => {
  const { stdout } = await host.pipewright('status', name, '--json');
  return (JSON.parse(stdout) as { helpers: { state: string; facts: Record<string, string> }[] }).helpers;
};

const LEASED = /^10\.6\.0\.[5-9]\d\/24$/;

describe.each(['udhcpc', 'dhclient'])('%s', (client) => {
  test(
    'has a lease when the topology is up, and gives it back when it goes',
    withServer(async (host) => {
      await host.write('pipewright.yaml', file(`, dhcp: { client: ${client} }`));
      await host.pipewright('up', '--yes');
      expect(await host.plan()).toEqual([]);
      const [address = ''] = await addresses(host, 'web', 'eth0');
      expect(address).toMatch(LEASED);
      expect(await host.sh('ip route show default', { namespace: 't-web' })).toMatch(
        /via 10\.6\.0\.1 dev eth0 proto dhcp/,
      );
      expect(await helpers(host)).toMatchObject([
        {
          state: 'running',
          facts: { pid: expect.stringMatching(/^\d+/) as string, address, server: '10.6.0.1', lease: '120' },
        },
      ]);
      expect(await leases(host)).toMatch(/ web /);
      await host.pipewright('down', '--yes');
      expect(await leases(host)).not.toMatch(/10\.6\.0\./);
    }),
  );

  test(
    'leaves its address when it is to run once',
    withServer(async (host) => {
      await host.write('pipewright.yaml', file(`, dhcp: { client: ${client}, once: true }`));
      await host.pipewright('up', '--yes');
      expect(await host.plan()).toEqual([]);
      expect(await addresses(host, 'web', 'eth0')).toEqual([expect.stringMatching(LEASED)]);
      expect(await helpers(host)).toMatchObject([{ state: 'done' }]);
      expect(await host.sh(`pgrep -r R,S,D -x ${client} || :`)).toBe('');
      await host.sh('ip addr flush dev eth0', { namespace: 't-web' });
      expect(inShort(await host.plan())).toEqual(['update web/eth0/dhcp']);
      await host.pipewright('up', '--yes');
      expect(await addresses(host, 'web', 'eth0')).toEqual([expect.stringMatching(LEASED)]);
      await host.pipewright('down', '--yes');
    }),
  );
});

test(
  'nodes are asked at the addresses that they have rented',
  withServer(async (host) => {
    const nodes = 'nodes: { web: { networks: { lan: { dhcp: true } } }, db: { networks: { lan: { address: dhcp } } } }';
    await host.write('pipewright.yaml', file().replace(/nodes: .*/, nodes));
    await host.pipewright('up', '--yes');
    const { stdout } = await host.pipewright('ping', '--json');
    const { pairs } = JSON.parse(stdout) as {
      pairs: { from: string; to: string; address: string; reached: boolean }[];
    };
    expect(pairs).toMatchObject([
      { from: 'web', to: 'db', reached: true },
      { from: 'db', to: 'web', reached: true },
    ]);
    const given = await leases(host);
    for (const { to, address } of pairs) expect(given).toContain(` ${address} ${to} `);
    await host.pipewright('down', '--yes');
  }),
);

test(
  'a client that is killed is drift, and up starts it again',
  withServer(async (host) => {
    await host.write('pipewright.yaml', file());
    await host.pipewright('up', '--yes');
    await host.sh('pkill -9 -x udhcpc');
    expect(await host.tryPipewright('status', '--check')).toMatchObject({ code: 3 });
    await host.pipewright('up', '--yes');
    expect(await host.tryPipewright('status', '--check')).toMatchObject({ code: 0 });
    await host.pipewright('down', '--yes');
  }),
);

test(
  'a node that somebody has deleted under its client is made again, its nic with the same address on the same parent',
  withServer(async (host) => {
    await host.sh('ip link add name p9 type veth peer name q9; ip link set q9 master br9 up; ip link set p9 up');
    const lan = 'lan: { kind: macvlan, parent: p9 }';
    const nic = '{ address: dhcp, mac: "02:00:00:00:00:07" }';
    const write = (more: string) =>
      host.write(
        'pipewright.yaml',
        `name: t\nnetworks: { ${lan} }\nnodes: { web: { networks: { lan: ${nic} }${more} } }\n`,
      );
    await write('');
    await host.pipewright('up', '--yes');
    const whole = await host.snapshot();
    await host.sh('ip netns del t-web');
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    expect(await host.snapshot()).toEqual(whole);

    await host.sh('ip netns del t-web');
    await write(', commands: [["false"]]');
    expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
    await write('');
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    expect(await host.snapshot()).toEqual(whole);
    await host.pipewright('down', '--yes');
    await host.sh('ip link del p9');
  }),
);

/** A server of leases as short as they are for no other. */
const UDHCPD = `printf '%s\\n' 'start 10.6.0.50' 'end 10.6.0.99' 'interface eth0' 'min_lease 5' 'option lease 8' \
'option subnet 255.255.255.0' 'lease_file /mnt/short.leases' 'pidfile /mnt/server.pid' > udhcpd.conf
touch short.leases; busybox udhcpd -S udhcpd.conf`;

/** Until it is so, for at most twenty seconds. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 80 && !(await isSo()); tries += 1) await new Promise((wake) => setTimeout(wake, 250));
}

test(
  'a lease is renewed while the server is there, and lost with it',
  withServer(async (host) => {
    await unserve(host);
    await host.sh(UDHCPD, { namespace: 'srv' });
    await host.write('pipewright.yaml', file(', dhcp: { client: dhclient }'));
    await host.pipewright('up', '--yes');
    const given = (): Promise<string> => host.sh('grep -c "^DHCPACK" /run/pipewright/processes/*/log');
    await until(async () => Number(await given()) > 1);
    expect(Number(await given())).toBeGreaterThan(1);
    expect(await addresses(host, 'web', 'eth0')).toHaveLength(1);
    await unserve(host);
    await until(async () => (await addresses(host, 'web', 'eth0')).length === 0);
    expect(await helpers(host)).toMatchObject([{ state: 'waiting' }]);
    expect(inShort(await host.plan())).toEqual(['update web/eth0/dhcp']);
    await serve(host);
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
  }),
  120_000,
);

test(
  'without a server up fails in time, and all is put back',
  withServer(async (host) => {
    await unserve(host);
    await host.write('pipewright.yaml', file(', dhcp: { timeout: 1 }'));
    const before = await host.snapshot();
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/no lease within 1 s[^]*as it was/)]);
    expect(await host.snapshot()).toEqual(before);
    await serve(host);
  }),
);

test(
  'in a container a client sees its processes, and ends with it',
  onDockerd(async (host, engine) => {
    await host.sh(SERVER);
    await serve(host);
    await engine.docker('run', '--detach', '--name', 'web', '--network', 'none', 'bb:1');
    const before = await host.snapshot();
    const pidNamespaces = (): Promise<string> =>
      host.sh(
        `readlink /proc/$(pgrep -r R,S,D -x udhcpc)/ns/pid /proc/$(docker inspect -f '{{.State.Pid}}' web)/ns/pid`,
      );
    await host.pipewright('attach', 'web', '--network', 'br9', '--address', 'dhcp');
    expect(await engine.docker('exec', 'web', 'ip', 'addr')).toMatch(/inet 10\.6\.0\./);
    const [own, its] = (await pidNamespaces()).split('\n');
    expect(own).toBe(its);
    await engine.docker('restart', '--time', '0', 'web');
    expect(await host.sh('pgrep -r R,S,D -x udhcpc || :')).toBe('');
    await host.pipewright('attach', 'web', '--network', 'br9', '--address', 'dhcp');
    expect(await engine.docker('exec', 'web', 'ip', 'addr')).toMatch(/inet 10\.6\.0\./);
    await host.pipewright('detach', 'web');
    expect(await host.snapshot()).toEqual(before);
  }),
);

describe('one nic', () => {
  test(
    'attached with an address by DHCP, and detached',
    withServer(async (host) => {
      await host.sh('ip netns add red');
      await host.pipewright('attach', 'red', '--network', 'br9', '--address', 'dhcp', '--nic', 'eth1');
      expect(await host.sh('ip -o -4 addr show dev eth1', { namespace: 'red' })).toMatch(/10\.6\.0\./);
      expect(await helpers(host, 'adhoc')).toMatchObject([{ id: 'red/eth1/dhcp', state: 'running' }]);
      await host.pipewright('attach', 'red', '--network', 'br9', '--address', 'dhcp', '--nic', 'eth1');
      await host.pipewright('detach', 'red');
      expect(await leases(host)).not.toMatch(/10\.6\.0\./);
      await host.sh('ip netns del red');
    }),
  );

  for (const word of ['dhcp', 'udhcpc', 'dhclient-f'])
    test(
      `by ${word}, then the same address and gateway for good, and back`,
      withServer(async (host) => {
        await host.sh('ip netns add red');
        await host.pipewright('pipework', 'br9', 'red', word);
        const [lease = ''] = await addresses(host, 'red', 'eth1');
        const ways = (): Promise<string> =>
          host.sh('ip -4 route show table all default; ip -4 -o addr show dev eth1 | grep -o "inet [^ ]*"', {
            namespace: 'red',
          });
        const leased = await ways();
        await host.pipewright('pipework', 'br9', 'red', `${lease}@10.6.0.1`);
        expect(await ways()).toMatch(new RegExp(`^default via 10\\.6\\.0\\.1 dev eth1 proto 201 *\ninet ${lease}\n$`));
        await host.pipewright('pipework', 'br9', 'red', word);
        expect(await ways()).toBe(leased);
        await host.pipewright('detach', 'red');
        await host.sh('ip netns del red');
      }),
    );

  const WORDS = {
    dhcp: 'running',
    udhcpc: 'done',
    'udhcpc-f:-t5': 'running',
    dhclient: 'done',
    'dhclient-f': 'running',
  };
  for (const [word, state] of Object.entries(WORDS))
    test(
      `by pipework's word ${word}`,
      withServer(async (host) => {
        await host.sh('ip netns add red');
        await host.pipewright('pipework', 'br9', 'red', word, 'fa:de:b0:99:52:1c');
        expect(await host.sh('ip -o -4 addr show dev eth1', { namespace: 'red' })).toMatch(/10\.6\.0\./);
        expect(await helpers(host, 'adhoc')).toMatchObject([{ state }]);
        expect(await leases(host)).toMatch(/fa:de:b0:99:52:1c \S+ red/);
        await host.pipewright('detach', 'red');
        await host.sh('ip netns del red');
      }),
    );

  const REFUSED: readonly (readonly [words: readonly string[], code: number, says: RegExp])[] = [
    [['udhcpc:-s/tmp/x'], 4, /no udhcpc[^]*apt-get install/],
    [['dhcp'], 4, /isc-dhcp-client/],
  ];
  test(
    'what cannot be is refused before anything is touched',
    onSandbox(async (host) => {
      await host.sh('ip netns add red');
      await takeAway(host, 'udhcpc', 'dhclient', 'dhcpcd', 'busybox');
      const before = await host.snapshot();
      for (const [words, code, says] of REFUSED) {
        const ran = await host.tryPipewright('pipework', 'br1', 'red', ...words);
        expect({ words, ...ran }).toMatchObject({ words, code, stderr: expect.stringMatching(says) as string });
      }
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});
