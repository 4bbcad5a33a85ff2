import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { pair } from './support.js';

/** What makes an `up` fail in the middle, as one more node of the file. */
const FAILURES: readonly (readonly [what: string, node: string])[] = [
  ['a command that ends with 1', '  z: { networks: [lan], commands: ["false"] }'],
  ['a command that is not there', '  z: { networks: [lan], commands: ["no-such-program-here"] }'],
  [
    'a route that the kernel refuses',
    '  z: { networks: { lan: { routes: [{ to: 10.9.0.0/16, via: 10.0.0.77, src: 10.0.0.78 }] } } }',
  ],
  ['a sysctl that the kernel refuses', '  z: { networks: [lan], sysctls: { net.ipv4.conf.all.rp_filter: "none" } }'],
  ['a sysctl that the kernel does not know', '  z: { networks: [lan], sysctls: { net.ipv4.no_such_thing: 1 } }'],
];

describe('a first up that fails leaves no trace', () => {
  for (const [what, node] of FAILURES)
    test(
      what,
      onSandbox(async (host) => {
        await host.write('pipewright.yaml', pair(node));
        const before = await host.snapshot();
        await expectRolledBack(host);
        expect(await host.snapshot()).toEqual(before);
      }),
    );

  test(
    'a name taken in an adopted namespace, where only the kernel sees it',
    onSandbox(async (host) => {
      const pid = (await host.sh('unshare --net sleep 1000 > /dev/null 2>&1 & echo $!')).trim();
      await host.sh(
        `until nsenter -n -t ${pid} ip link property add dev lo altname eth0 && ! ip link show eth0 2> /dev/null; do ip link property del dev lo altname eth0 || :; done`,
      );
      await host.write('pipewright.yaml', pair(`  p: { kind: pid, pid: ${pid}, networks: { lan: { name: eth0 } } }`));
      const before = await host.snapshot();
      expect([1, 2]).toContain((await host.tryPipewright('up', '--yes')).code);
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

const RUNNING = `
name: t
networks:
  lan: { kind: bridge, bridge: br1, subnet: 10.0.0.0/24, address: 10.0.0.1/24 }
nodes:
  a: { networks: { lan: { routes: [{ to: 10.9.0.0/16, via: 10.0.0.3 }] } }, sysctls: { net.ipv4.ip_forward: 1 } }
  b: { networks: [lan] }
  c: { networks: { lan: { address: [10.0.0.4/24, "fd00:1::4/64"] } } }
`;

const CHANGES: readonly (readonly [what: string, change: (topology: string) => string])[] = [
  ['nothing else', (topology) => topology],
  ['an address changed', (topology) => topology.replace('10.0.0.4/24', '10.0.0.44/24')],
  ['an MTU changed', (topology) => topology.replace('subnet:', 'mtu: 1400, subnet:')],
  ['a nic renamed', (topology) => topology.replace('lan: { routes', 'lan: { name: wan0, routes')],
  ['a node removed', (topology) => topology.replace(/ {2}c:.*\n/, '')],
  ['a node with a sysctl removed', (topology) => topology.replace(/ {2}a:.*\n/, '')],
  ['a sysctl removed', (topology) => topology.replace(/, sysctls: {.*?}/, '')],
  [
    'a port published',
    (topology) => topology.replace('b: { networks: [lan] }', 'b: { networks: [lan], ports: ["8080:80"] }'),
  ],
  ["a bridge's address changed", (topology) => topology.replace('10.0.0.1/24', '10.0.0.99/24')],
  ['another bridge', (topology) => topology.replace('br1', 'br2')],
  ['a cable added', (topology) => `${topology}links: [[a:x0, b:x0]]\n`],
];

describe('a change that fails puts a running topology back', () => {
  for (const [what, change] of CHANGES)
    test(
      `${what} and a command that ends with 1`,
      onSandbox(async (host) => {
        await host.write('pipewright.yaml', RUNNING);
        await host.pipewright('up', '--yes');
        const running = await host.snapshot();

        const failing = change(RUNNING).replace(/(links|$)/, '  z: { networks: [lan], commands: ["false"] }\n$1');
        await host.write('pipewright.yaml', failing);
        await expectRolledBack(host);
        expect(await host.snapshot()).toEqual(running);

        await host.write('pipewright.yaml', RUNNING);
        await host.pipewright('status', '--check');

        await host.write('pipewright.yaml', failing.replace('"false"', '"true"'));
        await host.pipewright('up', '--yes');
      }),
    );

  test(
    'with the foreign addresses and routes that lived on a removed device',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', RUNNING);
      await host.pipewright('up', '--yes');
      await host.sh(
        'ip addr add 192.0.2.7/24 dev eth0; ip addr add fd00:2::7/64 dev eth0 nodad; ip route add 198.51.100.0/24 via 192.0.2.9; ip neigh add 192.0.2.8 lladdr 02:00:00:00:00:08 dev eth0',
        { namespace: 't-a' },
      );
      const running = await host.snapshot();
      await host.write(
        'pipewright.yaml',
        `${RUNNING.replace('lan: { routes', 'lan: { name: wan0, routes')}  z: { networks: [lan], commands: ["false"] }\n`,
      );
      await expectRolledBack(host);
      expect(await host.snapshot()).toEqual(running);
    }),
  );
});

test(
  'two nics of a node in one subnet come back, each with the route that the kernel makes',
  onSandbox(async (host) => {
    const lab = (ends: number, more = ''): string => `
name: t
nodes: { a: {}, b: {}${more} }
links:
  - - { node: a, nic: x0, address: 10.5.0.1/24 }
    - { node: b, nic: x0 }
${ends === 1 ? '' : '  - [{ node: a, nic: x1, address: 10.5.0.2/24 }, { node: b, nic: x1 }]'}
`;
    await host.write('pipewright.yaml', lab(2));
    await host.pipewright('up', '--yes');
    const running = await host.snapshot();
    // The one that stays is then the first.
    await host.write(
      'pipewright.yaml',
      lab(1, ', z: { commands: ["false"] }').replaceAll('x0', 'x1').replace('.1/', '.2/'),
    );
    await expectRolledBack(host);
    await host.write('pipewright.yaml', lab(2));
    await host.pipewright('status', '--check');
    expect(await host.ip('a', 'route', 'show', '10.5.0.0/24')).toHaveLength(2);
    await host.pipewright('down', '--yes');
    expect(Object.keys(running.namespaces)).toEqual(['host', 't-a', 't-b']);
  }),
);

const LENT = `
  red:
    kind: netns
    namespace: red
    networks: { lan: { address: 10.0.0.9/24 }, mac: { address: 10.1.0.9/24 } }
    sysctls: { net.ipv4.ip_forward: 1 }
    rules: [{ from: 10.9.0.0/16, table: 100, priority: 1000 }]
    routes: [{ to: 10.99.0.0/16, kind: blackhole }, { to: "fd99::/64", kind: unreachable }]
`;

test(
  "somebody else's namespace that is declared no more keeps all of ours where the change fails, else nothing",
  onSandbox(async (host) => {
    await host.sh('ip netns add red; ip link add name nic0 type bridge; ip link set dev nic0 up');
    const red = () =>
      host.sh('ip -br link; ip rule; ip route; cat /proc/sys/net/ipv4/ip_forward', { namespace: 'red' });
    const [untouched, before] = [await red(), await host.snapshot()];
    const without = RUNNING.replace('networks:', 'networks:\n  mac: { kind: macvlan, parent: nic0 }');
    await host.write('pipewright.yaml', `${without}${LENT}`);
    await host.pipewright('up', '--yes');
    const running = await host.snapshot();

    await host.write('pipewright.yaml', `${without}  z: { networks: [lan], commands: ["false"] }\n`);
    await expectRolledBack(host);
    expect(await host.snapshot()).toEqual(running);

    await host.write('pipewright.yaml', without);
    await host.pipewright('up', '--yes');
    expect(await red()).toBe(untouched);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'what a command said is told in whole lines, of which the first tells what is wrong',
  onSandbox(async (host) => {
    await host.write('rules.nft', `table ip t {\n${'# one more rule\n'.repeat(3)}\tchain fwd {\n\t}\n}\n`);
    await host.write('pipewright.yaml', pair(`  z: { commands: ["nft -f rules.nft"] }`));
    const { stderr } = await host.tryPipewright('up', '--yes');
    const lines = stderr.split('\n');
    const first = lines.findIndex((it) => /ended with 1:$/.test(it));
    expect(lines[first + 1]).toMatch(/^ {2}rules\.nft:5:\S+ Error: syntax error/);
    expect(lines[first + 3]?.indexOf('^')).toBe(lines[first + 2]?.indexOf('fwd'));
    expect(stderr).toMatch(/^ {2}Everything was put back as it was\./m);
  }),
);

test(
  'a failure says what failed and that all was put back, also as JSON',
  onSandbox(async (host) => {
    await host.write(
      'pipewright.yaml',
      pair('  z: { networks: [lan], commands: ["sh -c \'echo no such luck >&2; exit 9\'"] }'),
    );
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no such luck/);
    expect(stderr).toMatch(/back/);
    const printed = await host.tryPipewright('up', '--yes', '--json');
    expect(printed.code).toBe(1);
    expect(printed.json()).toMatchObject({
      error: {
        code: 'PW_COMMAND_FAILED',
        message: expect.stringContaining('"z"') as string,
        fix: 'Mend the command under `commands:`.',
      },
    });
    // What a shell would have understood.
    for (const command of ['sleep 9 &', 'sleep 9 | cat', 'sleep $(cat x)', 'sleep > x']) {
      await host.write('pipewright.yaml', pair(`  z: { networks: [lan], commands: ["${command}"] }`));
      const { stderr: told } = await host.tryPipewright('up', '--yes');
      expect(told, command).toMatch(/fix: No shell reads a command: write `sh -c '…'` .* `processes:`\./);
    }
  }),
);

test(
  'where IPv6 is switched off it says how to switch it on',
  onSandbox(async (host) => {
    const dual = (node: string) => `
name: t
networks: { lan: { kind: bridge, subnet: "fd00:7::/64", address: "fd00:7::1/64" } }
nodes: { a: { networks: [lan]${node} } }
`;
    const told = { code: 1, stderr: expect.stringContaining('PW_IPV6_DISABLED') as string };
    const off = (of: string) => `echo 1 > /proc/sys/net/ipv6/conf/${of}/disable_ipv6`;
    await host.write('pipewright.yaml', dual(''));
    await host.sh(off('default'));
    expect(await host.tryPipewright('up', '--yes')).toMatchObject(told);
    await host.sh('sysctl -qw net.ipv6.conf.default.disable_ipv6=0');
    await host.pipewright('up', '--yes');
    await host.pipewright('exec', 'a', '--', 'sh', '-c', off('all'));
    expect(await host.tryPipewright('up', '--yes')).toMatchObject(told);
    await host.write('pipewright.yaml', dual(', sysctls: { net.ipv6.conf.all.disable_ipv6: 0 }'));
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
  }),
);

async function expectRolledBack(host: Sandbox): Promise<void> {
  const { code, stderr, stdout } = await host.tryPipewright('up', '--yes');
  expect({ code, said: `${stdout}${stderr}` }).toMatchObject({ code: 1 });
}
