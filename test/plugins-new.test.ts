import { fileURLToPath } from 'node:url';
import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

/** What `plugins new` writes is a plugin: it works as it is, is sound TypeScript, and its own test passes. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KINDS = ['network', 'link', 'node', 'feature'];
/** A word that is not one in code. */
const NAME = 'quiet-new';
/** Each runs a dozen programs, compiler and vitest among them. */
const LONG = 180_000;

describe.each(KINDS)('a new %s kind', (kind) => {
  test(
    'comes up, reaches what it should, and goes without a trace',
    onSandbox(async (host) => {
      await host.pipewright('plugins', 'new', NAME, '--kind', kind);
      const file = `${NAME}/topology.yaml`;
      const before = await host.snapshot();
      await host.pipewright('validate', '-f', file);
      expect(await host.plan(file)).not.toEqual([]);
      await host.pipewright('up', '-f', file, '--yes');
      await host.pipewright('ping', '-f', file);
      await seen[kind]!(host);
      expect(await host.plan(file)).toEqual([]);
      await host.pipewright('down', '-f', file, '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
    LONG,
  );
});

test(
  'a new kind of each contract passes the compiler, and its own test',
  onSandbox(async (host) => {
    for (const kind of KINDS) await host.pipewright('plugins', 'new', `${NAME}-${kind}`, '--kind', kind);
    await installed(host);
    const [node = ''] = host.cli;
    const compiler = await host.run([node, 'node_modules/typescript/bin/tsc', '-p', '.']);
    expect(compiler).toMatchObject({ code: 0, stdout: '' });
    const tests = await host.run([node, 'node_modules/vitest/vitest.mjs', 'run']);
    expect(tests).toMatchObject({ code: 0, stdout: expect.stringMatching(/Test Files +4 passed/) as string });
  }),
  LONG,
);

/** What is special about each, as the kernel tells it. */
const seen: Readonly<Record<string, (host: Sandbox) => Promise<void>>> = {
  network: async (host) => {
    const bridges = await host.ip(undefined, 'link', 'show', 'type', 'bridge');
    expect(bridges).toMatchObject([{ linkinfo: { info_data: { ageing_time: 500 } } }]);
  },
  link: async (host) => {
    const [b] = await host.ip('b', 'link', 'show', 'dev', 'eth1');
    expect(await host.ip('a', 'neighbour', 'show', 'dev', 'eth1')).toMatchObject([
      { dst: '10.77.0.2', lladdr: b?.['address'], state: ['PERMANENT'] },
    ]);
  },
  node: async (host) => {
    expect(await host.ping('a', 'b', `${NAME}/topology.yaml`)).toBe(true); // from one network to the other
  },
  feature: async (host) => {
    const settings = await Promise.all(
      ['a', 'b'].map(async (node) =>
        host.sh('cat /proc/sys/net/ipv4/conf/all/arp_ignore', { namespace: await host.namespaceOf(node) }),
      ),
    );
    expect(settings).toEqual(['0\n', '1\n']);
  },
};

/** As `npm install` would: a folder of its own, as tools write there. */
async function installed(host: Sandbox): Promise<void> {
  await host.sh(`mkdir node_modules && ln -s ${ROOT}node_modules/* node_modules/`);
  const compilerOptions = { composite: false, declarationMap: false, sourceMap: false, noEmit: true };
  const tsconfig = { extends: `${ROOT}tsconfig.base.json`, compilerOptions, include: ['*/*.ts'] };
  await host.write('tsconfig.json', JSON.stringify(tsconfig));
}

describe('plugins new', () => {
  test(
    'overwrites nothing, and says what is in the way',
    onSandbox(async (host) => {
      await host.write('lab/index.ts', 'mine');
      const { code, stderr } = await host.tryPipewright('plugins', 'new', 'wire', '--folder', 'lab');
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('lab/index.ts') as string });
      expect(await host.read('lab/index.ts')).toBe('mine');
      expect((await host.run(['ls', 'lab'])).stdout).toBe('index.ts\n');
    }),
  );

  const MISTAKES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /needs NAME/],
    [['Wire'], /"Wire".*lower-case/s],
    [['../wire'], /"..\/wire".*lower-case/s],
    [['veth', '--kind', 'network'], /"veth".*taken/s],
    [['wire', '--kind', 'fabric'], /--kind.*network, link, node, feature/s],
    [['wire', 'more'], /"more"/],
  ];
  for (const [args, says] of MISTAKES)
    test(
      `refuses ${JSON.stringify(args)}`,
      onSandbox(async (host) => {
        const { code, stderr } = await host.tryPipewright('plugins', 'new', ...args);
        expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) as string });
        expect((await host.run(['ls'])).stdout).toBe('');
      }),
    );
});

describe('plugins', () => {
  test(
    'lists what is built in, what the file asks for and what the command line does',
    onSandbox(async (host) => {
      await host.pipewright('plugins', 'new', 'wire', '--kind', 'link');
      await host.pipewright('plugins', 'new', 'box', '--kind', 'node', '--folder', 'mine');
      const args = ['-f', 'wire/topology.yaml', '--plugin', './mine'];
      const { plugins } = (await host.pipewright('plugins', ...args, '--json')).json() as {
        readonly plugins: readonly { readonly name: string; readonly kinds: readonly object[] }[];
      };
      const named = (name: string) => plugins.find((it) => it.name === name);
      expect(named('veth')).toMatchObject({ from: 'built in', kinds: [{ contract: 'link', kind: 'veth' }] });
      expect(named('wire')).toMatchObject({ from: './index.ts', version: '0.1.0', kinds: [{ contract: 'link' }] });
      expect(named('box')).toMatchObject({ from: './mine', kinds: [{ contract: 'node', kind: 'box' }] });

      const { stdout } = await host.pipewright('plugins', 'list', ...args);
      expect(stdout).toMatch(/^CONTRACT +KIND +PLUGIN +VERSION +FROM +SUMMARY$/m);
      expect(stdout).toMatch(/^link +wire +wire +0\.1\.0 +\.\/index\.ts +A cable .*\.$/m);
    }),
  );

  const MISTAKES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['lst'], /"plugins lst".*"plugins list"/s],
    [['list', 'wire'], /"wire"/],
    [['--kind', 'link'], /--kind/],
  ];
  for (const [args, says] of MISTAKES)
    test(
      `refuses ${JSON.stringify(args)}`,
      onSandbox(async (host) => {
        const { code, stderr } = await host.tryPipewright('plugins', ...args);
        expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) as string });
      }),
    );
});
