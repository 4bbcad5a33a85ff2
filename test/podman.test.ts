import { onDockerd, onPodman, Podman, type Sandbox, type Snapshot } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { inShort, upKilledInCommand } from './support.js';

// What test/containers.test.ts promises of containers of Docker, of those of Podman. A Podman is started only for what needs
// one of its own.

/** Two containers that somebody else runs: one on Podman's own network, one on none. */
async function theirs(engine: Podman): Promise<void> {
  await engine.podman('run', '--detach', '--name', 'web', 'bb:1');
  await engine.podman('run', '--detach', '--name', 'quiet', '--network', 'none', 'bb:1');
}

const MIX = `
name: mix
networks: { lan: { kind: bridge, subnet: 10.60.0.0/24 } }
nodes:
  web: { kind: podman, networks: { lan: { address: 10.60.0.2/24, name: lan0 } } }
  quiet: { kind: podman, networks: { lan: { address: 10.60.0.3/24, name: lan0 } } }
  made: { kind: podman, image: "bb:1", stop-timeout: 0, env: { GREETING: "a b'c" }, networks: { lan: { address: 10.60.0.4/24 } } }
  bare: { networks: { lan: { address: 10.60.0.5/24 } } }
links: [[web:x0, bare:x0]]
`;

const MADE = (more = ''): string => `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  made: { kind: podman, image: "bb:1", stop-timeout: 0, networks: [lan]${more} }
`;

/** One that uses the network namespace of another. */
const PAIR = (command: string): string => `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  web:
    { kind: podman, image: "bb:1", command: ${command}, stop-timeout: 0, networks: [lan],
      rules: [{ from: 10.0.0.0/24, table: 77 }] }
  side: { kind: podman, image: "bb:1", stop-timeout: 0, namespace-of: web }
`;

const listed = async (engine: Podman, ...which: readonly string[]): Promise<readonly string[]> =>
  (await engine.podman('ps', ...which, '--format', '{{.Names}}')).trim().split('\n').filter(Boolean).sort();

const names = (engine: Podman) => listed(engine, '--all');
const running = (engine: Podman) => listed(engine, '--filter', 'status=running');

const idOf = async (engine: Podman, name: string): Promise<string> =>
  (await engine.podman('inspect', '--format', '{{.Id}}', name)).trim();

const up = async (host: Sandbox, topology: string): Promise<void> => {
  await host.write('pipewright.yaml', topology);
  await host.pipewright('up', '--yes');
};

/** What watched a container ends a moment after it. */
const SOON = { timeout: 30_000 };

/** What is there when nothing more of what was ends: Podman watches over a command five minutes longer, for who asks of it. */
const settled = async (host: Sandbox): Promise<Snapshot> => {
  await host.sh("pkill -f '[c]onmon .* --exec-attach' || true");
  return host.snapshot();
};

/** Each begins with no topology, no container and nothing else of ours, and ends so. */
async function oneByOne(
  host: Sandbox,
  engine: Podman,
  steps: Readonly<Record<string, () => Promise<void>>>,
): Promise<void> {
  // What Podman leaves of its own network is Podman's.
  await engine.podman('run', '--rm', '--publish', '127.0.0.1:8080:80', 'bb:1', 'sleep', '0');
  await host.sh("while pgrep -f '[c]onmon --api|[p]odman .*container cleanup' > /dev/null; do sleep 0.05; done");
  const before = await host.snapshot();
  for (const [what, step] of Object.entries(steps)) {
    await step();
    await host.pipewright('down', '--yes');
    expect(await names(engine), what).toEqual([]);
    await expect.poll(() => settled(host), { ...SOON, message: what }).toEqual(before);
  }
}

test(
  'containers of Podman that are there, that we make, and namespaces, on one network: wired again whatever happens to them',
  onPodman(async (host, engine) => {
    await theirs(engine);
    const before = await host.snapshot();
    await up(host, MIX);
    await host.pipewright('ping');
    expect(await host.plan()).toEqual([]);
    expect(await engine.podman('exec', 'web', 'ip', 'addr')).toContain('10.88.0.');
    expect((await host.pipewright('exec', 'made', '--', 'env')).stdout).toMatch(/^GREETING=a b'c$/m);
    expect((await host.pipewright('whose', 'mix-made-eth0')).stdout).toContain('container mix-made (podman)');
    const happenings = [
      () => engine.podman('stop', '--time', '0', 'mix-made'),
      () => engine.podman('rm', '--force', '--time', '0', 'mix-made'),
      () => engine.podman('restart', '--time', '0', 'quiet'),
    ];
    for (const happens of happenings) {
      await happens();
      expect((await host.tryPipewright('status', '--check')).code).toBe(3);
      await host.pipewright('up', '--yes');
      await host.pipewright('ping');
      expect(await host.plan()).toEqual([]);
    }
    await host.pipewright('down', '--yes');
    expect(await names(engine)).toEqual(['quiet', 'web']);
    await expect.poll(() => settled(host), SOON).toEqual(before);
  }),
  240_000,
);

test(
  'containers that we make of it are made anew, put back, paused, found again, and go',
  onPodman(async (host, engine) => {
    await oneByOne(host, engine, {
      'another option is another container, and the old one goes': async () => {
        await up(host, MADE());
        const first = await idOf(engine, 't-made');
        await host.write('pipewright.yaml', MADE(', memory: 64m, cpus: 0.5, cpuset: 1, pids-limit: 50, shm-size: 1m'));
        expect(inShort(await host.plan())).toContain('replace made');
        await host.pipewright('up', '--yes');
        const given = ['Memory', 'NanoCpus', 'CpusetCpus', 'PidsLimit', 'ShmSize']
          .map((it) => `{{.HostConfig.${it}}}`)
          .join(' ');
        expect(await engine.podman('inspect', '--format', given, 't-made')).toBe('67108864 500000000 1 50 1048576\n');
        expect(await names(engine)).toEqual(['t-made']);
        expect(await idOf(engine, 't-made')).not.toBe(first);
        expect(await host.plan()).toEqual([]);
      },

      'what else is said in the words of podman run it has, and another without': async () => {
        const words = [
          'security-opt: ["no-new-privileges:true", "seccomp=unconfined"]',
          'group-add: [27]',
          'extra-hosts: { db: [10.9.0.5, "fd00::5"] }',
          'network: default, dns: 10.0.0.1, dns-search: lab.example, dns-options: ["ndots:2"]',
          'pid: host, ipc: shareable',
          'log-driver: k8s-file, log-opt: { max-size: 1m }',
          'tty: true, stdin-open: true',
          'pull: never',
        ];
        await up(host, MADE(`, ${words.join(', ')}`));
        const see = (path: string) => engine.podman('exec', 't-made', 'cat', path);
        expect(await see('/proc/self/status')).toMatch(/^NoNewPrivs:\t1$[^]*^Seccomp:\t0$/m);
        expect(await see('/proc/self/status')).toMatch(/^Groups:\t.*\b27\b/m);
        expect(await see('/etc/hosts')).toMatch(/^10\.9\.0\.5\tdb$[^]*^fd00::5\tdb$/m);
        const resolver = (await see('/etc/resolv.conf')).split('\n').filter((it) => /^[a-z]/.test(it));
        expect(resolver.sort()).toEqual(['nameserver 10.0.0.1', 'options ndots:2', 'search lab.example']);
        expect(await see('/proc/1/cmdline')).not.toContain('sleep');
        const logging = '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Size}}';
        const given = `{{.HostConfig.IpcMode}} ${logging} {{.Config.Tty}} {{.Config.OpenStdin}}`;
        expect(await engine.podman('inspect', '--format', given, 't-made')).toBe('shareable k8s-file 1MB true true\n');
        expect(await host.plan()).toEqual([]);
        await host.write('pipewright.yaml', MADE(', network: default'));
        expect(inShort(await host.plan())).toContain('replace made');
        await host.pipewright('up', '--yes');
        expect(await see('/etc/hosts')).not.toContain('db');
        expect(await host.plan()).toEqual([]);
      },

      'a resolver of its own it has on a network of Podman alone, or as a file': async () => {
        await host.write('pipewright.yaml', MADE(', dns: 10.0.0.1, extra-hosts: ["me:host-gateway"]'));
        const { code, stderr } = await host.tryPipewright('up', '--yes');
        expect([code, stderr]).toEqual([2, expect.stringContaining('./resolv.conf:/etc/resolv.conf:ro')]);
        expect(stderr).toContain('PW_CONTAINER_NO_HOST_GATEWAY');
        await host.write('resolv.conf', 'nameserver 10.0.0.1\n');
        await up(host, MADE(', mounts: ["./resolv.conf:/etc/resolv.conf:ro"]'));
        expect(await engine.podman('exec', 't-made', 'cat', '/etc/resolv.conf')).toBe('nameserver 10.0.0.1\n');
      },

      'one that was taken off its network is connected to it again, and is the very same': async () => {
        await engine.podman('network', 'create', 'front');
        await up(host, MADE(', network: front'));
        const first = await idOf(engine, 't-made');
        await engine.podman('network', 'disconnect', 'front', 't-made');
        expect(inShort(await host.plan())).toContain('update made');
        await host.pipewright('up', '--yes');
        expect(await host.plan()).toEqual([]);
        expect(await idOf(engine, 't-made')).toBe(first);
        await host.pipewright('down', '--yes');
        await engine.podman('network', 'rm', 'front');
      },

      'kernel parameters that Podman gives at its making are there': async () => {
        await up(host, MADE(', sysctls: { kernel.shmmni: 1000 }'));
        expect(await engine.podman('exec', 't-made', 'cat', '/proc/sys/kernel/shmmni')).toBe('1000\n');
        expect(await host.plan()).toEqual([]);
      },

      'where that fails it is the very same, with its nic': async () => {
        await up(host, MADE());
        const [first, was] = [await idOf(engine, 't-made'), await host.snapshot()];
        await host.write('pipewright.yaml', MADE(', command: /none'));
        const failed = await host.tryPipewright('up', '--yes');
        expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('/none') as string });
        expect(await idOf(engine, 't-made')).toBe(first);
        expect(await names(engine)).toEqual(['t-made']);
        expect(await running(engine)).toEqual(['t-made']);
        expect(await host.snapshot()).toEqual(was);
      },

      "and on Podman's own network, where it has another address then, with no more than that": async () => {
        await up(host, MADE(', network: default, ports: ["127.0.0.1:8080:80"]'));
        await engine.podman('run', '--detach', '--name', 'busy', '--publish', '127.0.0.1:8081:80', 'bb:1');
        await host.write('pipewright.yaml', MADE(', network: default, ports: ["127.0.0.1:8081:80"]'));
        const failed = await host.tryPipewright('up', '--yes');
        expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('address already in use') as string });
        const own = await engine.podman('exec', 't-made', 'ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0');
        expect(own.trim().split('\n')).toHaveLength(1);
        await engine.podman('rm', '--force', '--time', '0', 'busy');
      },

      'an image that is nowhere is told before anything is touched': async () => {
        await host.write('pipewright.yaml', MADE().replace('bb:1', 'no:1'));
        const failed = await host.tryPipewright('up', '--yes');
        expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('docker.io/library/no:1') as string });
        expect(failed.stderr).toContain('PW_NOT_PREPARED');
      },

      'one in the namespace of another goes and comes with it': async () => {
        await up(host, PAIR('sleep 1d'));
        expect(await host.plan()).toEqual([]);
        expect(await engine.podman('exec', 't-side', 'ip', 'addr', 'show', 'dev', 'eth0')).toContain('10.0.0.2/24');
        await up(host, PAIR('sleep 2d'));
        expect(await host.plan()).toEqual([]);
        await engine.podman('restart', '--time', '0', 't-web');
        await host.write('pipewright.yaml', `${PAIR('sleep 2d')}  bad: { commands: ["false"] }\n`);
        expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
        await up(host, PAIR('sleep 2d'));
        expect(await host.plan()).toEqual([]);
        expect(await names(engine)).toEqual(['t-side', 't-web']);
        expect(await engine.podman('exec', 't-side', 'ip', 'addr', 'show', 'dev', 'eth0')).toContain('10.0.0.2/24');
        expect((await host.pipewright('whose', 't-web-eth0')).stdout).toContain('container t-web (podman)');
      },

      'one is started when another is healthy': async () => {
        const db = 'db: { kind: podman, image: "bb:1", stop-timeout: 0, health: { test: "true" } }';
        await host.write('pipewright.yaml', `${MADE(', depends-on: { db: healthy }')}  ${db}\n`);
        // Podman has systemd ask, which is not there.
        const asking = host.sh('until podman healthcheck run t-db 2> /dev/null; do sleep 0.05; done');
        await host.pipewright('up', '--yes');
        await asking;
        expect(await running(engine)).toEqual(['t-db', 't-made']);
      },

      'one that is paused is nothing to attach to, and goes': async () => {
        await up(host, MADE());
        await engine.podman('pause', 't-made');
        expect((await host.tryPipewright('up', '--yes')).stderr).toMatch(/Podman container is paused/);
      },

      'what a killed command had made is undone by the next one': async () => {
        await host.write('pipewright.yaml', MADE(', commands: ["sleep 1000"]'));
        await upKilledInCommand(host);
        expect(await names(engine)).toEqual(['t-made']);
        await host.pipewright('recover');
        expect(await names(engine)).toEqual([]);
        await host.write('pipewright.yaml', MADE());
      },

      'by its labels it is known where nothing else is known': async () => {
        await up(host, MADE());
        await host.sh('rm -r /run/pipewright');
        await host.pipewright('down', 't', '--yes');
      },
    });
  }),
  240_000,
);

test(
  'nics of containers of Podman: attach, detach and pipework, by name, id or the beginning of one; what cannot be is told',
  onPodman(async (host, engine) => {
    await theirs(engine);
    const before = await host.snapshot();
    const id = await idOf(engine, 'web');
    const nic = ['--network', 'br8', '--address', '10.61.0.2/24@10.61.0.1', '--nic', 'ext0'];
    for (const word of ['web', 'podman:web', id.slice(0, 12)]) {
      await host.pipewright('attach', word, ...nic);
      expect(await engine.podman('exec', 'web', 'ip', 'route'), word).toContain('default via 10.61.0.1 dev ext0');
      await host.pipewright('detach', word, '--nic', 'ext0');
      expect(await engine.podman('exec', 'web', 'ip', 'route')).toMatch(/^default via 10\.88\.0\.1 dev eth0/);
    }
    await host.pipewright('pipework', 'br1', 'web', '192.168.1.1/24@192.168.1.254');
    expect(await engine.podman('exec', 'web', 'ip', 'addr', 'show', 'dev', 'eth1')).toContain('192.168.1.1/24');
    await host.pipewright('detach', 'web', '--nic', 'eth1');
    await expect.poll(() => settled(host), SOON).toEqual(before);

    const refused = async (word: string) => (await host.tryPipewright('attach', word, ...nic)).stderr;
    expect(await refused('podman:none')).toMatch(/Podman has no container "none"/);
    await engine.podman('stop', '--time', '0', 'quiet');
    expect(await refused('quiet')).toMatch(/Node "quiet": its Podman container does not run \(exited\)/);
    await engine.podman('run', '--detach', '--name', 'open', '--network', 'host', 'bb:1');
    expect(await refused('open')).toMatch(/Node "open" is in the host's own network namespace/);

    // Where Docker's socket is Podman's, as Debian's podman-docker has it, a container is one and not two.
    await host.sh('ln -s podman/podman.sock /run/docker.sock');
    await host.pipewright('attach', 'web', ...nic);
    expect(await engine.podman('exec', 'web', 'ip', 'addr')).toContain('10.61.0.2/24');
    await host.pipewright('detach', 'web', '--nic', 'ext0');
  }),
  240_000,
);

test(
  'a name that Docker and Podman have each a container of says which is meant',
  onDockerd(async (host, docker) => {
    await docker.docker('run', '--detach', '--name', 'web', '--network', 'none', 'bb:1');
    const podman = await Podman.start(host);
    await podman.podman('run', '--detach', '--name', 'web', '--network', 'none', 'bb:1');
    const attach = (word: string, address: string) =>
      host.tryPipewright('attach', word, '--network', 'br8', '--address', `${address}/24`);
    expect(await attach('web', '10.61.0.1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Say which: docker:web or podman:web') as string,
    });
    expect(await attach('docker:web', '10.61.0.1')).toMatchObject({ code: 0 });
    expect(await attach('podman:web', '10.61.0.2')).toMatchObject({ code: 0 });
    expect(await podman.podman('exec', 'web', 'ip', 'addr')).toContain('10.61.0.2/24');
    const whose = (await host.pipewright('whose', 'br8')).stdout;
    for (const engine of ['docker', 'podman']) expect(whose).toContain(`container web (${engine})`);
  }),
);
