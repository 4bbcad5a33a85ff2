import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

/** Nodes on a bridge, and maybe one with a command that lasts: all is there then, and nothing is committed yet. */
const lab = (name: string, more = '', nodes = 8): string => `
name: ${name}
networks: { lan: { kind: bridge, bridge: br-${name}, subnet: 10.0.0.0/24, address: 10.0.0.1/24 } }
nodes:
${Array.from({ length: nodes }, (_, index) => `  n${String(index)}: { networks: [lan] }`).join('\n')}
${more}`;

const LASTING = `  last: { networks: [lan], commands: ["sh -c 'echo $$$$ > /mnt/command; exec sleep 1000'"] }\n`;

/** Shell conditions under which a command is in the middle of its work. */
const AT = {
  'the first stage written down': '[ "$(cat /run/pipewright/journal/*.jsonl 2> /dev/null | wc -l)" -ge 2 ]',
  'some namespaces made': '[ "$(ls /run/netns 2> /dev/null | wc -l)" -ge 5 ]',
  'everything made': '[ -s /mnt/command ]',
} as const;

/** Runs the CLI until `condition` holds, and sends it signals; resolves to what it ended with. */
async function interrupted(
  host: Sandbox,
  args: readonly string[],
  condition: string,
  signals: readonly string[] = ['KILL'],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stderr: string }> {
  const script = `"$@" 2> stderr & pid=$!
until ${condition} || ! kill -0 $pid 2> /dev/null; do :; done
for signal in ${signals.join(' ')}; do kill -$signal $pid 2> /dev/null || :; sleep 0.05; done
wait $pid 2> /dev/null || code=$?
if [ -s command ]; then kill -9 "$(cat command)" 2> /dev/null || :; rm command; fi
exit \${code:-0}`;
  const { code } = await host.run(['sh', '-c', script, 'sh', ...host.cli, ...args], { env });
  return { code, stderr: await host.read('stderr') };
}

const KILLED = 137;

const upOf = (file: string): readonly string[] => ['up', '-f', file, '--yes'];

describe('an up that is killed', () => {
  for (const [moment, condition] of Object.entries(AT))
    test(
      `with ${moment}: it is told, and recover leaves no trace`,
      onSandbox(async (host) => {
        await host.write('t.yaml', lab('t', LASTING, 20));
        const before = await host.snapshot();
        expect((await interrupted(host, upOf('t.yaml'), condition)).code).toBe(KILLED);

        const status = await host.pipewright('status', '-f', 't.yaml');
        expect(status.stdout).toMatch(/^! `up` of t, begun .* was not finished/);
        const printed = (await host.pipewright('status', '-f', 't.yaml', '--json')).json();
        expect(printed).toMatchObject({ unfinished: [{ topology: 't', command: 'up' }] });
        expect((await host.pipewright('plan', '-f', 't.yaml')).stderr).toMatch(/warning: `up` of t/);

        const recovered = await host.pipewright('recover');
        expect(recovered.stdout).toMatch(/`up` of t, begun .* was not finished; \d+ changes undone/);
        expect(await host.snapshot()).toEqual(before);
        expect((await host.pipewright('recover')).stdout).toBe('Nothing to recover.\n');
      }),
    );

  test(
    'is undone by the next up, which then does its own work',
    onSandbox(async (host) => {
      await host.write('t.yaml', lab('t', LASTING));
      const before = await host.snapshot();
      await interrupted(host, upOf('t.yaml'), AT['everything made']);
      await host.write('t.yaml', lab('t'));
      const { stderr } = await host.pipewright('up', '-f', 't.yaml', '--yes');
      expect(stderr).toMatch(/was not finished; \d+ changes undone/);
      expect(await host.plan('t.yaml')).toEqual([]);
      await host.pipewright('down', 't', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'on a running topology: it runs as before',
    onSandbox(async (host) => {
      await host.write('t.yaml', lab('t'));
      await host.pipewright('up', '-f', 't.yaml', '--yes');
      const running = await host.snapshot();
      const changed = lab('t', LASTING)
        .replace('  n3: { networks: [lan] }\n', '')
        .replace('n5: { networks: [lan] }', 'n5: { networks: { lan: { name: wan0, address: 10.0.0.99/24 } } }')
        .replace('address: 10.0.0.1/24', 'address: 10.0.0.254/24, mtu: 1400');
      await host.write('changed.yaml', changed);
      await interrupted(host, upOf('changed.yaml'), AT['everything made']);
      await host.pipewright('recover');
      expect(await host.snapshot()).toEqual(running);
      expect(await host.plan('t.yaml')).toEqual([]);
    }),
  );

  test(
    'and whose recovery is killed as well',
    onSandbox(async (host) => {
      await host.write('t.yaml', lab('t', LASTING));
      const before = await host.snapshot();
      await interrupted(host, upOf('t.yaml'), AT['everything made']);
      const halfway = '[ "$(ls /run/netns | wc -l)" -le 6 ]';
      await interrupted(host, ['recover'], halfway);
      await host.pipewright('recover');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'leaves a device alone that a user made since under the name of ours',
    onSandbox(async (host) => {
      await host.write('t.yaml', lab('t', LASTING));
      await interrupted(host, upOf('t.yaml'), AT['everything made']);
      await host.sh('ip link del br-t; ip link add br-t type bridge; ip link set br-t mtu 1300');
      const { stdout } = await host.pipewright('recover');
      expect(stdout).toMatch(/device .* is there and is not ours/);
      const links = await host.ip(undefined, 'link', 'show');
      expect(links.map(({ ifname, mtu }) => [ifname, mtu])).toEqual([
        ['lo', 65536],
        ['br-t', 1300],
      ]);
    }),
  );

  test(
    'is forgotten if that is wished: what it made stays, and goes by its marks',
    onSandbox(async (host) => {
      await host.write('t.yaml', lab('t', LASTING));
      const before = await host.snapshot();
      await interrupted(host, upOf('t.yaml'), AT['everything made']);
      const made = await host.snapshot();
      await host.pipewright('recover', '--forget');
      expect(await host.snapshot()).toEqual(made);
      await host.pipewright('down', 't', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

test(
  'a down that is killed: recover brings the topology back',
  onSandbox(async (host) => {
    await host.write('t.yaml', lab('t', '', 20));
    await host.pipewright('up', '-f', 't.yaml', '--yes');
    const running = await host.snapshot();
    const { code } = await interrupted(host, ['down', 't', '--yes'], AT['the first stage written down']);
    expect(code).toBe(KILLED);
    await host.pipewright('recover');
    expect(await host.snapshot()).toEqual(running);
    expect(await host.plan('t.yaml')).toEqual([]);
  }),
);

test(
  'an up of one topology that is killed is undone before another changes something',
  onSandbox(async (host) => {
    await host.write('one.yaml', lab('one', LASTING));
    await host.write('two.yaml', lab('two'));
    await interrupted(host, upOf('one.yaml'), AT['everything made']);
    const { stderr } = await host.pipewright('up', '-f', 'two.yaml', '--yes');
    expect(stderr).toMatch(/`up` of one, .* was not finished; \d+ changes undone/);
    expect((await host.namespaces()).filter((name) => name.startsWith('one-'))).toEqual([]);
    expect(await host.plan('two.yaml')).toEqual([]);
  }),
);

for (const [what, signals] of [
  ['one ^C', ['INT']],
  ['several, and the terminal goes', ['INT', 'INT', 'TERM', 'HUP', 'INT']],
] as const)
  test(
    `${what}: everything is put back, and nothing is left to recover`,
    onSandbox(async (host) => {
      await host.write('t.yaml', lab('t', LASTING));
      const before = await host.snapshot();
      const { code } = await interrupted(host, upOf('t.yaml'), AT['everything made'], signals);
      expect(code).toBe(130);
      expect(await host.snapshot()).toEqual(before);
      expect((await host.pipewright('recover')).stdout).toBe('Nothing to recover.\n');
    }),
  );

const DHCP = `
name: t
networks: { lan: { kind: bridge } }
nodes: { a: { networks: { lan: { dhcp: { timeout: 600 } } } } }
`;

for (const executor of ['netlink', 'shell'])
  test(
    `who waits for a lease waits no longer, and the client is ended (${executor})`,
    onSandbox(async (host) => {
      await host.write('t.yaml', DHCP);
      const before = await host.snapshot();
      const waits = 'grep -qsw discover /run/pipewright/processes/*/log';
      const { code, stderr } = await interrupted(host, upOf('t.yaml'), waits, ['TERM'], {
        PIPEWRIGHT_EXECUTOR: executor,
      });
      expect({ code, stderr }).toMatchObject({
        code: 130,
        stderr: expect.stringContaining('PW_INTERRUPTED') as string,
      });
      expect(await host.snapshot()).toEqual(before);
      expect(await host.sh('ps -o stat= -C udhcpc | grep -v Z || :')).toBe('');
      expect(await host.sh('ls /run/pipewright/processes 2> /dev/null || :')).toBe('');
    }),
  );
