import { onDockerd } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { intoRegistry } from './registry.js';
import { inShort, upKilledInCommand } from './support.js';
import { container, idOf, MADE, names } from './docker-words.js';

// What becomes of containers that are made with a topology, whoever writes to the kernel.

describe('containers of Docker', () => {
  test(
    'that outlive the one in whose namespace they were, or change places with it, have its nic then',
    onDockerd(async (host) => {
      const made = 'kind: docker, image: "bb:1", stop-timeout: 0';
      const [alone, into] = [`{ ${made}, networks: [lan] }`, (node: string) => `{ ${made}, namespace-of: ${node} }`];
      const nodes = (all: Readonly<Record<string, string>>) =>
        host.write(
          'pipewright.yaml',
          ['name: t', 'networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }', 'nodes:']
            .concat(Object.entries(all).map(([name, its]) => `  ${name}: ${its}`))
            .join('\n'),
        );
      for (const after of [{ bb: alone }, { aa: into('bb'), bb: alone }]) {
        await nodes({ aa: alone, bb: into('aa') });
        await host.pipewright('up', '--yes');
        await nodes(after);
        await host.pipewright('up', '--yes');
        expect(await host.plan()).toEqual([]);
      }
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'that we make are made anew where what they are made of changes; the old one goes',
    onDockerd(async (host, engine) => {
      await host.write('pipewright.yaml', MADE);
      await host.pipewright('up', '--yes');
      const first = await idOf(engine, 't-made');
      await host.write('pipewright.yaml', MADE.replace('stop-timeout', 'env: { A: "1" }, stop-timeout'));
      expect((await host.plan()).map(({ action, id }) => `${action} ${id}`)).toContain('replace made');
      await host.pipewright('up', '--yes');
      expect(await names(engine)).toEqual(['t-made']);
      expect(await idOf(engine, 't-made')).not.toBe(first);
      const says = async (...how: readonly string[]) =>
        (await host.pipewright('exec', ...how, 'made', '--', 'sh', '-c', 'echo $A')).stdout;
      expect([await says(), await says('-e', 'A=9')]).toEqual(['1\n', '9\n']);
      expect(await host.plan()).toEqual([]);
    }),
  );

  test(
    'that we make are made anew where that is asked for, of the image that is there by now; so are those in their namespace',
    onDockerd(async (host, engine) => {
      const made = 'kind: docker, image: "bb:1", stop-timeout: 0';
      await engine.docker('run', '--detach', '--name', 'theirs', '--network', 'none', 'bb:1');
      await host.write(
        'pipewright.yaml',
        `name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }\nnodes:\n  a: { ${made}, networks: [lan] }\n  in-a: { ${made}, namespace-of: a }\n  theirs: { kind: docker, networks: [lan] }\n  b: { networks: [lan] }\n`,
      );
      await host.pipewright('up', '--yes');
      const ids = async () => Promise.all(['t-a', 't-in-a', 'theirs'].map(async (it) => idOf(engine, it)));
      const [a, inA, theirs] = await ids();
      await engine.docker('commit', '--change', 'ENV SINCE=now', 'theirs', 'bb:1');
      expect(await host.plan()).toEqual([]); // an image that moves on takes nobody's container
      const anew = (...nodes: readonly string[]) => nodes.flatMap((it) => ['--recreate', it]);
      expect(await host.tryPipewright('up', '--yes', ...anew('theirs'))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('PW_NODE_NOT_MADE') as string,
      });
      expect(await host.tryPipewright('up', '--yes', ...anew('b', 'aa'))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('PW_UNKNOWN_NODE') as string,
      });
      expect(await ids()).toEqual([a, inA, theirs]);
      await host.pipewright('up', '--yes', ...anew('a', 'b'));
      const after = await ids();
      expect(after.map((it, index) => it === [a, inA, theirs][index])).toEqual([false, false, true]);
      expect(await engine.docker('exec', 't-a', 'sh', '-c', 'echo $SINCE')).toBe('now\n');
      await host.pipewright('ping');
      expect(await host.plan()).toEqual([]);
      expect(await names(engine)).toEqual(['t-a', 't-in-a', 'theirs']);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    "that come off a network of Docker's have nics of ours in its place, and nothing of what that gave them",
    onDockerd(async (host, engine) => {
      const ofDocker = MADE.replace('stop-timeout', 'network: default, stop-timeout');
      const nics = async () => {
        const { stdout } = await host.pipewright('exec', 'made', '--', 'ip', '-4', '-o', 'addr');
        return [...stdout.matchAll(/(eth\d) +inet (\S+)/g)].map(([, name, address]) => `${name!} ${address!}`).sort();
      };
      await host.write('pipewright.yaml', ofDocker);
      await host.pipewright('up', '--yes');
      expect(await nics()).toEqual(['eth0 172.17.0.2/16', 'eth1 10.0.0.2/24']);
      const ill = MADE.replace('stop-timeout', 'health: { test: exit 1, interval: 100ms, retries: 1 }, stop-timeout');
      await host.write(
        'pipewright.yaml',
        `${ill}  late: { kind: docker, image: "bb:1", depends-on: { made: healthy } }\n`,
      );
      expect((await host.tryPipewright('up', '--yes')).stderr).toContain('Everything was put back as it was');
      expect(await nics()).toEqual(['eth0 172.17.0.2/16', 'eth1 10.0.0.2/24']);
      // What Docker makes again is as it makes it then.
      const thief = `commands: ["sh -c 'docker run --detach --name thief bb:1; false'"]`;
      await host.write('pipewright.yaml', `${MADE}  late: { ${thief} }\n`);
      const undone = await host.tryPipewright('up', '--yes');
      expect(undone).toMatchObject({ code: 1, stderr: expect.not.stringContaining('also:') as string });
      expect(await nics()).toEqual(['eth0 172.17.0.3/16', 'eth1 10.0.0.2/24']);
      await engine.docker('rm', '--force', 'thief');
      await host.write('pipewright.yaml', MADE);
      await host.pipewright('up', '--yes');
      expect(await nics()).toEqual(['eth0 10.0.0.2/24']);
      expect(await host.plan()).toEqual([]);
      await host.write('pipewright.yaml', ofDocker);
      await host.pipewright('up', '--yes');
      expect(await nics()).toEqual(['eth0 172.17.0.2/16', 'eth1 10.0.0.2/24']);
      expect(await engine.docker('exec', 't-made', 'ip', 'route')).toContain('default via 172.17.0.1 dev eth0');
      expect(await host.plan()).toEqual([]);
      const ways = async (table = 'main') => engine.docker('exec', 't-made', 'ip', 'route', 'show', 'table', table);
      await host.write('pipewright.yaml', MADE.replace('[lan]', '{ lan: { gateway: 10.0.0.9 } }'));
      await host.pipewright('up', '--yes');
      expect(await ways()).toMatch(/^default via 10\.0\.0\.9 dev eth0/);
      expect(await host.plan()).toEqual([]);
      await host.write('pipewright.yaml', ofDocker.replace('[lan]', '{ lan: { gateway: 10.0.0.9 } }'));
      await host.pipewright('up', '--yes');
      expect(await ways()).toMatch(/^default via 10\.0\.0\.9 dev eth1/);
      await host.write('pipewright.yaml', ofDocker);
      await host.pipewright('up', '--yes');
      expect(await ways()).toMatch(/^default via 172\.17\.0\.1 dev eth0/);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    "that are put back on a network of Docker's have their own way out again, and Docker's waits",
    onDockerd(async (host, engine) => {
      const text = MADE.replace('stop-timeout', 'network: default, stop-timeout').replace(
        '[lan]',
        '{ lan: { gateway: 10.0.0.9 } }',
      );
      const waysOut = async () =>
        (await engine.docker('exec', 't-made', 'ip', 'route', 'show', 'table', 'all'))
          .split('\n')
          .flatMap((it) => (it.startsWith('default') ? [it.trim()] : []))
          .sort();
      const both = ['default via 10.0.0.9 dev eth1', 'default via 172.17.0.1 dev eth0 table 201003'];
      await host.write('pipewright.yaml', text);
      await host.pipewright('up', '--yes');
      expect(await waysOut()).toEqual(both);
      const edited = (command: string) =>
        `${text.replace('stop-timeout', 'env: { A: a }, stop-timeout')}  bad: { commands: ["${command}"] }\n`;
      await host.write('pipewright.yaml', edited('false'));
      const undone = await host.tryPipewright('up', '--yes');
      expect(undone).toMatchObject({ code: 1, stderr: expect.not.stringContaining('also:') as string });
      expect(await waysOut()).toEqual(both);
      await host.write('pipewright.yaml', edited('sleep 1000'));
      await upKilledInCommand(host);
      await host.pipewright('recover');
      expect(await waysOut()).toEqual(both);
      await host.write('pipewright.yaml', text);
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'that we make have the limits that they are given',
    onDockerd(async (host, engine) => {
      const limits = 'memory: 64m, cpus: 0.5, cpuset: 1, pids-limit: 50, shm-size: 1m';
      await host.write('pipewright.yaml', MADE.replace('stop-timeout', `${limits}, stop-timeout`));
      await host.pipewright('up', '--yes');
      const given =
        '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpusetCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.ShmSize}}';
      expect(await engine.docker('inspect', '--format', given, 't-made')).toBe('67108864 500000000 1 50 1048576\n');
      expect(await engine.docker('exec', 't-made', 'cat', '/proc/mounts')).toMatch(/ \/dev\/shm .*size=1024k/);
      expect(await host.plan()).toEqual([]);
      await host.write('pipewright.yaml', MADE);
      expect((await host.plan()).map(({ action, id }) => `${action} ${id}`)).toContain('replace made');
      await host.write('pipewright.yaml', MADE.replace('stop-timeout', 'cpus: 4096, stop-timeout'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/range of CPUs/i) as string,
      });
      await host.write('pipewright.yaml', MADE.replace('stop-timeout', 'mem_limit: 64m, stop-timeout'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('memory') as string,
      });
    }),
  );

  test(
    'that we make stay when their shell has a terminal, or its input stays open',
    onDockerd(async (host, engine) => {
      const shell = (name: string, words: string) =>
        `  ${name}: { kind: docker, image: "bb:1", command: [busybox, sh], stop-timeout: 0, ${words} }\n`;
      const nodes = shell('a', 'tty: true') + shell('b', 'stdin-open: true');
      await host.write('pipewright.yaml', `name: t\nnodes:\n${nodes}`);
      await host.pipewright('up', '--yes');
      expect(await engine.docker('exec', 't-a', 'busybox', 'readlink', '/proc/1/fd/0')).toMatch(/^\/dev\/pts\/\d+\n$/);
      expect(await engine.docker('exec', 't-b', 'busybox', 'readlink', '/proc/1/fd/0')).toMatch(/^pipe:/);
      expect(await host.plan()).toEqual([]);
    }),
  );

  test(
    'that we make have what else is said in the words of docker run; what is said no more is gone',
    onDockerd(async (host, engine) => {
      const words = [
        'security-opt: ["no-new-privileges:true", "seccomp=unconfined"]',
        'group-add: [27]',
        'extra-hosts: { db: [10.9.0.5, "fd00::5"], me: host-gateway }',
        'dns: 10.0.0.1, dns-search: lab.example, dns-options: ["ndots:2"]',
        'pid: host, ipc: private',
        'tty: true, stdin-open: true',
        'log-driver: json-file, log-opt: { max-size: 1m }',
        'pull: never',
      ];
      await host.write('pipewright.yaml', MADE.replace('stop-timeout', `${words.join(', ')}, stop-timeout`));
      await host.pipewright('up', '--yes');
      const see = (path: string) => engine.docker('exec', 't-made', 'cat', path);
      expect(await see('/proc/self/status')).toMatch(/^NoNewPrivs:\t1$[^]*^Seccomp:\t0$/m);
      expect(await see('/proc/self/status')).toMatch(/^Groups:\t.*\b27\b/m);
      expect(await see('/etc/hosts')).toMatch(/^10\.9\.0\.5\tdb$[^]*^fd00::5\tdb$/m);
      expect(await see('/etc/hosts')).toMatch(/^172\.17\.0\.1\tme$/m);
      const resolver = (await see('/etc/resolv.conf')).split('\n').filter((it) => /^[a-z]/.test(it));
      expect(resolver.sort()).toEqual(['nameserver 10.0.0.1', 'options ndots:2', 'search lab.example']);
      expect(await see('/proc/1/cmdline')).not.toContain('sleep');
      const given = '{{.Config.Tty}} {{.Config.OpenStdin}} {{.HostConfig.IpcMode}} {{json .HostConfig.LogConfig}}';
      expect(await engine.docker('inspect', '--format', given, 't-made')).toBe(
        'true true private {"Type":"json-file","Config":{"max-size":"1m"}}\n',
      );
      expect(await host.plan()).toEqual([]);
      const first = await idOf(engine, 't-made');
      for (const word of words.slice(0, -1)) {
        const others = words.filter((it) => it !== word).join(', ');
        await host.write('pipewright.yaml', MADE.replace('stop-timeout', `${others}, stop-timeout`));
        expect(inShort(await host.plan()), word).toContain('replace made');
      }
      // How its image came to be there is nothing that it has.
      await host.write(
        'pipewright.yaml',
        MADE.replace('stop-timeout', `${words.slice(0, -1).join(', ')}, stop-timeout`),
      );
      expect(await host.plan()).toEqual([]);
      await host.write('pipewright.yaml', MADE);
      await host.pipewright('up', '--yes');
      expect(await idOf(engine, 't-made')).not.toBe(first);
      expect(await see('/etc/hosts')).not.toContain('db');
      expect(await host.plan()).toEqual([]);
    }),
  );

  test(
    'that we make have folders beside the file that says so, wherever the command is run',
    onDockerd(async (host, engine) => {
      await host.sh('mkdir -p lab/conf other; echo one > lab/conf/it; echo two > other/it');
      const file = MADE.replace('stop-timeout', 'mounts: ["./conf:/one:ro", "../other:/two"], stop-timeout');
      await host.write('lab/pipewright.yaml', file);
      await host.pipewright('up', '-f', 'lab/pipewright.yaml', '--yes');
      for (const it of ['one', 'two'])
        expect(await engine.docker('exec', 't-made', 'cat', `/${it}/it`)).toBe(`${it}\n`);
      const planned = async (folder: string) =>
        (await host.run(['sh', '-c', 'cd "$0" && shift 0 && "$@"', folder, ...host.cli, 'plan', '--check'])).code;
      expect(await planned('lab/conf')).toBe(0);
      expect((await host.tryPipewright('plan', '--check', '-f', 'lab/pipewright.yaml')).code).toBe(0);
      expect((await host.tryPipewright('status', '--check', 't')).code).toBe(0);
      await host.write('lab/pipewright.yaml', file.replace('./conf', 'conf/it'));
      expect((await host.tryPipewright('validate', '-f', 'lab/pipewright.yaml')).stderr).toContain('./conf/it:/one:ro');
      await host.pipewright('down', 't', '--yes');
    }),
  );

  test(
    'that are to be on a network that their engine does not have run on as they are',
    onDockerd(async (host, engine) => {
      await host.write('pipewright.yaml', MADE);
      await host.pipewright('up', '--yes');
      const running = () => engine.docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', 't-made');
      const before = await running();
      await host.write('pipewright.yaml', MADE.replace('stop-timeout', 'network: nonet, stop-timeout'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/container made.*network nonet not found.*Nothing was changed/) as string,
      });
      expect(await running()).toBe(before);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'that are to have an image of the newest, or never one from elsewhere',
    onDockerd(async (host, engine) => {
      const file = (more: string) => MADE.replace('stop-timeout', `${more}, stop-timeout`);
      await host.write('pipewright.yaml', file('pull: always').replace('bb:1', '127.0.0.1:5000/bb:1'));
      await engine.docker('tag', 'bb:1', '127.0.0.1:5000/bb:1');
      // It is here, and there is no registry.
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/PW_NOT_PREPARED/) as string,
      });
      const name = await intoRegistry(host, engine, 'bb:1');
      await host.pipewright('up', '--yes');
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
      await engine.docker('rmi', name);
      await host.write('pipewright.yaml', file('pull: never').replace('bb:1', name));
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/No such image[^]*PW_NOT_PREPARED/)]);
      expect(await names(engine)).toEqual([]);
    }),
  );

  test(
    'that wait for the health of another, until it is well, ill or gone',
    onDockerd(async (host, engine) => {
      const health = (test: string) => `health: { test: "${test}", interval: 100ms, retries: 2 }`;
      const file = (db: string) => `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  db: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan], ${db} }
  app: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan], depends-on: { db: healthy } }
`;
      const before = await host.snapshot();
      // It is ill, too, but not long enough to count.
      await host.write('pipewright.yaml', file(health('[ -e /well ] || { busybox touch /well; exit 1; }')));
      await host.pipewright('up', '--yes');
      expect(await host.plan()).toEqual([]);
      await host.pipewright('ping');
      expect(await engine.docker('inspect', '--format', '{{.State.Health.Status}}', 't-db')).toBe('healthy\n');
      await host.pipewright('down', '--yes');
      const ills: readonly (readonly [db: string, says: RegExp])[] = [
        [health('echo first; echo no disk; exit 1'), /t-db is unhealthy: no disk/],
        [`${health('exit 1').replace('2 }', '1000 }')}, command: sleep 1`, /t-db ended before it was healthy/],
        ['tmpfs: /run', /t-db has no health test/],
      ];
      for (const [db, says] of ills) {
        await host.write('pipewright.yaml', file(db));
        const { code, stderr } = await host.tryPipewright('up', '--yes');
        expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(says) as string });
        expect(await names(engine)).toEqual([]);
        expect(await host.snapshot()).toEqual(before);
      }

      await host.write('pipewright.yaml', file(health('exit 1').replace('2 }', '10000, start-period: 1h }')));
      const up = `"$@" & until docker ps | grep -q 't-db$'; do sleep 0.1; done; sleep 1; kill -TERM $!; wait $!`;
      expect((await host.run(['sh', '-c', up, 'sh', ...host.cli, 'up', '--yes'])).code).toBe(130);
      expect(await names(engine)).toEqual([]);
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'that we make have the kernel parameters that Docker gives at their making, beside those of their network',
    onDockerd(async (host, engine) => {
      const before = await host.snapshot();
      const made = (sysctls: string) => MADE.replace('stop-timeout', `sysctls: { ${sysctls} }, stop-timeout`);
      const value = (path: string) => engine.docker('exec', 't-made', 'cat', `/proc/sys/${path}`);
      await host.write(
        'pipewright.yaml',
        made('kernel.sem: 250 32000 32 64, fs.mqueue.msg_max: 20, net.ipv4.ip_forward: 1'),
      );
      await host.pipewright('up', '--yes');
      expect((await value('kernel/sem')).trim().split(/\s+/)).toEqual(['250', '32000', '32', '64']);
      expect(await value('fs/mqueue/msg_max')).toBe('20\n');
      expect(await value('net/ipv4/ip_forward')).toBe('1\n');
      expect(await host.plan()).toEqual([]);
      const first = await idOf(engine, 't-made');
      await host.write('pipewright.yaml', made('kernel.sem: 250 32000 32 128'));
      expect((await host.plan()).map(({ action, id }) => `${action} ${id}`)).toContain('replace made');
      await host.pipewright('up', '--yes');
      expect(await idOf(engine, 't-made')).not.toBe(first);
      await host.pipewright('down', '--yes');

      await host.write('pipewright.yaml', made('kernel.panic: 1'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/"kernel\.panic".*PW_NO_SYSCTL[^]*at pipewright\.yaml:4:/) as string,
      });
      // That may be given, and is no such thing in this kernel: Docker's own words, and all is put back.
      await host.write('pipewright.yaml', made('fs.mqueue.no_such: 1'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no_such') as string,
      });
      expect(await names(engine)).toEqual([]);
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'are as they were where a change fails: the very same container, with its nic',
    onDockerd(async (host, engine) => {
      await host.write('pipewright.yaml', MADE);
      await host.pipewright('up', '--yes');
      const [first, before] = [await idOf(engine, 't-made'), await host.snapshot()];
      await host.write('pipewright.yaml', MADE.replace('"bb:1"', '"bb:1", command: /none'));
      const failed = await host.tryPipewright('up', '--yes');
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('/none') as string });
      expect(await idOf(engine, 't-made')).toBe(first);
      expect(await names(engine, '{{.Names}} {{.State}}')).toEqual(['t-made running']);
      expect(await host.snapshot()).toEqual(before);
      await host.write('pipewright.yaml', MADE);
      expect(await host.plan()).toEqual([]);
    }),
  );

  test(
    "that we make on a network of Docker's are connected to it again, and are the very same",
    onDockerd(async (host, engine) => {
      await engine.docker('network', 'create', '--subnet', '172.30.0.0/24', 'front');
      await host.write(
        'pipewright.yaml',
        `${container('made', ', image: "bb:1", stop-timeout: 0, network: front')}  other: { kind: docker, image: "bb:1", stop-timeout: 0, network: default, networks: [lan] }\n`,
      );
      await host.pipewright('up', '--yes');
      const first = await idOf(engine, 't-made');
      await engine.docker('network', 'disconnect', 'front', 't-made');
      await engine.docker('network', 'disconnect', 'bridge', 't-other');
      const { code, stdout } = await host.tryPipewright('status', '--check');
      expect(code).toBe(3);
      expect(stdout).toContain('container made: connected is none, declared front');
      expect(stdout).toContain('container other: connected is none, declared bridge');
      await host.pipewright('up', '--yes');
      expect(await host.plan()).toEqual([]);
      expect(await idOf(engine, 't-made')).toBe(first);
      for (const [name, address] of Object.entries({ 't-made': '172.30.0.', 't-other': '172.17.0.' }))
        expect(await engine.docker('exec', name, 'ip', 'addr')).toContain(address);
      await host.pipewright('ping');
    }),
  );

  test(
    'that were started again run their commands again; those that were not, do not',
    onDockerd(async (host, engine) => {
      const node = (more: string) =>
        `{ kind: docker, image: "bb:1", stop-timeout: 0, ${more}, commands: ["sh -c 'echo ran >> /ran'"] }`;
      await host.write(
        'pipewright.yaml',
        `name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }\nnodes:\n  web: ${node('networks: [lan]')}\n  router: ${node('loopback: 10.9.9.9')}\n`,
      );
      const runs = async () =>
        Promise.all(
          ['t-web', 't-router'].map(
            async (it) => (await engine.docker('exec', it, 'cat', '/ran')).trim().split('\n').length,
          ),
        );
      await host.pipewright('up', '--yes');
      await host.pipewright('up', '--yes');
      expect(await runs()).toEqual([1, 1]);
      await engine.docker('restart', '--time', '0', 't-router');
      await host.pipewright('up', '--yes');
      expect(await runs()).toEqual([1, 2]);
      await engine.docker('restart', '--time', '0', 't-web');
      await host.pipewright('up', '--yes');
      await engine.docker('stop', '--time', '0', 't-web');
      await host.pipewright('up', '--yes');
      expect(await runs()).toEqual([3, 2]);
    }),
  );

  test(
    'that were made go again where something else fails',
    onDockerd(async (host, engine) => {
      const before = await host.snapshot();
      await host.write(
        'pipewright.yaml',
        `${MADE}    commands: [["cat", "/none"]]\n`.replace(/ \}\n {4}commands: (.*)/, ', commands: $1 }'),
      );
      const failed = await host.tryPipewright('up', '--yes');
      expect(failed.code, failed.stderr).toBe(1);
      expect(await names(engine)).toEqual([]);
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'that take their time to stop take it at the same time',
    onDockerd(async (host, engine) => {
      const names = ['one', 'two', 'three'];
      const nodes = names.map((it) => `  ${it}: { kind: docker, image: "bb:1", stop-timeout: 3 }`);
      await host.write('pipewright.yaml', `name: t\nnodes:\n${nodes.join('\n')}\n`);
      await host.pipewright('up', '--yes');
      await host.pipewright('down', '--yes');
      const events = await engine.docker('events', '--since=10m', '--until=-2s', '--format={{.Action}}');
      const ends = events.split('\n').filter((it) => it === 'kill' || it === 'die');
      // Each is asked to end, and made to in the end.
      expect(ends.slice(0, 3)).toEqual(['kill', 'kill', 'kill']);
      expect(ends.filter((it) => it === 'die')).toHaveLength(3);
    }),
  );

  test(
    'that a killed command had made are undone by the next one',
    onDockerd(async (host, engine) => {
      // It is in the middle for as long as that command of the topology runs.
      await host.write('pipewright.yaml', MADE.replace(/ \}\n$/, ', commands: ["sleep 1000"] }\n'));
      const before = await host.snapshot();
      await upKilledInCommand(host);
      expect(await names(engine)).toEqual(['t-made']);
      await host.pipewright('recover');
      expect(await names(engine)).toEqual([]);
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});
