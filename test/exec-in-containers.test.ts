import { onDockerd, onPodman, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

// By the engine's own API: its command is hidden, so that what would use it fails.

type Engine = (...argv: readonly string[]) => Promise<string>;

const HIDE = (command: string): string => `
printf '#!/bin/sh\\necho "%s was called" >&2\\nexit 99\\n' ${command} > /tmp-engine; chmod +x /tmp-engine
for it in $(which -a ${command}); do mount --bind /tmp-engine "$it"; done`;

const topology = (kind: string): string => `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  web: { kind: ${kind}, service-links: [db], networks: [lan] }
  db: { expose: [6379], networks: [lan] }
`;

/** What `exec` promises of a node, in a container that somebody else runs. */
async function promises(host: Sandbox, kind: string, engine: Engine): Promise<void> {
  const folder = (await host.sh('mkdir shared; pwd')).trim();
  const run = ['run', '--detach', '--name', 'web', '--network', 'none', '--env', 'OWN=1', '--volume'];
  await engine(...run, `${folder}/shared:/shared`, 'bb:1');
  await host.write('pipewright.yaml', topology(kind));
  await host.pipewright('up', '--yes');
  await host.sh(HIDE(kind).replaceAll('/tmp-engine', `${folder}/engine`));
  const exec = [...host.cli, 'exec'];
  const inWeb = (...argv: readonly string[]) => host.tryPipewright('exec', 'web', '--', ...argv);

  const words = ['two  words', '$HOME', '--', '-f', '*', ''];
  const echoed = await inWeb('sh', '-c', 'for it; do busybox printf "[%s]" "$it"; done', 'sh', ...words);
  expect(echoed).toMatchObject({ code: 0, stdout: words.map((word) => `[${word}]`).join(''), stderr: '' });

  for (const code of [0, 1, 7, 255])
    expect(await inWeb('sh', '-c', `exit ${String(code)}`)).toMatchObject({ code, stdout: '', stderr: '' });
  expect((await inWeb('sh', '-c', 'kill -TERM $$')).code).toBe(143);

  const passed = await host.run([...exec, 'web', '--', 'sh', '-c', 'cat; echo oops >&2'], { input: 'line\n' });
  expect(passed).toMatchObject({ code: 0, stdout: 'line\n', stderr: 'oops\n' });
  const large = 'x'.repeat(3_000_000);
  expect((await host.run([...exec, 'web', '--', 'cat'], { input: large })).stdout).toBe(large);
  // What has read enough ends, whatever is still to come.
  const endless = `yes | "$@" web -- busybox head -n 1; echo $?`;
  expect(await host.output(['sh', '-c', endless, 'sh', ...exec])).toBe('y\n0\n');
  const unread = `"$@" web -- busybox yes | head -n 1`;
  expect(await host.output(['sh', '-c', unread, 'sh', ...exec], { timeout: 20_000 })).toBe('y\n');

  const variables = (await inWeb('env')).stdout;
  expect(variables).toContain('OWN=1\n');
  expect(variables).toContain('DB_PORT_6379_TCP_ADDR=10.0.0.3\n');
  expect((await host.pipewright('exec', '--user', '7:8', 'web', '--', 'busybox', 'id', '-u')).stdout).toBe('7\n');
  expect((await host.tryPipewright('exec', '--user', 'nobody-here', 'web', '--', 'env')).code).not.toBe(0);

  const given = ['--workdir', '/shared', '--env', 'A=1=2 3', '--env', 'OWN=2'];
  const there = await host.pipewright('exec', ...given, 'web', '--', 'sh', '-c', 'pwd; echo "$A $OWN"');
  expect(there.stdout).toBe('/shared\n1=2 3 2\n');
  expect((await host.tryPipewright('exec', '-w', '/none', 'web', '--', 'env')).code).not.toBe(0);

  const missing = await inWeb('no-such-program-here');
  expect(missing.code).not.toBe(0);
  expect(`${missing.stdout}${missing.stderr}`).toContain('no-such-program-here');
}

/** The same command line at a terminal of 33 lines and 77 columns, while a script goes on beside it that has it as $TTY. */
const atTerminal = (host: Sandbox, command: string, beside = 'true', input = 'true') =>
  host.run([
    'sh',
    '-c',
    `(${input}) | script -qec 'stty rows 33 cols 77; TTY=$(tty); (${beside}) & exec "$@" web -- ${command}' /dev/null`.replace(
      '"$@"',
      [...host.cli, 'exec'].join(' '),
    ),
  ]);

const SEEN = 'until [ -e shared/seen ]; do sleep 0.05; done';

/** What it promises at a terminal. */
async function promisesAtTerminal(host: Sandbox): Promise<void> {
  const size = await atTerminal(
    host,
    'sh -c "until [ \\"\\$(busybox stty size)\\" = \\"33 77\\" ]; do sleep 0.05; done; tty || true; echo fits"',
  );
  expect(size).toMatchObject({ code: 0, stdout: expect.stringMatching(/fits\r\n/) as string });

  const follows = 'sh -c "until [ \\"\\$(busybox stty size)\\" = \\"44 88\\" ]; do sleep 0.05; done; echo follows"';
  const begun = follows.replace('until', 'echo > /shared/seen; until');
  const resized = await atTerminal(host, begun, `${SEEN}; stty rows 44 cols 88 < $TTY`);
  expect(resized).toMatchObject({ code: 0, stdout: expect.stringContaining('follows\r\n') as string });
  await host.sh('rm shared/seen');

  const interrupted = await atTerminal(
    host,
    'sh -c "echo > /shared/seen; exec sleep 1000"',
    'true',
    `${SEEN}; printf "\\003"; sleep 1`,
  );
  expect(interrupted.code).toBe(130);
  await host.sh('rm shared/seen');
}

describe('exec in a container, without the command of its engine', () => {
  test(
    'of Docker',
    onDockerd(async (host, engine) => {
      await promises(host, 'docker', (...argv) => engine.docker(...argv));
      await promisesAtTerminal(host);
    }),
    120_000,
  );

  test(
    'of Podman',
    onPodman(async (host, engine) => {
      await promises(host, 'podman', (...argv) => engine.podman(...argv));
      await promisesAtTerminal(host);
    }),
    120_000,
  );

  test(
    'that is not there, does not run, or whose engine goes meanwhile',
    onDockerd(async (host, engine) => {
      const words = 'name: t\nnodes: { web: { kind: docker } }\n';
      await host.write('pipewright.yaml', words);
      const refused = async () => host.tryPipewright('exec', 'web', '--', 'env');
      expect(await refused()).toMatchObject({ code: 1, stderr: expect.stringMatching(/PW_NO_EXEC/) as string });
      await engine.docker('create', '--name', 'web', 'bb:1');
      const created = await refused();
      expect(created).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not running.*PW_NO_EXEC/) as string });
      await engine.docker('start', 'web');
      const cut = host.tryPipewright('exec', 'web', '--', 'sleep', '1000');
      await host.sh("until pgrep -fx 'sleep 1000' > /dev/null; do sleep 0.05; done; pkill -KILL -x dockerd");
      expect((await cut).stderr).toMatch(/PW_ENGINE_(UNREACHABLE|BROKE_OFF)/);
    }),
  );

  test(
    '`commands` of a node that is one, too',
    onDockerd(async (host) => {
      const node = (command: string, word = '') =>
        `name: t\nnodes: { web: { kind: docker, image: "bb:1", stop-timeout: 0, env: { WORD: "${word}" }, commands: [["sh", "-c", "${command}"]] } }\n`;
      await host.sh(HIDE('docker').replaceAll('/tmp-engine', '/run/engine'));
      await host.write('pipewright.yaml', node('echo said; exit 3'));
      const before = await host.snapshot();
      const failed = await host.tryPipewright('up', '--yes');
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/exit.* 3|3.*said/) as string });
      expect(await host.snapshot()).toEqual(before);
      await host.write('pipewright.yaml', node('echo said'));
      expect((await host.pipewright('up', '--yes')).stdout).toContain('said');
      await host.write('pipewright.yaml', node('echo said more'));
      const stays = await host.pipewright('up', '--yes');
      expect(stays.stdout).not.toContain('said');
      expect(stays.stderr).toContain('PW_COMMANDS_NOT_RUN');
      await host.write('pipewright.yaml', node('echo said more', 'another'));
      const replaced = await host.pipewright('up', '--yes');
      expect(replaced.stdout).toContain('web: said more');
      expect(replaced.stderr).not.toContain('PW_COMMANDS');
      await host.pipewright('down', '--yes');
      await host.sh('umount $(which -a docker)');
    }),
  );
});
