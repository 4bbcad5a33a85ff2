import { Dockerd, onDockerd, onSandbox, type Sandbox, WORK_FOLDER } from '@pipewright/testkit';
import { describe, expect, test, vi } from 'vitest';
import { addresses, pair } from './support.js';

// Each starts a daemon.
vi.setConfig({ testTimeout: 180_000 });

/** Chains and rules of IPv4 and IPv6, in order. */
const rulesOf = async (host: Sandbox): Promise<readonly string[]> =>
  // Without the time it was asked at, and counters.
  (await host.sh('{ iptables-save; ip6tables-save; } | sed "/^#/d; s/ \\[[0-9:]*\\]//"')).split('\n');

const isOurs = (line: string): boolean => line.includes('pipewright');

/** Those of IPv4: for IPv6, too, Docker has chains from 27 on. */
const oursIn = async (host: Sandbox): Promise<readonly string[]> =>
  (await host.sh('iptables-save')).split('\n').filter(isOurs);

const accepting = (bridge: string, mark: string): string =>
  `-A DOCKER-USER -i ${bridge} -o ${bridge} -m comment --comment "${mark}" -j ACCEPT`;

const IPTABLES = '/usr/sbin/iptables';

/** Two namespaces that are a user's. */
const USERS = 'ip netns add red; ip netns add blue';

const attach = (host: Sandbox, guest: string, address: string, ...more: readonly string[]) =>
  host.pipewright('attach', guest, '--network', 'br9', '--address', address, ...more);

const reaches = async (host: Sandbox, namespace: string, address: string): Promise<boolean> =>
  (await host.run(['ping', '-n', '-c', '1', '-W', '2', address], { namespace })).code === 0;

test(
  'two nodes on a bridge reach each other, and down leaves the rules as they were',
  onDockerd(async (host) => {
    await host.write('pipewright.yaml', pair());
    const before = await rulesOf(host);
    await host.pipewright('up', '--yes');
    expect(before).toContain(':FORWARD DROP');
    expect(await host.ping('a', 'b')).toBe(true);
    const during = await rulesOf(host);
    const [own] = await oursIn(host);
    expect(during.filter((line) => !isOurs(line))).toEqual(before);
    expect(own).toMatch(/^-A DOCKER-USER -i (\S+) -o \1 .*"pipewright:t:lan" -j ACCEPT$/);

    expect(await host.plan()).toEqual([]);
    await host.pipewright('up', '--yes');
    expect(await rulesOf(host)).toEqual(during);

    await host.pipewright('down', '--yes');
    expect(await rulesOf(host)).toEqual(before);
  }),
);

test(
  'a dockerd that comes later is drift, which up repairs',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', pair());
    await host.pipewright('up', '--yes');
    expect(await host.ping('a', 'b')).toBe(true);
    await Dockerd.start(host);
    const before = await rulesOf(host);
    expect(await host.ping('a', 'b')).toBe(false);
    expect((await host.tryPipewright('status', '--check')).code).toBe(3);
    await host.pipewright('up', '--yes');
    expect(await host.ping('a', 'b')).toBe(true);
    await host.pipewright('status', '--check');
    await host.pipewright('down', '--yes');
    expect(await rulesOf(host)).toEqual(before);
  }),
);

test(
  'on a bridge of its own no node is given what a container has',
  onDockerd(async (host, engine) => {
    await engine.docker('run', '--detach', '--name', 'other', 'bb:1', 'sleep', '1000');
    const addressOf = '{{range .NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}}{{end}}';
    const theirs = (await engine.docker('inspect', '--format', addressOf, 'other')).trim();
    const [own] = await addresses(host, undefined, 'docker0');
    const subnet = own?.replace(/\.\d+\//, '.0/') ?? '';
    const lan = `lan: { kind: bridge, bridge: docker0, adopt: true, subnet: ${subnet} }`;
    await host.write('pipewright.yaml', `name: t\nnetworks: { ${lan} }\nnodes: { a: { networks: [lan] } }\n`);
    await host.pipewright('up', '--yes');
    const [given = ''] = await addresses(host, 'a', 'eth0');
    expect([own, theirs, '']).not.toContain(given);
    expect(await host.plan()).toEqual([]);
    // Docker knows nothing of it, and gives it to the next.
    await engine.docker('run', '--detach', '--name', 'next', 'bb:1', 'sleep', '1000');
    expect((await engine.docker('inspect', '--format', addressOf, 'next')).trim()).toBe(given);
    expect((await host.tryPipewright('status', '--check')).code).toBe(3);
    await host.pipewright('up', '--yes');
    expect(await addresses(host, 'a', 'eth0')).not.toContain(given);
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
  }),
);

test(
  "who was attached to a topology's own bridge loses it with the topology, and nothing is left",
  onDockerd(async (host) => {
    const before = await rulesOf(host);
    await host.write('pipewright.yaml', pair());
    await host.pipewright('up', '--yes');
    const during = await rulesOf(host);
    const [bridge = ''] = /(?<=-i )\S+/.exec((await oursIn(host)).join()) ?? [];
    await host.sh(USERS);
    await host.pipewright('attach', 'red', '--network', bridge, '--address', '10.0.0.9/24');
    expect(await oursIn(host)).toHaveLength(2);

    // Where its end fails, the one that was attached is on the bridge again.
    await host.write('bin/iptables', `#!/bin/sh\ncase "$*" in *" -D "*) exit 1 ;; esac\nexec ${IPTABLES} "$@"\n`);
    await host.sh('chmod +x bin/iptables');
    const failing = ['env', `PATH=${WORK_FOLDER}/bin:${process.env['PATH'] ?? ''}`];
    expect((await host.run([...failing, ...host.cli, 'down', '--yes'])).code).toBe(1);
    expect(await reaches(host, 'red', '10.0.0.2')).toBe(true);

    const { stdout } = await host.pipewright('down', '--yes');
    expect(stdout).toContain('~ device red/eth1:host');
    expect(await rulesOf(host)).toEqual(before);
    expect((await host.tryPipewright('status', '-n', 'adhoc', '--check')).code).toBe(3);
    await host.pipewright('up', '--yes');
    expect(during).toEqual(await rulesOf(host));
    await host.pipewright('detach', 'red');
    await host.pipewright('down', '--yes');
    expect(await rulesOf(host)).toEqual(before);
  }),
);

test(
  'what an up that fails did to the rules is undone',
  onDockerd(async (host) => {
    const before = await rulesOf(host);
    await host.write('pipewright.yaml', pair('  z: { networks: [lan], commands: ["false"] }'));
    expect((await host.tryPipewright('up', '--yes')).code).toBe(1);
    expect(await rulesOf(host)).toEqual(before);

    await host.write('pipewright.yaml', pair());
    await host.pipewright('up', '--yes');
    const during = await rulesOf(host);
    await host.write('pipewright.yaml', 'name: t\nnodes: { z: { commands: ["false"] } }\n');
    expect((await host.tryPipewright('up', '--yes')).code).toBe(1);
    expect(await rulesOf(host)).toEqual(during);
    await host.pipewright('down', '--yes');
    expect(await rulesOf(host)).toEqual(before);
  }),
);

test(
  'what an up that is killed did to them, recover undoes',
  onDockerd(async (host) => {
    const before = await rulesOf(host);
    const lasting = `sh -c 'touch ${WORK_FOLDER}/there; exec sleep 1000'`;
    await host.write('pipewright.yaml', pair(`  z: { networks: [lan], commands: ["${lasting}"] }`));
    const killed = '"$@" > /dev/null 2>&1 & until [ -e there ]; do sleep 0.02; done; kill -9 $!; wait $! || :';
    await host.run(['sh', '-c', killed, 'sh', ...host.cli, 'up', '--yes']);
    expect(await oursIn(host)).toHaveLength(1);
    await host.pipewright('recover');
    expect(await rulesOf(host)).toEqual(before);
  }),
);

test(
  'a rule that somebody removed comes back with up, and is not missed by down',
  onDockerd(async (host) => {
    const before = await rulesOf(host);
    await host.write('pipewright.yaml', pair());
    await host.pipewright('up', '--yes');
    const during = await rulesOf(host);
    await host.sh('iptables -D DOCKER-USER 1');
    expect((await host.tryPipewright('status', '--check')).code).toBe(3);
    await host.pipewright('up', '--yes');
    expect(await rulesOf(host)).toEqual(during);
    await host.sh('iptables -D DOCKER-USER 1');
    await host.pipewright('down', '--yes');
    expect(await rulesOf(host)).toEqual(before);
  }),
);

describe('a bridge that nics are attached to', () => {
  test(
    'has one rule as long as one of them is on it',
    onDockerd(async (host) => {
      await host.sh(USERS);
      const before = await rulesOf(host);
      await attach(host, 'red', '10.40.0.2/24');
      await attach(host, 'blue', '10.40.0.3/24', '-n', 'other');
      expect(await oursIn(host)).toEqual([accepting('br9', 'pipewright::iptables-rule')]);
      expect(await reaches(host, 'red', '10.40.0.3')).toBe(true);
      await host.pipewright('detach', 'red');
      expect(await oursIn(host)).toHaveLength(1);
      await host.pipewright('detach', 'blue', '-n', 'other');
      expect(await rulesOf(host)).toEqual(before);
    }),
  );

  test(
    'and that a user made keeps none',
    onDockerd(async (host) => {
      await host.sh(`${USERS}; ip link add br9 type bridge; ip link set br9 up; ip addr add 10.40.0.1/24 dev br9`);
      const before = await rulesOf(host);
      await attach(host, 'red', '10.40.0.2/24');
      await attach(host, 'blue', '10.40.0.3/24');
      expect(await reaches(host, 'red', '10.40.0.3')).toBe(true);
      await host.pipewright('detach', 'red');
      expect(await oursIn(host)).toHaveLength(1);
      await host.pipewright('detach', 'blue');
      expect(await rulesOf(host)).toEqual(before);
    }),
  );
});

test(
  'each topology that adopts a bridge has a rule of its own',
  onDockerd(async (host) => {
    await host.sh('ip link add br9 type bridge; ip link set br9 up');
    const before = await rulesOf(host);
    const lab = (name: string, address: string): string =>
      `name: ${name}\nnetworks: { lan: { kind: bridge, bridge: br9, adopt: true } }\nnodes: { n: { networks: { lan: { address: ${address} } } } }\n`;
    await host.write('s.yaml', lab('s', '10.0.0.2/24'));
    await host.write('t.yaml', lab('t', '10.0.0.3/24'));
    await host.pipewright('up', '-f', 's.yaml', '--yes');
    await host.pipewright('up', '-f', 't.yaml', '--yes');
    expect([...(await oursIn(host))].sort()).toEqual(
      ['s', 't'].map((name) => accepting('br9', `pipewright:${name}:lan`)),
    );
    expect(await reaches(host, 's-n', '10.0.0.3')).toBe(true);
    expect(await host.plan('s.yaml')).toEqual([]);
    await host.pipewright('down', 's', '--yes');
    expect(await oursIn(host)).toEqual([accepting('br9', 'pipewright:t:lan')]);
    await host.pipewright('down', 't', '--yes');
    expect(await rulesOf(host)).toEqual(before);
  }),
);

test(
  'where something else drops what is forwarded, a warning says what to type',
  onSandbox(async (host) => {
    await host.sh(`${USERS}; iptables -P FORWARD DROP`);
    const { stderr } = await attach(host, 'red', '10.40.0.2/24');
    await attach(host, 'blue', '10.40.0.3/24');
    expect(await reaches(host, 'red', '10.40.0.3')).toBe(false);
    const [command = ''] = /iptables -I FORWARD [^`]*/.exec(stderr) ?? [];
    await host.sh(command);
    expect(await reaches(host, 'red', '10.40.0.3')).toBe(true);
  }),
);

test(
  'ports that Docker publishes are reached from elsewhere, also where the way out is another',
  onDockerd(async (host, engine) => {
    const serve = 'echo hello > /index.html; exec busybox httpd -f -p 80 -h /';
    await engine.docker('run', '--detach', '--name', 'theirs', '--publish', '8081:80', 'bb:1', 'sh', '-c', serve);
    const nodes = (network: string) => `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24, address: 10.0.0.1/24 } }
nodes:
  ours:
    { kind: docker, image: "bb:1", command: [sh, -c, "${serve}"], stop-timeout: 0,
      network: default, ports: ["8080:80"], networks: [lan] }
  led:
    { kind: docker, image: "bb:1", command: [sh, -c, "${serve}"], stop-timeout: 0,
      network: default, ports: ["8082:80"], networks: ${network}, rules: [{ from: 172.17.0.0/16, table: 201003 }] }
  theirs:
    { kind: docker, networks: { lan: { gateway: 10.0.0.1 } }, rules: [{ from: 172.17.0.0/16, table: 201003 }] }
`;
    await host.write('pipewright.yaml', nodes('{ lan: { gateway: 10.0.0.1 } }'));
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    await host.sh(`
      ip netns add far
      ip link add name far0 type veth peer name eth0 netns far
      ip addr add 10.99.0.1/24 dev far0; ip link set dev far0 up
      ip -n far addr add 10.99.0.2/24 dev eth0; ip -n far link set dev eth0 up
      ip -n far route add default via 10.99.0.1`);
    const get = (port: string) =>
      host.sh(`printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 5 10.99.0.1 ${port} || true`, { namespace: 'far' });
    for (const port of ['8080', '8081', '8082'])
      await expect.poll(() => get(port), { timeout: 30_000 }).toMatch(/\nhello\n$/);

    const wayOut = () => host.pipewright('exec', 'led', '--', 'ip', 'route', 'show', 'default');
    expect((await wayOut()).stdout).toMatch(/^default via 10\.0\.0\.1 /);
    await host.write('pipewright.yaml', nodes('[lan]'));
    await host.pipewright('up', '--yes');
    expect((await wayOut()).stdout).toMatch(/^default via 172\.17\.0\.1 /);
    expect(await host.plan()).toEqual([]);
  }),
);
