import { Dockerd, onDockerd, onHosts, onPodman, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { whileUp } from './support.js';

const PROCESSES = `
name: t
nodes:
  a:
    processes:
      one: sh -c 'echo out; echo err >&2; exec sleep 1d'
      more: sh -c 'seq 1 3; until [ -e "$0" ]; do sleep 0.05; done; echo late; exec sleep 1d' /run/later
  b: {}
`;

/** Follows until so many lines were said and `then` is done, which ends it or not. */
const following = (words: string, lines: number, then: string): string => `
"$@" logs --follow ${words} > said & reader=$!
until [ "$(wc -l < said)" -ge ${String(lines)} ]; do sleep 0.05; done
${then}
wait $reader; echo "$?"; cat said`;

describe('processes of nodes', () => {
  test(
    'are read together, by themselves, and from their last lines',
    whileUp(PROCESSES, async (host) => {
      const logs = async (...words: readonly string[]) => (await host.pipewright('logs', ...words)).stdout;
      expect(await logs()).toBe('a/more | 1\na/more | 2\na/more | 3\na/one  | out\na/one  | err\n');
      expect(await logs('a')).toBe(await logs());
      expect(await logs('a/one')).toBe('out\nerr\n');
      expect(await logs('--tail', '1', 'a/one')).toBe('err\n');
      expect(await logs('--tail', '0')).toBe('');
      const [line] = (await logs('--json', 'a/one')).split('\n');
      expect(JSON.parse(line ?? '')).toEqual({ of: 'a/one', stream: 'stdout', line: 'out' });
    }),
  );

  test(
    'are followed until somebody ends that, or nobody reads it',
    whileUp(PROCESSES, async (host) => {
      const unread = '( sleep 0.5; : > /run/later ) & "$@" logs --follow a/more | head -n 2';
      expect(await host.output(['sh', '-c', unread, 'sh', ...host.cli], { timeout: 20_000 })).toBe('1\n2\n');
      const ended = following('--tail 1', 2, 'kill -TERM $reader');
      const followed = await host.output(['sh', '-c', ended, 'sh', ...host.cli]);
      expect(followed.split('\n').sort()).toEqual(['', '0', 'a/more | late', 'a/one  | err']);
      expect(await host.sh('pgrep -x tail || echo none')).toBe('none\n');
    }),
  );

  test(
    'that are not there are named, with those that are',
    whileUp(PROCESSES, async (host) => {
      const failing = async (...words: readonly string[]) => {
        const { code, stderr } = await host.tryPipewright('logs', ...words);
        return [code, stderr.split('\n')[0]];
      };
      expect(await failing('a/on')).toEqual([
        2,
        'error: Topology "t" has no node "a/on". Did you mean "a/one"? [PW_UNKNOWN_NODE]',
      ]);
      expect(await failing('b')).toEqual([1, 'error: Nothing is kept of what node "b" says. [PW_NO_LOG]']);
      expect(await failing('-f', 'a')).toEqual([
        2,
        'error: There is no file "a", and -f gives the topology file. [PW_NODE_FOR_FILE]',
      ]);
      expect(await failing('--tail', 'few')).toEqual([
        2,
        'error: The option --tail is "few", but must be a number of lines. [PW_OPTION_VALUE]',
      ]);
    }),
  );

  test(
    'are none before they run',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', PROCESSES);
      expect(await host.pipewright('logs')).toMatchObject({ stdout: '', stderr: 'Nothing is kept of what t says.\n' });
    }),
  );
});

const containers = (kind: string): string => `
name: t
nodes:
  web: { kind: ${kind}, image: "bb:1", stop-timeout: 0, command: [sh, -c, "echo out; echo err >&2; exec sleep 1d"] }
  shell: { kind: ${kind}, image: "bb:1", stop-timeout: 0, tty: true, command: [sh, -c, "echo shown; exec sleep 1d"] }
  old: { kind: ${kind} }
  none: { kind: ${kind}, image: "bb:1", stop-timeout: 0, log-driver: none }
`;

async function promises(host: Sandbox, kind: string, engine: (...argv: readonly string[]) => Promise<string>) {
  await engine('run', '--detach', '--name', 'old', '--network', 'none', 'bb:1', 'sh', '-c', 'seq 1 9; sleep 1d');
  await host.write('pipewright.yaml', containers(kind));
  await host.pipewright('up', '--yes');
  const logs = (...words: readonly string[]) => host.pipewright('logs', ...words);
  expect(await logs('web')).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
  expect((await logs('shell')).stdout).toBe('shown\r\n');
  expect((await logs('--tail', '2', 'old', 'shell')).stdout).toBe('old   | 8\nold   | 9\nshell | shown\n');
  expect(await host.tryPipewright('logs', 'none')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('PW_NO_LOGS') as string,
  });
  const all = await host.tryPipewright('logs', '--tail', '2');
  expect(all).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/^! .* of what the container "t-none" has said/m) as string,
  });
  expect(all.stdout).toBe('web   | out\nshell | shown\nold   | 8\nold   | 9\n');

  const stopped = following('web shell --json --tail 5', 3, `${kind} kill t-web t-shell > /dev/null`);
  const said = (await host.output(['sh', '-c', stopped, 'sh', ...host.cli])).trim().split('\n');
  expect(said.sort()).toEqual(
    [
      '0',
      '{"of":"shell","stream":"stdout","line":"shown"}',
      '{"of":"web","stream":"stderr","line":"err"}',
      '{"of":"web","stream":"stdout","line":"out"}',
    ].sort(),
  );
  expect(await logs('web')).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
  await host.pipewright('down', '--yes');
  expect(await host.tryPipewright('logs', 'web')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Node "web" is not up. [PW_NOT_UP]') as string,
  });
}

describe('containers', () => {
  test(
    'of Docker are read, ended ones too, and followed to their end',
    onDockerd(async (host, engine) => promises(host, 'docker', (...argv) => engine.docker(...argv))),
  );

  test(
    'of Podman are read, ended ones too, and followed to their end',
    onPodman(async (host, engine) => promises(host, 'podman', (...argv) => engine.podman(...argv))),
  );
});

test(
  'what is on another host is read there',
  onHosts(1, async ({ here, far }) => {
    await Dockerd.start(far[0]!);
    await here.write(
      'pipewright.yaml',
      `
name: t
hosts: { h1: { ssh: root@h1 } }
nodes:
  web: { host: h1, kind: docker, image: "bb:1", stop-timeout: 0, command: [sh, -c, "echo far; exec sleep 1d"] }
  a: { host: h1, processes: { p: "sh -c 'echo too; exec sleep 1d'" } }
`,
    );
    await here.pipewright('up', '--yes');
    expect((await here.pipewright('logs')).stdout).toBe('web | far\na/p | too\n');
    const ended = following('', 2, 'kill -TERM $reader');
    const followed = await here.output(['sh', '-c', ended, 'sh', ...here.cli]);
    expect(followed.split('\n').sort()).toEqual(['', '0', 'a/p | too', 'web | far']);
    expect(await far[0]!.sh('pgrep -x tail || echo none')).toBe('none\n');
    await here.pipewright('down', '--yes');
  }),
  240_000,
);

test(
  'of a host that is away nothing is known, and what is on others is read',
  onHosts(2, async ({ here }) => {
    const says = (name: string): string => `processes: { p: "sh -c 'echo ${name}; exec sleep 1d'" }`;
    await here.write(
      'pipewright.yaml',
      `
name: t
hosts: { h1: { ssh: root@h1 }, h2: { ssh: root@h2 } }
nodes: { a: { host: h1, ${says('a')} }, b: { host: h2, ${says('b')} } }
`,
    );
    await here.pipewright('up', '--yes');
    await here.sh('ip link set dev h2-uplink down');
    expect(await here.tryPipewright('logs', 'a/p')).toMatchObject({ code: 0, stdout: 'a\n', stderr: '' });
    expect(await here.tryPipewright('logs', 'b', 'b/p', 'a')).toMatchObject({
      code: 4,
      stdout: 'a\n',
      stderr: expect.stringMatching(/^! Host "h2".* cannot be reached: .*\n$/) as string,
    });
    await here.sh('ip link set dev h2-uplink up');
    await here.pipewright('down', '--yes');
  }),
  240_000,
);
