import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

/** A first topology: written by `init`, understood by all other commands. */

test(
  'with nothing said and nobody to ask there is one all the same, which comes up',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    const { stdout, stderr } = await host.pipewright('init');
    expect(stderr).toContain('pipewright init --help');
    expect(stdout).toMatch(/^Wrote pipewright\.yaml: mnt, 2 nodes, 1 network\.$/m);
    for (const line of nextLines(stdout)) await host.pipewright(...line, ...(line[0] === 'up' ? ['--yes'] : []));
    await host.pipewright('ping');
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

/** The commands that the output tells to type. */
const nextLines = (stdout: string): readonly (readonly string[])[] => {
  const lines = [...stdout.matchAll(/^ {2}pipewright (.*)$/gm)].map(([, words = '']) => words.split(' '));
  expect(lines).toHaveLength(2);
  return lines;
};

test(
  'what options say is in it, with the line for editors',
  onSandbox(async (host) => {
    const networks = ['--network', 'front=10.10.0.0/24', '--network', 'back=fd00::/64'];
    const said = ['--name', 'shop', '--nodes', 'web,db', ...networks, '--kind', 'netns'];
    const { stdout, stderr } = await host.pipewright('init', ...said, '-f', 'sub/shop.yml');
    expect(stderr).toBe('');
    expect(nextLines(stdout)).toEqual([
      ['plan', '-f', 'sub/shop.yml'],
      ['up', '-f', 'sub/shop.yml'],
    ]);
    expect(await host.read('sub/shop.yml')).toMatch(/^# yaml-language-server: \$schema=pipewright\.schema\.json$/m);
    const valid = await host.pipewright('validate', '-f', 'sub/shop.yml', '--json');
    expect(valid.json()).toMatchObject({
      name: 'shop',
      networks: [{ name: 'front' }, { name: 'back' }],
      nodes: [{ name: 'web' }, { name: 'db' }],
    });
  }),
);

test(
  'a kind may come from a plugin, with options of its own',
  onSandbox(async (host) => {
    await host.pipewright('plugins', 'new', 'router', '--kind', 'node');
    await host.pipewright('init', '--plugin', './router', '--kind', 'router,ipv6=false', '-f', 'lab/lab.yaml');
    expect(await host.read('lab/lab.yaml')).toContain('plugins:\n  - ../router\n');
    const valid = await host.pipewright('validate', '-f', 'lab/lab.yaml', '--json');
    expect(valid.json()).toMatchObject({ nodes: [{ kind: 'router', options: { ipv6: false } }, { kind: 'router' }] });
  }),
);

test(
  'on standard output nothing is written to',
  onSandbox(async (host) => {
    const { stdout } = await host.pipewright('init', '-f', '-', '--nodes', '1');
    expect(await host.run([...host.cli, 'validate', '-f', '-'], { input: stdout })).toMatchObject({ code: 0 });
    expect((await host.run(['ls'])).stdout).toBe('');
  }),
);

test(
  'what is there is overwritten only by --force',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', 'mine');
    expect(await refused(host)).toMatch(/pipewright\.yaml is there already.*--force/s);
    expect(await host.read('pipewright.yaml')).toBe('mine');
    await host.pipewright('init', '--force');
    await host.pipewright('validate');
  }),
);

async function refused(host: Sandbox, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await host.tryPipewright('init', ...args);
  expect({ code, stderr }).toMatchObject({ code: 2 });
  return stderr;
}

describe('refused, and nothing written:', () => {
  const MISTAKES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['--name', 'my shop'], /--name.*"my shop"/],
    [['--nodes', 'a,a'], /--nodes.*"a,a"/],
    [['--network', '10.0.0.1/24'], /--network.*"10\.0\.0\.1\/24"/],
    [['--network', '10.0.0.0/24', '--network', '10.1.0.0/24'], /--network.*"lan" twice/],
    [['--network', '10.0.0.0/29', '--nodes', '9'], /exhausted/],
    [['--kind', 'netnz'], /--kind.*"netnz".*netns/],
    [['--kind', 'netns,size=2'], /"size" is no key/],
    [['-f', 'shop.ts'], /--file.*"shop\.ts"/],
  ];
  for (const [args, says] of MISTAKES)
    test(
      args.join(' '),
      onSandbox(async (host) => {
        expect(await refused(host, ...args)).toMatch(says);
        expect((await host.run(['ls'])).stdout).toBe('');
      }),
    );
});

describe('on a terminal', () => {
  /** Types into a terminal that the command sits at, once it asks: before that, ^C is a signal and no key. */
  const typed = (host: Sandbox, input: string) => {
    const asked = 'until grep -qs "Name of the topology" /run/said; do sleep 0.1; done';
    const terminal = `script --quiet --return --flush --command "${host.cli.join(' ')} init" /run/said`;
    return host.run(['sh', '-c', `(${asked}; cat) | ${terminal}`], { input });
  };

  test(
    'it asks',
    onSandbox(async (host) => {
      const { code, stdout } = await typed(host, 'shop\nweb,db\nfront=10.9.0.0/24\n\n');
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('topology [mnt]') as string });
      expect((await host.pipewright('validate', '--json')).json()).toMatchObject({
        name: 'shop',
        networks: [{ name: 'front', subnets: ['10.9.0.0/24'] }],
        nodes: [{ name: 'web' }, { name: 'db' }],
      });
    }),
  );

  test(
    '^C writes nothing',
    onSandbox(async (host) => {
      expect(await typed(host, 'shop\n\x03')).toMatchObject({ code: 130 });
      expect((await host.run(['ls'])).stdout).toBe('');
    }),
  );
});
