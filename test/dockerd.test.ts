import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Dockerd, onDockerd, onSandbox, Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

const mounts = (): readonly string[] => readFileSync('/proc/self/mounts', 'utf8').split('\n');

const foldersIn = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((it) => (it.isDirectory() ? [it.name] : []));

/** Control groups of sandboxes of this process, in whatever hierarchy. */
function groups(): readonly string[] {
  const root = '/sys/fs/cgroup';
  const all = [root, ...foldersIn(root).map((name) => `${root}/${name}`)].flatMap(foldersIn);
  return [...new Set(all)].filter((name) => name.startsWith(`pipewright-test-${process.pid}-`));
}

const RUN = ['run', '--detach', '--name', 'web', '--network', 'none', 'bb:1'];

describe('a dockerd in a sandbox', () => {
  test(
    'runs containers of its image, and is known to nobody else',
    onDockerd(async (host, engine) => {
      const before = mounts();
      await engine.docker(...RUN);
      expect(await engine.docker('exec', 'web', 'ip', '-o', 'link')).toMatch(/^1: lo: [^\n]*\n$/);
      expect(await engine.docker('ps', '--format', '{{.Names}} {{.Image}}')).toBe('web bb:1\n');
      expect(await host.sh('ls /run/docker.sock')).toBe('/run/docker.sock\n');
      expect(existsSync(engine.socket)).toBe(true);
      expect(mounts()).toEqual(before);
      expect(groups()).toHaveLength(1);
    }),
  );

  test(
    'says what Docker said when it does not do what it is told',
    onDockerd(async (_, engine) => {
      await expect(engine.docker('start', 'none')).rejects.toThrow(/exit 1: docker start none[^]*No such container/);
    }),
  );

  test(
    'leaves nothing when its sandbox ends, whatever runs in it',
    onSandbox(async () => {
      const host = await Sandbox.start();
      const engine = await Dockerd.start(host);
      await engine.docker(...RUN);
      const { socket } = engine;
      await host.stop();
      expect(existsSync(socket)).toBe(false);
      expect(groups()).toEqual([]);
    }),
  );

  test(
    'leaves nothing but its bridge in a sandbox that lives on',
    onDockerd(async (host, engine) => {
      await engine.docker(...RUN);
      await engine.stop();
      expect(await host.sh('ls -A /mnt; grep -c docker /proc/self/mounts || :')).toBe('0\n');
      expect(await host.ip(undefined, 'link')).toMatchObject([{ ifname: 'lo' }, { ifname: 'docker0' }]);
      expect((await host.snapshot()).processes.filter((it) => /docker|containerd|sleep/.test(it))).toEqual([]);
      expect(groups()).toEqual([]);
      expect(existsSync(engine.socket)).toBe(false);
    }),
  );

  test(
    'has containers of its own beside another',
    onDockerd(async (_, engine) => {
      const other = await Sandbox.start();
      try {
        const theirs = await Dockerd.start(other);
        for (const it of [engine, theirs]) await it.docker(...RUN);
        expect(groups()).toHaveLength(2);
        await theirs.removeContainers();
        expect(await theirs.docker('ps', '--all', '--quiet')).toBe('');
      } finally {
        await other.stop();
      }
      expect(groups()).toHaveLength(1);
      expect(await engine.docker('ps', '--format', '{{.Names}}')).toBe('web\n');
    }),
  );
});
