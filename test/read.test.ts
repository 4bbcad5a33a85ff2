import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

const YAML = 'name: found\nnodes: { a: {} }\n';
const JSON_TEXT = '{ "name": "found", "nodes": { "a": {} } }';

const FILES: readonly (readonly [name: string, text: string])[] = [
  ['pipewright.yaml', YAML],
  ['pipewright.yml', YAML],
  ['pipewright.json', JSON_TEXT],
  ['pipewright.ts', `const name: string = 'found';\nexport default { name, nodes: { a: {} } };\n`],
  ['pipewright.mjs', `export default { name: 'found', nodes: { a: {} } };\n`],
];

const topologyOf = async (host: Sandbox, ...args: readonly string[]): Promise<unknown> =>
  ((await host.pipewright('plan', ...args, '--json')).json() as { readonly topology: string }).topology;

describe('a topology is found as', () => {
  for (const [name, text] of FILES)
    test(
      name,
      onSandbox(async (host) => {
        await host.write(name, text);
        expect(await topologyOf(host)).toBe('found');
        await host.write(`elsewhere/${name}`, text);
        expect(await topologyOf(host, '-f', `elsewhere/${name}`)).toBe('found');
      }),
    );

  test(
    'standard input',
    onSandbox(async (host) => {
      const piped = await host.run([...host.cli, 'plan', '-f', '-', '--json'], { input: YAML });
      expect(piped.json()).toMatchObject({ topology: 'found' });
      const wrong = await host.run([...host.cli, 'plan', '-f', '-'], { input: 'name: x\nnoodles: {}\n' });
      expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/:2:1/) as string });
    }),
  );
});

describe('variables of the environment', () => {
  const TEXT =
    'name: ${LAB:-found}\nnetworks: { lan: { kind: bridge, subnet: "10.${NET:-0}.0.0/24" } }\nnodes: { a: { networks: [lan] } }\n';
  const ROWS: readonly (readonly [env: Record<string, string>, topology: string, address: string])[] = [
    [{}, 'found', '10.0.0.2/24'],
    [{ LAB: 'lab', NET: '7' }, 'lab', '10.7.0.2/24'],
    [{ LAB: '' }, 'found', '10.0.0.2/24'],
  ];
  for (const [env, topology, address] of ROWS)
    test(
      JSON.stringify(env),
      onSandbox(async (host) => {
        await host.write('pipewright.yaml', TEXT);
        const finished = await host.run([...host.cli, 'plan', '--json'], { env });
        expect(finished.json()).toMatchObject({ topology });
        expect(finished.stdout).toContain(address);
      }),
    );

  test(
    'the folder of the state is the usual one where its variable is empty',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', 'name: t\nnodes: { a: {} }\n');
      const env = { PIPEWRIGHT_STATE_DIR: '' };
      expect(await host.run([...host.cli, 'up', '--yes'], { env })).toMatchObject({ code: 0 });
      expect(await host.plan()).toEqual([]);
      expect(await host.sh('ls /run/pipewright')).toContain('t\n');
    }),
  );

  test(
    'a value is a value, whatever it holds',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TEXT);
      const finished = await host.run([...host.cli, 'plan'], { env: { LAB: 'x\nnodes: { evil: {} }' } });
      expect(finished.code).toBe(2);
    }),
  );
});

test(
  'code in the working folder of somebody else is not run as root unless it is named',
  onSandbox(async (host) => {
    await host.write(
      'pipewright.mjs',
      `import { writeFileSync } from 'node:fs';\nwriteFileSync('/mnt/ran', '');\nexport default { name: 'found', nodes: { a: {} } };\n`,
    );
    await host.sh('chown 65534 pipewright.mjs');
    expect((await host.tryPipewright('plan')).code).toBe(2);
    expect((await host.run(['test', '-e', 'ran'])).code).toBe(1);
    expect(await topologyOf(host, '-f', 'pipewright.mjs')).toBe('found');
  }),
);

for (const [what, text] of [
  ['waits for what never comes', 'export default new Promise(() => {});\n'],
  ['ends the process', 'process.exit(0);\n'],
] as const)
  test(
    `a topology that ${what} does not pass for one that is up`,
    onSandbox(async (host) => {
      await host.write('t.ts', text);
      expect(await host.tryPipewright('up', '-f', 't.ts', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('PW_UNFINISHED') as string,
      });
      const told = await host.tryPipewright('validate', '-f', 't.ts', '--json');
      expect(told.json()).toMatchObject({ error: { code: 'PW_UNFINISHED' } });
    }),
  );

test(
  'what code says is no part of what a command prints',
  onSandbox(async (host) => {
    await host.write('t.ts', `console.log('said');\nexport default { name: 'found', nodes: { a: {} } };\n`);
    const told = await host.pipewright('plan', '-f', 't.ts', '--json');
    expect([told.json(), told.stderr]).toMatchObject([{ topology: 'found' }, 'said\n']);
  }),
);
