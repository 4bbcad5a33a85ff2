import { onSandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { whileUp } from './support.js';

const TOPOLOGY = 'name: t\nnodes: { a: {}, b: {} }\nlinks: [[a:x0, b:x0]]\n';

describe('exec', () => {
  test(
    'runs in the network of the node, with its words as they are',
    whileUp(TOPOLOGY, async (host) => {
      const links = await host.pipewright('exec', 'a', '--', 'ip', '-br', 'link');
      expect(links.stdout).toMatch(/^x0@/m);
      const words = ['two  words', '$HOME', '--', '-f', '*', ''];
      const echoed = await host.pipewright('exec', 'a', '--', 'printf', '[%s]', ...words);
      expect(echoed.stdout).toBe(words.map((word) => `[${word}]`).join(''));
    }),
  );

  for (const code of [0, 1, 3, 7, 255])
    test(
      `ends with ${String(code)} as the command does`,
      onSandbox(async (host) => {
        await host.write('pipewright.yaml', TOPOLOGY);
        await host.pipewright('up', '--yes');
        expect((await host.tryPipewright('exec', 'a', '--', 'sh', '-c', `exit ${String(code)}`)).code).toBe(code);
      }),
    );

  test(
    'ends as a shell does where there is no such command, or none that may be run',
    whileUp(TOPOLOGY.replace('b: {}', 'b: {}, host: { kind: host }'), async (host) => {
      for (const node of ['a', 'host']) {
        expect(await host.tryPipewright('exec', node, 'nosuch')).toMatchObject({
          code: 127,
          stderr: expect.stringContaining('nosuch') as string,
        });
        expect(await host.tryPipewright('exec', node, '/etc/passwd')).toMatchObject({
          code: 126,
          stderr: expect.stringMatching(/passwd.*permission denied/i) as string,
        });
      }
    }),
  );

  test(
    'runs in a folder, with variables, as a user',
    whileUp(TOPOLOGY.replace('b: {}', 'b: {}, host: { kind: host }'), async (host) => {
      const show = ['sh', '-c', 'pwd; echo "$A|$B|$C"; id -u'];
      for (const node of ['a', 'host']) {
        const given = ['-w', '/usr', '-e', 'A=1=2', '-e', 'B=', '-e', 'C', '-u', 'nobody'];
        const { stdout } = await host.run([...host.cli, 'exec', ...given, node, '--', ...show], { env: { C: 'ours' } });
        expect(stdout).toBe('/usr\n1=2||ours\n65534\n');
        expect(await host.tryPipewright('exec', '-w', '/no such', node, 'true')).toMatchObject({
          code: 126,
          stderr: expect.stringContaining('/no such') as string,
        });
      }
      for (const [option, wrong] of [
        ['-w', 'usr'],
        ['-e', '=x'],
        ['-e', ''],
      ] as const)
        expect(await host.tryPipewright('exec', option, wrong, 'a', 'true')).toMatchObject({
          code: 2,
          stderr: expect.stringContaining('PW_OPTION_VALUE') as string,
        });
    }),
  );

  test(
    'passes input, output and errors on',
    whileUp(TOPOLOGY, async (host) => {
      const finished = await host.run([...host.cli, 'exec', 'a', '--', 'sh', '-c', 'cat; echo oops >&2'], {
        input: 'line\n',
      });
      expect(finished).toMatchObject({ code: 0, stdout: 'line\n', stderr: 'oops\n' });
    }),
  );

  test(
    'a signal ends command and exec alike',
    whileUp(TOPOLOGY, async (host) => {
      const byItself = await host.tryPipewright('exec', 'a', '--', 'sh', '-c', 'kill -TERM $$');
      expect(byItself.code).toBe(143);
      const runs = "pgrep -fx 'sleep 1000' > /dev/null";
      const script = `"$@" & until ${runs}; do :; done; kill -TERM $!; wait $!; echo "ended $?"; while ${runs}; do :; done; echo gone`;
      const fromOutside = await host.run(['sh', '-c', script, 'sh', ...host.cli, 'exec', 'a', '--', 'sleep', '1000']);
      expect(fromOutside.stdout).toBe('ended 143\ngone\n');
    }),
  );

  test(
    'a program that is not there is a failure that names it',
    whileUp(TOPOLOGY, async (host) => {
      const { code, stderr } = await host.tryPipewright('exec', 'a', '--', 'no-such-program-here');
      expect(code).not.toBe(0);
      expect(stderr).toContain('no-such-program-here');
    }),
  );

  test(
    'files of /etc/netns stand in for those of the host',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TOPOLOGY);
      await host.sh(
        'mkdir -p /etc/netns/t-a; echo nameserver 192.0.2.53 > /etc/netns/t-a/resolv.conf; echo nameserver 192.0.2.1 > /etc/resolv.conf',
      );
      await host.pipewright('up', '--yes');
      const seen = async (node: string) =>
        (await host.pipewright('exec', node, '--', 'cat', '/etc/resolv.conf')).stdout;
      expect([await seen('a'), await seen('b')]).toEqual(['nameserver 192.0.2.53\n', 'nameserver 192.0.2.1\n']);
      await host.pipewright('down', '--yes');
      expect(await host.read('/etc/netns/t-a/resolv.conf')).toContain('192.0.2.53');
    }),
  );
});
