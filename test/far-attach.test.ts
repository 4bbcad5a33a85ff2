import { Dockerd, onHosts, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { snapshots } from './support.js';

vi.setConfig({ testTimeout: 240_000 });

test(
  'what runs on another host gets a nic, another in place of it, and loses it, with nothing left there and here',
  onHosts(2, async ({ here, far }) => {
    const [h1, h2] = far as [Sandbox, Sandbox];
    for (const host of [here, ...far]) await host.sh('ip netns add red; ip -n red link set lo up');
    const before = await snapshots([here, ...far]);
    const addresses = (host: Sandbox) => host.sh('ip -n red -4 -o addr show dev eth1 | cut -d" " -f7 || true');

    const attach = (host: string, ...more: readonly string[]) =>
      here.pipewright('attach', 'red', '--host', host, '--network', 'br1', ...more);
    expect((await attach('root@h1', '--address', '10.0.0.2/24', '--dry-run')).stdout).toContain('red on h1');
    expect(await snapshots([here, ...far])).toEqual(before);
    const { stdout } = await attach('root@h1', '--address', '10.0.0.2/24');
    expect(stdout).toContain('eth1 of red on h1 is in br1, which is new, with 10.0.0.2/24');
    await attach('root@h2', '--address', '10.0.0.2/24');
    await here.pipewright('attach', 'red', '--network', 'br1', '--address', '10.0.0.2/24');
    for (const host of [here, ...far]) expect(await addresses(host)).toBe('10.0.0.2/24\n');
    expect((await attach('root@h1', '--address', '10.0.0.2/24')).stdout).toContain('No changes');
    await attach('h1', '--address', '10.0.0.3/24', '--mtu', '1400');
    expect(await addresses(h1)).toBe('10.0.0.3/24\n');
    expect((await here.pipewright('status', 'adhoc-h1')).stdout).toMatch(/1 of 1 node up[^]*red on h1/);
    await h1.sh('ip -n red link del dev eth1');
    await attach('h1', '--address', '10.0.0.3/24');
    expect(await addresses(h1)).toBe('10.0.0.3/24\n');

    const wrong = await here.tryPipewright('attach', 'blue', '--host', 'h1', '--network', 'br1');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('blue')]);
    expect((await here.tryPipewright('attach', 'red', '--host', '-oX', '--network', 'br1')).code).toBe(2);

    expect((await here.pipewright('detach', 'red', '--host', 'root@h1')).stdout).toContain('is detached');
    expect(await h1.snapshot()).toEqual(before[1]);
    expect(await addresses(h2)).toBe('10.0.0.2/24\n');
    await here.pipewright('detach', 'red', '--host', 'h2');
    await here.pipewright('detach', 'red');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'a node of a topology is found on its host, gets one nic more there, and what is elsewhere is not touched',
  onHosts(2, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    const before = await snapshots([here, ...far]);
    await here.write(
      'pipewright.yaml',
      `
name: shop
hosts:
  h1: { ssh: root@h1, underlay: 198.51.100.1 }
  h2: { ssh: root@h2, underlay: 198.51.100.2 }
networks:
  one: { kind: bridge, subnet: 10.1.0.0/24, isolated: true }
  two: { kind: bridge, subnet: 10.2.0.0/24, isolated: true }
  far: { kind: bridge, subnet: 10.3.0.0/24 }
nodes:
  a: { host: h1, networks: [one] }
  b: { host: h1, networks: [far] }
  c: { host: h2, networks: [two, far] }
`,
    );
    await here.pipewright('up', '--yes');
    const up = await snapshots([here, ...far]);
    expect((await here.pipewright('attach', 'b', '-n', 'shop', '--network', 'one')).stdout).toMatch(
      /eth1 of b on h1 is in one, with 10\.1\.0\.\d+\/24/,
    );
    expect(await h1.sh('ip -n shop-b -o link show dev eth1')).toContain('eth1');
    for (const network of ['far', 'two']) {
      const across = await here.tryPipewright('attach', 'a', '-n', 'shop', '--network', network);
      expect([across.code, across.stderr]).toEqual([2, expect.stringContaining('on several hosts')]);
    }
    await here.pipewright('detach', 'b', '-n', 'shop', '--nic', 'eth1');
    expect(await snapshots([here, ...far])).toEqual(up);
    expect(await here.plan()).toEqual([]);

    await here.sh('ip link set dev h1-uplink down');
    const lost = await here.tryPipewright('attach', 'b', '-n', 'shop', '--network', 'one');
    expect([lost.code, lost.stderr]).toEqual([4, expect.stringContaining('cannot be reached')]);
    await here.sh('ip link set dev h1-uplink up; until ssh -o BatchMode=yes root@h1 true; do sleep 0.1; done');
    await here.pipewright('down', '--yes');
    expect(await snapshots([here, ...far])).toEqual(before);
  }),
);

test(
  'a container of another host gets a nic, and whose tells of it',
  onHosts(1, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    const engine = await Dockerd.start(h1);
    await engine.docker('run', '--detach', '--name', 'web', '--network', 'none', 'bb:1');
    await h1.sh('ip netns add red');
    await here.pipewright('attach', 'web', '--host', 'root@h1', '--network', 'br1', '--address', '10.0.0.2/24');
    expect(await engine.docker('exec', 'web', 'ip', 'addr', 'show', 'dev', 'eth1')).toContain('10.0.0.2/24');
    await here.pipewright('attach', 'netns:red', '--host', 'h1', '--network', 'br1', '--address', '10.0.0.3/24');

    const { stdout } = await here.pipewright('whose', 'br1', '--host', 'h1');
    expect(stdout).toMatch(/eth1 .*container web \(docker\).*\n.*eth1 .*namespace red/);
    const own = (await h1.pipewright('whose', 'br1', '--json')).json();
    expect((await here.pipewright('whose', 'br1', '--host', 'root@h1', '--json')).json()).toEqual(own);
    expect((await here.tryPipewright('whose', 'nope', '--host', 'h1')).code).toBe(2);
    await here.pipewright('detach', 'web', '--host', 'h1');
    await here.pipewright('detach', 'netns:red', '--host', 'h1');
    expect((await h1.run(['ip', 'link', 'show', 'dev', 'br1'])).code).toBe(1);
  }),
);
