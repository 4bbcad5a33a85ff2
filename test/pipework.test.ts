import { createRequire } from 'node:module';
import { type Finished, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { addresses, ifindex } from './support.js';

const BIN = createRequire(import.meta.url).resolve('pipewright/bin/pipework.cjs');

/** The program of that name, whatever it ends with. */
const tryPipework = (host: Sandbox, ...args: readonly string[]): Promise<Finished> =>
  host.run([host.cli[0] ?? 'node', BIN, ...args]);

/** It ends with 0 and says nothing, as the script does. */
async function pipework(host: Sandbox, line: string): Promise<void> {
  const { code, stdout, stderr } = await tryPipework(host, ...line.split(' '));
  expect({ line, code, stdout, stderr }).toEqual({ line, code: 0, stdout: '', stderr: '' });
}

/** A guest `web` with an eth0 and a way out, as an engine gives them; a NIC `nic0` and a bridge `lan0` of the host. */
const GUESTS = `
ip netns add web; ip -n web link set lo up
ip link add web-out type veth peer name eth0 netns web; ip link set web-out up
ip -n web addr add 172.20.0.2/24 dev eth0; ip -n web link set eth0 up; ip -n web route add default via 172.20.0.1
ip netns add db; ip -n db link set lo up
ip link add nic0 address 02:00:00:00:aa:01 type veth peer name nic0far; ip link set nic0 up; ip link set nic0far up
ip link add lan0 address 02:00:00:00:aa:02 type bridge; ip link set lan0 up mtu 1400
`;

const inWeb = (host: Sandbox, script: string): Promise<string> => host.sh(script, { namespace: 'web' });

const SHOW_ALL = 'ip -o addr; ip -d -o link; ip route; ip -6 route';

describe('each form makes a nic, the same again changes nothing, and detach takes it back', () => {
  const FORMS: readonly (readonly [line: string, nic: string, shown: readonly RegExp[]])[] = [
    ['br1 web 192.168.1.1/24', 'eth1', [/eth1 +inet 192\.168\.1\.1\/24/, /default via 172\.20\.0\.1 dev eth0/]],
    ['lan0 web 192.168.1.1/24', 'eth1', [/eth1@[^\n]* mtu 1400/]],
    ['mac:02:00:00:00:AA:02 web 192.168.1.1/24', 'eth1', [/eth1@[^\n]* mtu 1400/]],
    [
      'nic0 web 192.168.1.1/24@192.168.1.254',
      'eth1',
      [/eth1@[^]*? macvlan mode bridge/, /default via 192\.168\.1\.254/],
    ],
    ['mac:02:00:00:00:AA:01 -i wan0 web 192.168.1.1/24', 'wan0', [/wan0@[^]*? macvlan mode bridge/]],
    ['nic0 web 192.168.1.1/24 FA:DE:B0:99:52:1C', 'eth1', [/eth1@[^\n]* fa:de:b0:99:52:1c/]],
    ['--direct-phys lan0 web 192.168.1.1/24', 'eth1', [/eth1@[^\n]* mtu 1400/]],
    ['brd web 192.168.1.1/24', 'eth1', [/eth1 +inet 192/]],
    ['br1 -i wan0 web 192.168.1.1/24', 'wan0', [/wan0 +inet 192/]],
    ['br1 -a 4 -l hostapp1 -i wan0 web 192.168.1.1/24', 'wan0', [/wan0 +inet 192/]],
    ['br1 web 192.168.1.1/24@192.168.1.254', 'eth1', [/default via 192\.168\.1\.254 dev eth1/]],
    [
      'br1 web 10.9.9.9/32@192.168.1.254',
      'eth1',
      [/^192\.168\.1\.254 dev eth1/m, /default via 192\.168\.1\.254 dev eth1/],
    ],
    ['br1 web fd00:1::1/64@fd00:1::fe', 'eth1', [/fd00:1::1\/64/, /default via fd00:1::fe dev eth1/]],
    ['br1 -a inet6 web fd00:1::1/64@fd00:9::fe', 'eth1', [/^fd00:9::fe dev eth1/m, /default via fd00:9::fe/]],
    ['br1 web 0/0', 'eth1', [/eth1@[^\n]*,UP,/]],
    ['br1 web 192.168.1.1/24 FA:DE:B0:99:52:1C', 'eth1', [/eth1@[^\n]* fa:de:b0:99:52:1c/]],
    ['br1 web 192.168.1.1/24 U:myhost.foo.com', 'eth1', [/eth1@[^\n]* 02:72:6c:cd:9b:8d/]],
  ];
  for (const [line, nic, shown] of FORMS)
    test(
      line,
      onSandbox(async (host) => {
        await host.sh(GUESTS);
        const before = await host.snapshot();
        await pipework(host, line);
        const found = await inWeb(host, SHOW_ALL);
        for (const pattern of shown) expect(found).toMatch(pattern);
        const made = await host.snapshot();
        await pipework(host, line);
        expect(await host.snapshot()).toEqual(made);
        await host.pipewright('detach', 'web', '--nic', nic);
        expect(await host.snapshot()).toEqual(before);
      }),
    );

  test(
    'of a process',
    onSandbox(async (host) => {
      const pid = (await host.sh('unshare --net sleep 1000 > /dev/null 2>&1 & echo $!')).trim();
      await host.sh(
        `until [ "$(readlink /proc/${pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done`,
      );
      const before = await host.snapshot();
      await pipework(host, `br1 pid:${pid} 192.168.1.1/24`);
      expect(await host.sh(`nsenter -n -t ${pid} ip -o addr`)).toMatch(/eth1 +inet 192\.168\.1\.1\/24/);
      await pipework(host, `route pid:${pid} add 10.5.0.0/16 via 192.168.1.254`);
      expect(await host.sh(`nsenter -n -t ${pid} ip route`)).toMatch(/10\.5\.0\.0\/16 via 192\.168\.1\.254/);
      await host.pipewright('detach', `pid:${pid}`);
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

describe('the gateway of a second nic is the way out', () => {
  const way = async (host: Sandbox, to: string): Promise<string | undefined> =>
    / dev (\S+)/.exec(await inWeb(host, `ip route get ${to}`))?.[1];

  for (const [family, first, second, far] of [
    ['IPv4', '192.168.1.1/24@192.168.1.254', '192.168.2.1/24@192.168.2.254', '203.0.113.1'],
    ['IPv4, outside the subnet', '10.9.9.9/32@192.168.1.254', '192.168.2.1/24@192.168.2.254', '203.0.113.1'],
    ['IPv6', 'fd00:1::1/64@fd00:1::fe', 'fd00:2::1/64@fd00:2::fe', '2001:db8::1'],
  ] as const)
    test(
      `${family}: until it goes, or the first is said again`,
      onSandbox(async (host) => {
        await host.sh(GUESTS);
        const before = await host.snapshot();
        await pipework(host, `br1 web ${first}`);
        const one = await way(host, far);
        await pipework(host, `br2 -i eth2 web ${second}`);
        const two = [one, await way(host, far)];
        expect(two).toEqual(['eth1', 'eth2']);
        const made = await host.snapshot();
        await pipework(host, `br2 -i eth2 web ${second}`);
        expect(await host.snapshot()).toEqual(made);
        await pipework(host, `br1 web ${first}`);
        expect(await way(host, far)).toBe('eth1');
        await pipework(host, `br2 -i eth2 web ${second}`);
        expect(await way(host, far)).toBe('eth2');
        await host.pipewright('plan', '-n', 'adhoc', '--check');
        await host.pipewright('detach', 'web', '--nic', 'eth2');
        expect(await way(host, far)).toBe('eth1');
        await host.pipewright('detach', 'web', '--nic', 'eth1');
        expect(await host.snapshot()).toEqual(before);
      }),
    );

  test(
    'and what of it fails leaves that of the first',
    onSandbox(async (host) => {
      await host.sh(GUESTS);
      await pipework(host, 'br1 web 192.168.1.1/24@192.168.1.254');
      const before = await host.snapshot();
      await host.sh('ip link add hostapp1 type dummy || ip link add name hostapp1 type bridge');
      expect(
        await tryPipework(host, 'br2', '-i', 'eth2', '-l', 'hostapp1', 'web', '192.168.2.1/24@192.168.2.254'),
      ).not.toMatchObject({ code: 0 });
      await host.sh('ip link del hostapp1');
      expect(await host.snapshot()).toEqual(before);
      expect(await way(host, '203.0.113.1')).toBe('eth1');
    }),
  );
});

test(
  'an address is given to another guest when the one that has it has ended, or its nic is taken away',
  onSandbox(async (host) => {
    await host.sh(`${GUESTS}ip netns add new`);
    await pipework(host, 'br1 web 192.168.1.1/24');
    const before = await host.snapshot();
    expect(await tryPipework(host, 'br1', 'db', '192.168.1.1/24')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/192\.168\.1\.1 is given twice: to web\/eth1 and [^]*pipewright detach/) as string,
    });
    expect(await host.snapshot()).toEqual(before);
    await host.pipewright('detach', 'web');
    await pipework(host, 'br1 db 192.168.1.1/24');
    await host.sh('ip netns del db; while ip link show type veth | grep -q adhoc-db; do sleep 0.1; done');
    await pipework(host, 'br1 new 192.168.1.1/24');
  }),
);

test(
  'two guests of a bridge reach each other; the bridge goes with the last',
  onSandbox(async (host) => {
    await host.sh(GUESTS);
    const before = await host.snapshot();
    await pipework(host, 'br1 web 192.168.1.1/24');
    await host.pipewright('pipework', 'br1', 'db', '192.168.1.2/24');
    await inWeb(host, 'ping -n -c 1 -w 10 192.168.1.2');
    await host.pipewright('detach', 'web');
    await host.pipewright('detach', 'db');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'the end on the host has the name of -l, and loses it in place of nobody',
  onSandbox(async (host) => {
    await host.sh(GUESTS);
    await pipework(host, 'br1 -l hostapp1 web 192.168.1.1/24');
    expect(await host.sh('ip -o link show dev hostapp1')).toMatch(/master br1/);
    expect(await tryPipework(host, 'br1', '-l', 'nic0', 'db', '192.168.1.2/24')).toMatchObject({ code: 2 });
    expect(await host.sh('ip -o link show dev nic0')).toContain('02:00:00:00:aa:01');
  }),
);

test(
  "other values change the nic in place; a bridge's new MTU counts for the next",
  onSandbox(async (host) => {
    await host.sh(GUESTS);
    await pipework(host, 'br1 web 192.168.1.1/24');
    const number = await ifindex(host, 'web', 'eth1');
    await pipework(host, 'br1 web 192.168.1.9/24');
    expect(await addresses(host, 'web', 'eth1')).toEqual(['192.168.1.9/24']);
    expect(await ifindex(host, 'web', 'eth1')).toBe(number);
    await host.sh('ip link set dev br1 mtu 1400');
    await pipework(host, 'br1 db 192.168.1.2/24');
    expect(await host.sh('ip -o link show dev eth1', { namespace: 'db' })).toContain('mtu 1400');
  }),
);

test(
  'a NIC that waits for its use is set up, and is as it was where that fails',
  onSandbox(async (host) => {
    await host.sh(`${GUESTS}\nip link set nic0 down`);
    const isUp = async () => (await host.sh('ip -o link show dev nic0')).includes(',UP');
    expect(await tryPipework(host, 'nic0', 'web', 'udhcpc', 'fa:de:b0:99:52:1c')).toMatchObject({ code: 1 });
    expect(await isUp()).toBe(false);
    await pipework(host, 'nic0 web 192.168.2.1/24');
    await pipework(host, 'nic0 db 192.168.2.2/24');
    await inWeb(host, 'ping -n -c 1 -w 10 192.168.2.2');
    await host.pipewright('down', 'adhoc', '--yes');
    expect(await isUp()).toBe(true);
  }),
);

test(
  'eight at once',
  onSandbox(async (host) => {
    const guests = Array.from({ length: 8 }, (_, index) => `g${String(index + 1)}`);
    await host.sh(guests.map((it) => `ip netns add ${it}`).join('\n'));
    const ran = await Promise.all(
      guests.map((it, index) => tryPipework(host, 'br1', it, `10.0.0.${String(index + 1)}/24`)),
    );
    expect(ran.map(({ code }) => code)).toEqual(guests.map(() => 0));
    for (const [index, it] of guests.entries())
      expect(await addresses(host, it, 'eth1')).toEqual([`10.0.0.${String(index + 1)}/24`]);
  }),
);

describe('programs of iproute2 in the guest', () => {
  test(
    'with options, input and output of their own; their exit code is ours',
    onSandbox(async (host) => {
      await host.sh(GUESTS);
      await pipework(host, 'route web add 10.99.0.0/16 via 172.20.0.9');
      expect(await inWeb(host, 'ip route')).toMatch(/10\.99\.0\.0\/16 via 172\.20\.0\.9/);
      await pipework(host, 'rule web add from 10.99.0.1 lookup 99');
      expect(await inWeb(host, 'ip rule')).toMatch(/from 10\.99\.0\.1 lookup 99/);
      await pipework(host, 'tc web qdisc add dev eth0 root tbf rate 1mbit burst 32k latency 50ms');
      const shown = await tryPipework(host, 'tc', 'web', '-s', 'qdisc', 'show', 'dev', 'eth0');
      expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/tbf[^]*Sent/) as string });
      const same = await tryPipework(host, 'route', 'web', 'add', '10.99.0.0/16', 'via', '172.20.0.9');
      expect(same).toMatchObject({ code: 2, stderr: 'RTNETLINK answers: File exists\n' });
      expect(await host.namespaces()).toEqual(['db', 'web']);
    }),
  );
});

describe('--wait', () => {
  test(
    'ends when the nic is there and up, in the namespace it is called in',
    onSandbox(async (host) => {
      await host.sh(GUESTS);
      const waiting = host.run([host.cli[0] ?? 'node', BIN, '--wait'], { namespace: 'web', timeout: 30_000 });
      let ended = false;
      void waiting.then(() => (ended = true));
      await host.sh('ip -n web link add eth1 type veth peer name far1; sleep 1');
      expect(ended).toBe(false);
      await host.sh('ip -n web link set eth1 up');
      expect(await waiting).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(await tryPipework(host, '--wait', '-i', 'nic0')).toMatchObject({ code: 0 });
    }),
  );

  test(
    'is ended by a signal',
    onSandbox(async (host) => {
      // A background job of a shell without job control ignores SIGINT, unless it asks for it: as ours does, once it runs.
      const script = '"$@" & while kill -INT $! 2> /dev/null; do sleep 0.1; done; wait $!';
      const ran = await host.run(['sh', '-c', script, 'sh', host.cli[0] ?? 'node', BIN, '--wait', '-i', 'nothere0']);
      expect(ran).toMatchObject({ code: 130, stdout: '', stderr: '' });
    }),
  );
});

describe('mistakes', () => {
  const MISTAKES: readonly (readonly [line: string, code: number, says: RegExp])[] = [
    ['nosuch0 web 192.168.1.1/24', 1, /nosuch0/],
    ['mac:02:00:00:00:00:99 web 192.168.1.1/24', 1, /02:00:00:00:00:99/],
    ['br1 web 192.168.1.1', 1, /192\.168\.1\.1\/24/],
    ['br1 web 999.1.1.1/24', 1, /999\.1\.1\.1/],
    ['br1 web 192.168.1.0/24', 1, /network address/],
    ['br1 web 172.20.0.2/16', 1, /in use[^]*at ADDRESS/],
    ['br1 web 192.168.1.1/24@fd00::1', 1, /fd00::1[^]*at GATEWAY/],
    ['br1 nosuchguest 192.168.1.1/24', 1, /nosuchguest/],
    ['br1 pid:4000000 192.168.1.1/24', 1, /4000000/],
    ['br1 pid:1 192.168.1.1/24', 1, /host's own/],
    ['route nosuchguest show', 1, /nosuchguest/],
    ['br1 -i eth0 web 192.168.1.1/24', 2, /eth0[^]*at -i/],
    ['br1 web 192.168.1.1/24 01:00:00:00:00:01', 2, /01:00:00:00:00:01/],
    ['br1 web 192.168.1.1/24 U:web more', 2, /"more"/],
    ['br1 --bogus web 192.168.1.1/24', 2, /--bogus/],
    ['ovs0 web 192.168.1.1/24', 1, /Open vSwitch[^]*yet/],
    ['dummy web 192.168.1.1/24', 1, /dummy[^]*yet/],
  ];
  test(
    'touch nothing, and end with what the script ended with',
    onSandbox(async (host) => {
      await host.sh(GUESTS);
      const before = await host.snapshot();
      for (const [line, code, says] of MISTAKES) {
        const ran = await tryPipework(host, ...line.split(' '));
        expect({ line, ...ran }).toMatchObject({
          line,
          code,
          stdout: '',
          stderr: expect.stringMatching(says) as string,
        });
      }
      expect(await host.snapshot()).toEqual(before);
    }),
    120_000, // it is twenty programs, one after the other
  );

  test(
    'too little said: how it is written, on standard output',
    onSandbox(async (host) => {
      for (const args of [[], ['br1'], ['br1', 'web'], ['route', 'web']])
        expect(await tryPipework(host, ...args)).toMatchObject({
          code: 1,
          stdout: expect.stringMatching(/^Syntax:\n/) as string,
          stderr: '',
        });
      expect(await tryPipework(host, '--help')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('CONTAINERIF') as string,
      });
      const { stdout: version } = await host.pipewright('--version');
      expect(await tryPipework(host, '--version')).toMatchObject({ code: 0, stdout: version });
    }),
  );
});

test(
  'a dry run shows and does nothing',
  onSandbox(async (host) => {
    await host.sh(GUESTS);
    const before = await host.snapshot();
    const { code, stdout } = await tryPipework(host, '--dry-run', 'br1', 'web', '192.168.1.1/24');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('br1') as string });
    expect(await tryPipework(host, '--dry-run', 'route', 'web', 'add', '10.99.0.0/16', 'dev', 'eth0')).toMatchObject({
      code: 0,
      stdout: 'in web: ip route add 10.99.0.0/16 dev eth0\n',
    });
    expect(await host.snapshot()).toEqual(before);
  }),
);
