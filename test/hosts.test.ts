import { once } from 'node:events';
import { onHosts, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { inShort, NO_PERL, snapshots } from './support.js';

vi.setConfig({ testTimeout: 180_000 }); // several machines a test

const HOSTS = `
hosts:
  h1: { ssh: root@h1 }
  h2: { ssh: root@h2 }`;

/** A network on each host, and a cable. */
const SHOP = `
name: shop${HOSTS}
networks:
  here: { kind: bridge, subnet: 10.10.0.0/24 }
  one:  { kind: bridge, subnet: 10.10.1.0/24 }
nodes:
  a:  { networks: [here] }
  b:  { networks: [here] }
  a1: { host: h1, networks: [one], sysctls: { net.ipv4.ip_forward: 1 } }
  b1: { host: h1, networks: [one] }
  a2: { host: h2 }
  b2: { host: h2 }
links:
  - { endpoints: [{ node: a2, nic: eth5, address: 10.10.2.1/24 }, { node: b2, nic: eth5, address: 10.10.2.2/24 }] }
`;

test(
  'nodes on several hosts, with perl and without, are brought up, looked at, repaired and taken down as on one',
  onHosts(2, async ({ here, far }) => {
    const [h1, h2] = far as [Sandbox, Sandbox];
    await h2.sh(NO_PERL);
    const before = await snapshots([here, ...far]);
    await here.write('pipewright.yaml', SHOP);
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    expect(await h1.namespaces()).toEqual(['shop-a1', 'shop-b1']);
    expect(await here.namespaces()).toEqual(['shop-a', 'shop-b']);
    expect((await here.pipewright('ping')).stdout).not.toContain('unreach');
    expect(await here.ping('a1', '10.10.1.2')).toBe(true);
    expect((await here.pipewright('exec', 'a1', '--', 'sh', '-c', 'cat /etc/machine-id; exit 0')).stdout).toMatch(
      /1\n$/,
    );
    for (const code of [7, 255])
      expect((await here.tryPipewright('exec', 'b2', '--', 'sh', '-c', `exit ${code}`)).code).toBe(code);

    await h1.sh('ip netns exec shop-a1 ip addr flush dev eth0');
    expect(inShort(await here.plan())).toEqual(['create a1/eth0/10.10.1.2/24']);
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);

    const pid = (await h1.sh('sleep 1000 > /dev/null 2>&1 & echo $!', { namespace: 'shop-a1' })).trim();
    await here.pipewright('down', '--yes', '--kill');
    expect(await h1.sh(`grep -s '^State:.[^Z]' /proc/${pid}/status || echo ended`)).toBe('ended\n');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'a node with a process that was to move to another host runs on where it was when that fails',
  onHosts(2, async ({ here, far }) => {
    const text = (host: string, more = '') => `
name: moving
hosts: { h1: { ssh: root@h1 }, h2: { ssh: root@h2 } }
nodes:
  w: { host: ${host}, loopback: 10.254.0.1, processes: { p: sleep 1000 } }
${more}`;
    await here.write('pipewright.yaml', text('h1'));
    await here.pipewright('up', '--yes');
    const [h1, h2] = far as [Sandbox, Sandbox];
    await here.write('pipewright.yaml', text('h2', '  z: { host: h1, commands: [["false"]] }'));
    const { code, stderr } = await here.tryPipewright('up', '--yes');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Everything was put back') as string,
    });
    expect(await h1.sh('ip netns pids moving-w | wc -l')).toBe('1\n');
    expect(await h2.namespaces()).toEqual([]);
    await here.write('pipewright.yaml', text('h1'));
    expect(await here.plan()).toEqual([]);
    await here.pipewright('down', '--yes');
    expect(await h1.namespaces()).toEqual([]);
  }),
);

/** One node on each host; the node of the last has more. */
const pair = (more: string) => `
name: pair${HOSTS}
nodes:
  n0: {}
  n1: { host: h1 }
  n2: { host: h2${more} }
`;

test(
  'what fails on one host leaves none changed',
  onHosts(2, async ({ here, far }) => {
    const before = await snapshots([here, ...far]);
    await here.write('pipewright.yaml', pair(', commands: [[sh, -c, "echo oops >&2; exit 3"]]'));
    const { code, stderr } = await here.tryPipewright('up', '--yes');
    expect(stderr).toContain('oops');
    expect(code).toBe(1);
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

/** On a host without a relay: makes a network namespace by ending all of its sshd. */
const FATAL_UNSHARE = `
mount -t tmpfs none /usr/local/sbin
cat > /usr/local/sbin/unshare <<'EOF'
#!/bin/sh
for it in /proc/[0-9]*; do case "$(cat $it/comm)" in sshd*) kill -9 "\${it#/proc/}" ;; esac; done
exit 1
EOF
printf '#!/bin/sh\\nexit 1\\n' > /usr/local/sbin/perl
chmod +x /usr/local/sbin/*`;

test(
  'a host that goes away in the middle keeps no other from being put back, and is when it is there again',
  onHosts(2, async ({ here, far }) => {
    const [h1, h2] = far as [Sandbox, Sandbox];
    const before = await snapshots([here, ...far]);
    await h2.sh(FATAL_UNSHARE);
    await here.write('pipewright.yaml', pair(''));
    const lost = await here.tryPipewright('up', '--yes');
    expect(lost.stderr).toContain('h2');
    expect(lost.code).toBe(5);
    expect(await snapshots([here, h1])).toEqual(before.slice(0, 2));

    const again = await here.tryPipewright('up', '--yes');
    expect(again.stderr).toMatch(/host h2 was not reached; `pipewright recover --host h2`/);
    expect(again.code).toBe(4);
    await h2.sh('umount /usr/local/sbin');
    h2.spawn(['/usr/sbin/sshd', '-D', '-f', '/etc/ssh/sshd_config']);
    await here.sh('until ssh -o BatchMode=yes root@h2 true; do sleep 0.1; done');
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'with --keep-going what fails on one host is told and kept off it, the others are up, and a retry brings the rest',
  onHosts(2, async ({ here, far }) => {
    const [, h2] = far as [Sandbox, Sandbox];
    const before = await snapshots([here, ...far]);
    const up = async () => {
      const { code, stdout } = await here.tryPipewright('up', '--yes', '--keep-going', '--json');
      const { hosts } = JSON.parse(stdout) as {
        readonly hosts: Record<string, { outcome: string; error?: { code: string } }>;
      };
      const namespaces = await Promise.all([here, ...far].map((it) => it.namespaces()));
      return [
        code,
        namespaces.flat(),
        Object.entries(hosts).map(([name, it]) => `${name} ${it.error?.code ?? it.outcome}`),
      ];
    };
    await here.write('pipewright.yaml', pair(', commands: [[sh, -c, "exit 3"]]'));
    expect(await up()).toEqual([1, ['pair-n0', 'pair-n1'], ['local done', 'h1 done', 'h2 PW_COMMAND_FAILED']]);
    expect(await h2.snapshot()).toEqual(before[2]);
    await here.pipewright('down', '--yes');

    await h2.sh(FATAL_UNSHARE);
    await here.write('pipewright.yaml', pair(''));
    expect(await up()).toEqual([5, ['pair-n0', 'pair-n1'], ['local done', 'h1 done', 'h2 PW_HOST_LOST']]);
    await here.sh('ip netns delete pair-n0');
    const again = await here.tryPipewright('up', '--yes', '--keep-going');
    expect(again.stdout).toContain('pair is up: 2 nodes');
    expect(again.stdout).toMatch(/h1: as declared\n *h2: .*"h2".* cannot be reached/);
    expect(again.code).toBe(1);

    await h2.sh('umount /usr/local/sbin');
    h2.spawn(['/usr/sbin/sshd', '-D', '-f', '/etc/ssh/sshd_config']);
    await here.sh('until ssh -o BatchMode=yes root@h2 true; do sleep 0.1; done');
    await here.pipewright('recover', '--host', 'h2');
    expect(await h2.namespaces()).toEqual([]);
    expect(await up()).toEqual([0, ['pair-n0', 'pair-n1', 'pair-n2'], ['local done', 'h1 done', 'h2 done']]);
    expect(await here.plan()).toEqual([]);
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'of a host that is not reached status and a graph say so and tell of the others, and down leaves all as it is, or that host',
  onHosts(2, async ({ here, far }) => {
    const before = await snapshots([here, ...far]);
    const [h1] = far as [Sandbox];
    const namespaces = async () => (await Promise.all([here, ...far].map((it) => it.namespaces()))).flat();
    await here.write('pipewright.yaml', pair(''));
    await here.pipewright('up', '--yes');
    await here.sh('ip link set dev h2-uplink down');

    const told = await here.tryPipewright('status', '--json');
    const status = told.json() as {
      readonly nodes: readonly { readonly name: string; readonly state: string }[];
      readonly drift: readonly unknown[];
      readonly unreached: Readonly<Record<string, { readonly code: string }>>;
    };
    expect(status.nodes.map(({ name, state }) => `${name} ${state}`)).toEqual(['n0 up', 'n1 up', 'n2 unreached']);
    expect([told.code, status.drift, status.unreached['h2']?.code]).toEqual([4, [], 'PW_HOST_UNREACHABLE']);
    await h1.sh('ip netns delete pair-n1');
    const absent = await here.tryPipewright('exec', 'n1', '--', 'true');
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringMatching(/Node "n1" on host "h1" is not up/)]);
    const named = await here.tryPipewright('status', 'pair', '--check');
    expect(named.stdout).toMatch(/1 of 3 nodes up, 1 difference; h2 not reached[^]*n2 on h2 +netns +unreached/);
    expect(named.stdout).toMatch(/Not reached\n {2}h2: Host "h2" .* cannot be reached/);
    expect(named.code).toBe(4);
    const drawn = await here.tryPipewright('graph', '--state', '--json');
    const { nodes } = drawn.json() as { readonly nodes: readonly { readonly name: string; readonly state: string }[] };
    expect(nodes.map(({ name, state }) => `${name} ${state}`)).toEqual(['n0 up', 'n1 absent', 'n2 unreached']);
    expect([drawn.code, drawn.stderr]).toEqual([4, expect.stringMatching(/"h2" .* cannot be reached/)]);
    expect((await here.tryPipewright('up', '--yes', '--keep-going')).code).toBe(1);

    const entered = await here.tryPipewright('exec', 'n2', '--', 'true');
    expect([entered.code, entered.stderr]).toEqual([4, expect.stringMatching(/PW_HOST_UNREACHABLE/)]);
    const refused = await here.tryPipewright('down', '--yes');
    expect(refused.stderr).toMatch(/"h2".* cannot be reached[^]*Or leave out h2: `pipewright down --keep-going`/);
    expect(refused.code).toBe(4);
    expect(await namespaces()).toEqual(['pair-n0', 'pair-n1', 'pair-n2']);

    const rest = await here.tryPipewright('down', 'pair', '--yes', '--keep-going');
    expect(rest.stdout).toMatch(/local: taken down\n *h1: taken down\n *h2: .*"h2".* cannot be reached/);
    expect(rest.code).toBe(1);
    expect(await namespaces()).toEqual(['pair-n2']);
    const again = await here.tryPipewright('down', 'pair', '--yes', '--keep-going');
    expect([again.code, again.stdout]).toEqual([1, expect.stringMatching(/Nothing to take down[^]*h2: .*"h2"/)]);

    await here.sh('ip link set dev h2-uplink up; until ssh -o BatchMode=yes root@h2 true; do sleep 0.1; done');
    await here.pipewright('down', 'pair', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'a host that will not come back is forgotten, by up and by down; what has its nodes still, or nothing there, is refused',
  onHosts(2, async ({ here, far }) => {
    const before = await snapshots([here, ...far]);
    await here.write('pipewright.yaml', pair(''));
    await here.pipewright('up', '--yes');
    await here.sh('ip link set dev h2-uplink down');

    const used = await here.tryPipewright('up', '--yes', '--forget', 'h2');
    expect([used.code, used.stderr]).toEqual([2, expect.stringMatching(/node "n2" is to be on it[^]*PW_STILL_USED/)]);
    const unknown = await here.tryPipewright('down', '--yes', '--forget', 'h3');
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/Give one that it has something on: h1, h2/),
    ]);
    await here.write('pipewright.yaml', pair('').replace(/^ {2}n2:.*$/m, ''));
    expect((await here.tryPipewright('up', '--yes')).code).toBe(4);
    const without = await here.pipewright('up', '--yes', '--forget', 'h2');
    expect(without.stdout).toMatch(/pair is up: 2 nodes.*\nWhat stood on h2 is remembered no more/);
    expect(await here.plan()).toEqual([]);
    expect((await here.tryPipewright('up', '--yes', '--forget', 'h2')).code).toBe(2);

    const back = 'ip link set dev h2-uplink up; until ssh -o BatchMode=yes root@h2 true; do sleep 0.1; done';
    await here.sh(back);
    await here.write('pipewright.yaml', pair(''));
    await here.pipewright('up', '--yes'); // what it finds of itself there is its own
    await here.sh('ip link set dev h2-uplink down');
    expect((await here.pipewright('down', '--yes', '--forget', 'h2', '--json')).json()).toMatchObject({
      forgotten: ['h2'],
    });
    expect(await here.pipewright('list')).toMatchObject({ stdout: expect.not.stringContaining('pair') as string });

    await here.sh(back);
    await here.pipewright('up', '--yes');
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'a command that is killed in the middle is undone on every host by the next one',
  onHosts(2, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    const before = await snapshots([here, ...far]);
    await here.write('pipewright.yaml', pair(', commands: [[sleep, "5"]]'));
    const killed = once(here.spawn([...here.cli, 'up', '--yes']), 'exit');
    await h1.sh('until [ -e /run/netns/pair-n1 ]; do sleep 0.02; done');
    await here.sh(`pid=$(pgrep -f 'pipewright.cjs up' | head -n 1); kill -9 "$pid"`);
    await killed;
    expect((await here.pipewright('status')).stdout).toContain('recover');
    await here.pipewright('recover');
    await here.sh('while pgrep -r R,S,D -x ssh > /dev/null; do sleep 0.1; done'); // until the command of a node ends that ran then
    expect(await snapshots([here, ...far])).toEqual(before);
    await h1.sh('flock --nonblock /run/pipewright/lock true'); // nobody holds it
  }),
);

test(
  'one pipewright at a time changes a host, wherever it runs',
  onHosts(1, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    await here.write('pipewright.yaml', 'name: one\nhosts: { h1: { ssh: root@h1 } }\nnodes: { n1: { host: h1 } }\n');
    await h1.sh('mkdir -m 700 -p /run/pipewright; echo 4711 > /run/pipewright/lock');
    h1.spawn(['flock', '/run/pipewright/lock', 'sh', '-c', 'until [ -e /mnt/free ]; do sleep 0.05; done']);
    await h1.sh('while flock --nonblock /run/pipewright/lock true; do sleep 0.02; done');
    await here.pipewright('plan');
    const up = here.pipewright('up', '--yes');
    await h1.sh("until pgrep -f '[f]lock --exclusive 9' > /dev/null; do sleep 0.05; done; touch /mnt/free");
    const { stderr } = await up;
    expect(stderr).toContain('waiting for another pipewright to end on host h1 (its pid there: 4711)');
    expect(await h1.namespaces()).toEqual(['one-n1']);
  }),
);

test(
  'what is wrong with a host is said, and nothing is touched',
  onHosts(2, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    const before = await snapshots([here, h1]);
    const complaint = async (ssh: string, also = 'h2: { ssh: root@h2 }'): Promise<readonly [number, string]> => {
      const hosts = `{ h1: { ssh: ${JSON.stringify(ssh)} }, ${also} }`;
      await here.write('t.yaml', `name: t\nhosts: ${hosts}\nnodes: { a: {}, b: { host: h1 }, c: { host: h2 } }\n`);
      const finished = await here.tryPipewright('up', '-f', 't.yaml', '--yes', '--json');
      return [finished.code, (finished.json() as { readonly error: { readonly code: string } }).error.code];
    };
    for (const hostile of [
      '-oProxyCommand=touch /mnt/x',
      'a$(id)@h1',
      'root@-l',
      "h1';id",
      'root@h1 -v',
      'ssh://-x',
      '',
    ])
      expect(await complaint(hostile), hostile).toEqual([2, 'PW_BAD_VALUE']);
    expect(await complaint('root@h9')).toEqual([4, 'PW_HOST_UNREACHABLE']); // no such name
    const since = performance.now();
    expect(await complaint('root@198.51.100.77')).toEqual([4, 'PW_HOST_UNREACHABLE']); // nobody there
    expect(performance.now() - since).toBeLessThan(15_000);
    expect(await complaint('root@h1', 'h2: { ssh: root@198.51.100.1 }')).toEqual([2, 'PW_HOST_TWICE']);
    expect(await complaint('nobody@h1')).toEqual([4, 'PW_HOST_LOGIN']);
    expect(await complaint('guest@h1')).toEqual([4, 'PW_HOST_NEEDS_ROOT']);
    const ip = (await h1.sh('readlink -f "$(command -v ip)"')).trim();
    await h1.sh(`mount --bind /dev/null ${ip}`);
    expect(await complaint('root@h1')).toEqual([4, 'PW_NO_TOOL']);
    await here.sh('sed -i s/^h1/h7/ /etc/ssh/ssh_known_hosts');
    expect(await complaint('root@h1')).toEqual([4, 'PW_HOST_KEY']);
    await h1.sh(`umount ${ip}`);
    expect(await snapshots([here, h1])).toEqual(before);
  }),
);

/** Counts the scripts that go to other hosts: ssh with what it is sent written down beside it. */
const COUNTING_SSH = `
ssh=$(command -v ssh)
mount -t tmpfs none /usr/local/sbin
cat > /usr/local/sbin/ssh <<EOF
#!/bin/sh
tee -a /mnt/sent | $ssh "\\$@"
EOF
chmod +x /usr/local/sbin/ssh`;

test(
  'an up of twenty nodes takes no more round trips than one of two, and one where nothing is to do',
  onHosts(1, async ({ here, far: [h1] }) => {
    await here.sh(COUNTING_SSH);
    await h1?.sh('mkdir -p /run/netns'); // a machine that never had a named namespace takes one more
    const trips = async (): Promise<number> => {
      await here.sh('rm -f /mnt/sent');
      await here.pipewright('up', '--yes');
      return Number(await here.sh('grep -c ^pw_main$ /mnt/sent'));
    };
    const ofNodes = async (count: number): Promise<readonly number[]> => {
      const nodes = Array.from({ length: count }, (_, index) => `  n${index}: { host: h1, networks: [lan] }`);
      const lan = 'networks: { lan: { kind: bridge, subnet: 10.1.0.0/16 } }';
      const text = ['name: many', 'hosts: { h1: { ssh: root@h1 } }', lan, 'nodes:', ...nodes].join('\n');
      await here.write('pipewright.yaml', text);
      const both = [await trips(), await trips()];
      await here.pipewright('down', '--yes');
      return both;
    };
    const few = await ofNodes(2);
    expect(await ofNodes(20)).toEqual(few);
    expect(few[0]).toBeLessThanOrEqual(8);
    expect(few[1]).toBe(1);
  }),
);

/** Nodes that do not say where they are. */
const placed = (names: string, more = 'placement: spread') =>
  `name: placed${HOSTS}\n${more}\nnodes: { ${names
    .split(' ')
    .map((it) => `${it}: {}`)
    .join(', ')} }\n`;

test(
  'nodes are spread over the hosts, and stay where they are when others come, and when nobody remembers where they were put',
  onHosts(2, async ({ here, far }) => {
    const before = await snapshots([here, ...far]);
    const namespaces = () => Promise.all([here, ...far].map((it) => it.namespaces()));
    await here.write('pipewright.yaml', placed('a b c'));
    await here.pipewright('up', '--yes');
    expect(await namespaces()).toEqual([[], ['placed-a', 'placed-c'], ['placed-b']]);
    expect((await here.pipewright('status')).stdout).toMatch(/a on h1[^]*b on h2[^]*c on h1/);
    expect((await here.pipewright('graph')).stdout).toMatch(/a\\nnetns\\non h1/);
    expect((await here.pipewright('exec', 'b', '--', 'cat', '/etc/machine-id')).stdout).toMatch(/2\n$/);
    expect((await here.pipewright('up', '--yes')).stdout).toContain('No changes');

    await here.write('pipewright.yaml', placed('first a b c'));
    expect(inShort(await here.plan()).filter((it) => !it.includes('first'))).toEqual([]);
    await here.sh('rm -rf /run/pipewright');
    expect(inShort(await here.plan()).filter((it) => !it.includes('first'))).toEqual([]);
    await here.pipewright('up', '--yes');
    expect(await namespaces()).toEqual([[], ['placed-a', 'placed-c'], ['placed-b', 'placed-first']]);

    const { stderr, code } = await here.tryPipewright('up', '--yes', '--host', 'h3');
    expect(stderr).toContain('no host "h3"');
    expect(code).toBe(2);
    await here.pipewright('up', '--yes', '--host', 'h2');
    await here.write('pipewright.yaml', placed('first a b c', ''));
    expect(await here.plan()).toEqual([]);
    expect(await namespaces()).toEqual([[], [], ['placed-a', 'placed-b', 'placed-c', 'placed-first']]);
    await here.write('pipewright.yaml', placed('a b c first'));
    await here.sh('rm -rf /run/pipewright');
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'a host that is reached another way stays what it is, and its name does not go over to another machine with something left on the first',
  onHosts(3, async ({ here, far }) => {
    const before = await snapshots([here, ...far]);
    const namespaces = () => Promise.all(far.map((it) => it.namespaces()));
    const write = (name: string, ssh: string) =>
      here.write('pipewright.yaml', `name: t\nhosts: { ${name}: { ssh: ${ssh} } }\nnodes: { a: { host: ${name} } }\n`);
    await write('h', 'root@h1');
    await here.pipewright('up', '--yes');
    await write('h', 'root@198.51.100.1');
    expect((await here.pipewright('up', '--yes')).stdout).toContain('nothing to change');
    await write('h', 'root@h2');
    const refused = await here.tryPipewright('up', '--yes');
    expect(refused.stderr).toMatch(/PW_HOST_REPLACED[^]*pipewright\.yaml:2:/);
    expect(refused.code).toBe(2);
    await write('other', 'root@h2');
    await here.pipewright('up', '--yes');
    expect(await namespaces()).toEqual([[], ['t-a'], []]);
    await write('other', 'root@h3');
    const [, h2] = far as [Sandbox, Sandbox];
    const pid = (await h2.sh('sleep 1000 > /dev/null 2>&1 & echo $!', { namespace: 't-a' })).trim();
    const { stderr } = await here.pipewright('down', '--yes'); // of what was applied
    expect(stderr).toContain(`the namespace of a on other lives on, without a name, until pid ${pid} ends`);
    await h2.sh(`kill ${pid}`);
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);
