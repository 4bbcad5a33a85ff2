import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { onPodman, onSandbox, Podman, Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

const RUN = ['run', '--detach', '--name', 'web', 'bb:1'];

const mounts = (): readonly string[] => readFileSync('/proc/self/mounts', 'utf8').split('\n');

/** Control groups of sandboxes of this process, and those Podman makes at the top, in whatever hierarchy. */
function groups(): readonly string[] {
  const root = '/sys/fs/cgroup';
  const foldersIn = (path: string) =>
    readdirSync(path, { withFileTypes: true }).flatMap((it) => (it.isDirectory() ? [it.name] : []));
  const all = [root, ...foldersIn(root).map((name) => `${root}/${name}`)].flatMap(foldersIn);
  return [...new Set(all)].filter((name) => name.startsWith(`pipewright-test-${process.pid}-`));
}

test(
  'a Podman in a sandbox leaves nothing when that ends, whatever runs or is paused in it',
  onSandbox(async () => {
    const before = mounts();
    const host = await Sandbox.start();
    const engine = await Podman.start(host);
    await engine.podman(...RUN);
    await engine.podman('pause', 'web');
    expect(mounts()).toEqual(before);
    expect(groups()).toHaveLength(1);
    const { socket } = engine;
    await host.stop();
    expect(existsSync(socket)).toBe(false);
    expect(groups()).toEqual([]);
  }),
);

test(
  'and nothing but the marks of its networks in a sandbox that lives on',
  onPodman(async (host, engine) => {
    await expect(engine.podman('start', 'none')).rejects.toThrow(/exit 125: [^]*no such container/);
    await engine.podman(...RUN);
    await engine.stop();
    expect(await host.sh('ls -A /mnt; grep -c podman /proc/self/mounts || :')).toBe('0\n');
    expect(await host.namespaces()).toEqual([]);
    expect((await host.snapshot()).processes.filter((it) => /podman|conmon|sleep/.test(it))).toEqual([]);
    expect(groups()).toEqual([]);
    expect(existsSync(engine.socket)).toBe(false);
  }),
);
