import { once } from 'node:events';
import { Dockerd, onHosts, Podman, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { inShort } from './support.js';

vi.setConfig({ testTimeout: 240_000 }); // two machines and a dockerd

const mix = (more = '') => `
name: mix
hosts: { h1: { ssh: root@h1 } }
networks: { lan: { kind: bridge, subnet: 10.60.0.0/24 } }
nodes:
  web: { host: h1, kind: docker, networks: { lan: { address: 10.60.0.2/24, name: lan0 } } }
  made: { host: h1, kind: docker, image: "bb:1", stop-timeout: 0, env: { GREETING: "a b'c" }, networks: [lan]${more} }
  bare: { host: h1, networks: [lan] }
  here: {}
links: [[web:x0, bare:x0]]
`;

/** Docker runs on the other machine alone: whatever is found, made and entered is there. */
const onFarDockerd = (body: (here: Sandbox, h1: Sandbox, engine: Dockerd) => Promise<void>) =>
  onHosts(1, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    const engine = await Dockerd.start(h1);
    await engine.docker('run', '--detach', '--name', 'web', '--network', 'none', 'bb:1');
    await body(here, h1, engine);
  });

const names = async (engine: Dockerd): Promise<readonly string[]> =>
  (await engine.docker('ps', '--all', '--format', '{{.Names}}')).trim().split('\n').sort();

test(
  'containers of another host are found, made, wired, entered, repaired and taken down',
  onFarDockerd(async (here, h1, engine) => {
    const before = [await here.snapshot(), await h1.snapshot()];
    await here.write('pipewright.yaml', mix(', commands: [[sh, -c, "echo made: $GREETING"]]'));
    const { stdout } = await here.pipewright('up', '--yes');
    expect(stdout).toContain("made: made: a b'c");
    expect(await here.plan()).toEqual([]);
    expect((await here.pipewright('ping')).stdout).not.toContain('unreach');
    expect(await engine.docker('exec', 'web', 'ip', 'addr', 'show', 'dev', 'lan0')).toContain('10.60.0.2/24');
    expect((await here.pipewright('exec', 'made', '--', 'env')).stdout).toContain("GREETING=a b'c\n");
    expect((await here.tryPipewright('exec', 'web', '--', 'sh', '-c', 'exit 7')).code).toBe(7);
    expect((await here.pipewright('up', '--yes')).stdout).toContain('No changes');

    await engine.docker('restart', '--time', '0', 'web');
    await engine.docker('rm', '--force', 'mix-made');
    expect(inShort(await here.plan())).toEqual(expect.arrayContaining(['create made', 'create web/lan0']));
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    expect((await here.pipewright('ping')).stdout).not.toContain('unreach');

    await here.pipewright('down', '--yes');
    expect(await names(engine)).toEqual(['web']);
    expect([await here.snapshot(), await h1.snapshot()]).toEqual(before);
  }),
);

test(
  'what fails with a container of another host, or is killed, is put back there, and what cannot be is said before',
  onFarDockerd(async (here, h1, engine) => {
    const before = await h1.snapshot();
    const isAsBefore = async () => expect([await h1.snapshot(), await names(engine)]).toEqual([before, ['web']]);
    const complaint = async (text: string): Promise<readonly [number, string]> => {
      await here.write('pipewright.yaml', text);
      const finished = await here.tryPipewright('up', '--yes', '--json');
      await isAsBefore();
      return [finished.code, (finished.json() as { readonly error: { readonly code: string } }).error.code];
    };
    expect(await complaint(mix(', commands: [[sh, -c, "exit 3"]]'))).toEqual([1, 'PW_COMMAND_FAILED']);
    expect(await complaint(mix().replace('bb:1', 'localhost/nothing:1'))).toEqual([1, 'PW_NOT_PREPARED']);
    expect(await complaint(mix().replace('  web:', '  gone:').replace('web:x0', 'gone:x0'))).toEqual([
      2,
      'PW_NO_SUCH_CONTAINER',
    ]);

    await here.write('pipewright.yaml', mix(', commands: [[sleep, "60"]]'));
    const ended = once(here.spawn([...here.cli, 'up', '--yes']), 'exit');
    await h1.sh('until ip netns exec mix-bare ip link show dev x0 > /dev/null 2>&1; do sleep 0.05; done');
    await vi.waitFor(async () => expect(await names(engine)).toContain('mix-made'), 20_000);
    await here.sh(`kill -9 "$(pgrep -f 'pipewright.cjs up' | head -n 1)"`);
    await ended;
    await here.sh('rm -rf /run/pipewright/journal /run/pipewright/mix /var/lib/pipewright');
    await here.pipewright('recover', '--host', 'root@h1');
    expect(await here.sh('ls /run/pipewright/ssh')).toBe('');
    await isAsBefore();

    await h1.sh('echo AllowStreamLocalForwarding no >> /etc/ssh/sshd_config; kill -HUP "$(pgrep -o -x sshd)"');
    await here.sh('until ssh -o BatchMode=yes root@h1 true; do sleep 0.1; done');
    expect((await complaint(mix()))[0]).toBe(4);
    expect((await here.tryPipewright('plan')).stderr).toContain('AllowStreamLocalForwarding');
  }),
);

/** Who is told, and by whose hosts file, of whom on this machine and there. */
const told = (more = '') => `
name: told
hosts: { h1: { ssh: root@h1 } }
networks: { lan: { kind: bridge, subnet: 10.60.0.0/24 } }
nodes:
  redis: { host: h1, networks: { lan: { address: 10.60.0.8/24 } }, expose: [6379] }
  web: { host: h1, kind: docker, networks: [{ network: lan, name: lan0 }], service-links: ["redis:db"]${more} }
  made: { host: h1, kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan], service-links: [redis] }
`;

test(
  'containers of another host are told of services: by variables, in their hosts file, and no more when it is taken down',
  onFarDockerd(async (here, h1, engine) => {
    await engine.docker('exec', 'web', 'sh', '-c', "printf '10.9.9.9\\tdb.zone' >> /etc/hosts");
    const hosts = (container = 'web') => engine.docker('exec', container, 'cat', '/etc/hosts');
    const [before, snapshot] = [await hosts(), await h1.snapshot()];
    await here.write('pipewright.yaml', told());
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    expect(await hosts()).toBe(
      `${before}\n# BEGIN pipewright:told joined\n10.60.0.8\tdb redis\n# END pipewright:told\n`,
    );
    expect(await hosts('told-made')).toContain('10.60.0.8\tredis\n');
    expect(await engine.docker('exec', 'told-made', 'env')).toContain('REDIS_PORT_6379_TCP_ADDR=10.60.0.8\n');
    expect(await engine.docker('exec', 'web', 'cat', '/run/pipewright/links.env')).toContain(
      "DB_PORT_6379_TCP_PORT='6379'",
    );
    expect((await here.pipewright('exec', 'web', '--', 'env')).stdout).toContain('DB_PORT_6379_TCP_ADDR=10.60.0.8\n');
    expect((await here.pipewright('exec', 'made', '--', 'ping', '-c', '1', 'redis')).stdout).toContain('10.60.0.8');

    await here.write('pipewright.yaml', told().replaceAll('10.60.0.8', '10.60.0.9'));
    await here.pipewright('up', '--yes');
    expect(await hosts()).toContain('10.60.0.9\tdb redis\n');
    expect(await hosts()).not.toContain('10.60.0.8');
    await engine.docker('exec', 'web', 'sh', '-c', 'sed "/BEGIN/,/END/d" /etc/hosts > /x; cat /x > /etc/hosts');
    expect(inShort(await here.plan())).toEqual(['create web/hosts']);
    await here.pipewright('up', '--yes');
    expect(await hosts()).toContain('10.60.0.9\tdb redis\n');

    await here.sh('rm -rf /run/pipewright');
    expect(await here.plan()).toEqual([]);
    await here.pipewright('down', '--yes');
    expect(await hosts()).toContain('db.zone');
    expect(await hosts()).not.toContain('pipewright');
    expect((await h1.run(['sh', '-c', 'true'])).code).toBe(0);
    expect([await h1.snapshot(), await names(engine)]).toEqual([snapshot, ['web']]);
  }),
);

test(
  'what of it fails in a container of another host is put back, and one that has no programs for it says so',
  onFarDockerd(async (here, h1, engine) => {
    const [before, snapshot] = [await engine.docker('exec', 'web', 'cat', '/etc/hosts'), await h1.snapshot()];
    await here.write('pipewright.yaml', told(', commands: [["false"]]'));
    expect((await here.tryPipewright('up', '--yes')).code).toBe(1);
    expect(await engine.docker('exec', 'web', 'cat', '/etc/hosts')).toBe(before);
    expect([await h1.snapshot(), await names(engine)]).toEqual([snapshot, ['web']]);

    await engine.docker('exec', 'web', 'busybox', 'mv', '/bin/sh', '/bin/hidden');
    await here.write('pipewright.yaml', told());
    const { code, stderr } = await here.tryPipewright('up', '--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/web.* was not written by its own programs: .*"sh"/)]);
    expect([await h1.snapshot(), await names(engine)]).toEqual([snapshot, ['web']]);
  }),
);

const ofPodman = mix().replaceAll('kind: docker', 'kind: podman');

test(
  'those of Podman there are found, made, wired, entered, repaired and taken down alike',
  onHosts(1, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    const engine = await Podman.start(h1);
    await engine.podman('run', '--detach', '--name', 'web', '--network', 'none', 'bb:1');
    const all = async () => (await engine.podman('ps', '--all', '--format', '{{.Names}}')).trim().split('\n').sort();
    await here.write('pipewright.yaml', ofPodman);
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);
    expect((await here.pipewright('ping')).stdout).toMatch(/All of \d+ addresses were reached/);
    expect(await engine.podman('exec', 'web', 'ip', 'addr', 'show', 'dev', 'lan0')).toContain('10.60.0.2/24');
    expect((await here.pipewright('exec', 'made', '--', 'env')).stdout).toContain("GREETING=a b'c\n");
    expect((await here.tryPipewright('exec', 'web', '--', 'sh', '-c', 'exit 7')).code).toBe(7);

    await engine.podman('restart', '--time', '0', 'web');
    await engine.podman('rm', '--force', '--time', '0', 'mix-made');
    expect(inShort(await here.plan())).toEqual(expect.arrayContaining(['create made', 'create web/lan0']));
    await here.pipewright('up', '--yes');
    expect(await here.plan()).toEqual([]);

    await here.pipewright('down', '--yes');
    expect([await all(), await h1.namespaces(), await here.namespaces()]).toEqual([['web'], [], []]);
    expect(await engine.podman('exec', 'web', 'ip', 'link', 'show')).not.toContain('lan0');
  }),
);
