import { onHosts, onSandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { pair, takeAway, whileUp } from './support.js';

const TOPOLOGY = `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 }, other: { kind: bridge, subnet: 10.1.0.0/24 } }
nodes:
  a: { networks: [lan] }
  b: { networks: [lan] }
  c: { networks: [other] }
  d: { networks: [other] }
  e: {}
links: [[{ node: d, nic: x0, address: 10.2.0.1/30 }, { node: e, nic: x0, address: 10.2.0.2/30 }]]
`;

const AWAY = `
name: t
hosts: { h1: { ssh: root@h1 } }
networks:
  here: { kind: bridge, subnet: 10.9.0.0/24 }
  there: { kind: bridge, subnet: 10.9.1.0/24 }
nodes:
  a: { networks: [here] }
  b: { networks: [here] }
  c: { host: h1, networks: [there] }
  d: { host: h1, networks: [there] }
`;

describe('ping', () => {
  test(
    'says that all reach their neighbours',
    whileUp(TOPOLOGY, async (host) => {
      const { stdout } = await host.pipewright('ping');
      for (const node of ['a', 'b', 'c', 'd']) expect(stdout).toContain(node);
    }),
  );

  test(
    'of two that are named takes the way that routes lead, with loopbacks',
    whileUp(
      `
name: t
networks:
  left: { kind: bridge, subnet: 10.1.0.0/24, gateway: 10.1.0.1 }
  right: { kind: bridge, subnet: 10.2.0.0/24, gateway: 10.2.0.1 }
nodes:
  a: { networks: [left] }
  b: { networks: [right], loopback: 10.255.0.9 }
  r: { networks: { left: { address: 10.1.0.1/24 }, right: { address: 10.2.0.1/24 } }, sysctls: { net.ipv4.ip_forward: 1 } }
  alone: {}
`,
      async (host) => {
        expect((await host.pipewright('ping')).stdout).toMatch(/^a +- +ok +- *$/m);
        const { code, stdout } = await host.tryPipewright('ping', 'a', 'b');
        expect([code, stdout]).toEqual([1, expect.stringMatching(/^ {2}a → b 10\.255\.0\.9 over routes/m)]);
        await host.sh('ip route add 10.255.0.9 via 10.2.0.2', { namespace: 't-r' });
        expect((await host.pipewright('ping', 'a', 'b')).stdout).toContain('All of 3 addresses were reached.');
        expect((await host.pipewright('ping', 'a', 'alone')).stdout).toContain('a and alone have no addresses');
      },
    ),
  );

  test(
    'says who does not',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TOPOLOGY);
      await host.pipewright('up', '--yes');
      await host.sh('ip link set dev eth0 down', { namespace: 't-b' });
      expect((await host.tryPipewright('ping')).code).not.toBe(0);
      const printed = await host.tryPipewright('ping', '--json');
      expect(printed.code).not.toBe(0);
      expect(JSON.stringify(printed.json())).toMatch(/"b"/);
      await host.sh('ip netns del t-b');
      expect(await host.tryPipewright('ping')).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/a → b 10\.0\.0\.3 over lan: b is not up/) as string,
      });
      expect(await host.tryPipewright('exec', 'b', '--', 'true')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Node "b" is not up.*PW_NOT_UP/) as string,
      });
    }),
  );

  // The kernel has room for 1,024 neighbours in all its namespaces together.
  test(
    'asks more than the kernel can keep in mind, and leaves it as it was',
    onSandbox(async (host) => {
      const nodes = Array.from({ length: 36 }, (_, index) => `n${String(index)}: { networks: [lan] }`);
      const lan = '{ kind: bridge, subnet: 10.0.0.0/24 }';
      await host.write('pipewright.yaml', `{ name: t, networks: { lan: ${lan} }, nodes: { ${nodes.join(', ')} } }`);
      await host.pipewright('up', '--yes');
      const { stdout } = await host.pipewright('ping');
      expect(stdout).toContain('n35   35 of 35\n');
      expect(stdout).toContain('All of 1260 addresses were reached.');
      expect(await host.sh('ip neigh', { namespace: 't-n7' })).toBe('');
    }),
  );

  test(
    'of what is not up says that',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TOPOLOGY);
      const { code, stderr } = await host.tryPipewright('ping');
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/"t" is not up.*PW_NOT_UP/) as string,
      });
    }),
  );
});

test(
  'ping asks what it can while a host is away',
  onHosts(1, async ({ here }) => {
    await here.write('pipewright.yaml', AWAY);
    await here.pipewright('up', '--yes');
    await here.sh('ip link set dev h1-uplink down');
    expect((await here.pipewright('ping', 'a', 'b')).stderr).toContain('! Host "h1"');
    const { code, stdout } = await here.tryPipewright('ping');
    expect(code).toBe(1);
    expect(stdout).toMatch(/c → d .*c is on h1, which is not reached/);
    expect(stdout).not.toMatch(/a → b/);
  }),
);

describe('graph', () => {
  const FORMATS: readonly (readonly [format: string, pattern: RegExp])[] = [
    ['dot', /^(di)?graph [^]*\{[^]*\}\s*$/],
    ['mermaid', /^(graph|flowchart) /],
    ['svg', /^<svg xmlns[^]*<\/svg>\s*$/],
  ];
  for (const [format, pattern] of FORMATS)
    test(
      `${format} names every node, network and cable, up or not`,
      onSandbox(async (host) => {
        await host.write('pipewright.yaml', TOPOLOGY);
        const { stdout } = await host.pipewright('graph', '--format', format);
        expect(stdout).toMatch(pattern);
        for (const name of ['a', 'b', 'c', 'd', 'e', 'lan', 'other', 'x0'])
          expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
      }),
    );

  test(
    'the ending of a file says the format; a path that cannot be written is bad input',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', TOPOLOGY);
      const { stdout } = await host.pipewright('graph', '--format', 'svg');
      await host.pipewright('graph', '-o', 't.svg');
      expect((await host.sh('cat t.svg')).trim()).toBe(stdout.trim());
      expect(await host.tryPipewright('graph', '-o', 'no/t.svg')).toMatchObject({ code: 2 });
    }),
  );

  test(
    '--state marks a nic that is gone',
    whileUp(TOPOLOGY, async (host) => {
      expect((await host.pipewright('graph', '--state', '--format', 'svg')).stdout).not.toContain('missing');
      await host.sh('ip link del dev x0', { namespace: 't-e' });
      expect((await host.pipewright('graph', '--state', '--format', 'svg')).stdout).toMatch(/>missing<[^]*>missing</);
      expect((await host.pipewright('graph', '--state', '--format', 'mermaid')).stdout).toMatch(/ -\.-\|"x0.*missing/);
      expect((await host.pipewright('graph', '--state')).stdout).toMatch(/label="x0.*missing", style=dashed/);
      await host.pipewright('up', '--yes');
    }),
  );
});

describe('schema', () => {
  test(
    'is a JSON Schema that knows the kinds, whether or not there is a topology',
    onSandbox(async (host) => {
      const { stdout } = await host.pipewright('schema');
      expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org') as string });
      expect(stdout).toContain('bridge');
    }),
  );
});

describe('doctor', () => {
  test(
    'finds this host fit, and says what one without ip lacks',
    onSandbox(async (host) => {
      await host.pipewright('doctor');
      await takeAway(host, 'ip');
      const finished = await host.tryPipewright('doctor');
      expect(finished).toMatchObject({ code: 4 });
      expect(finished.stdout + finished.stderr).toMatch(/iproute2/);
    }),
  );
});

describe('help and version', () => {
  for (const args of [['--help'], ['up', '--help'], ['--version']])
    test(
      args.join(' '),
      onSandbox(async (host) => {
        expect((await host.pipewright(...args)).stdout).toMatch(
          args.includes('--version') ? /^\d+\.\d+\.\d+/ : /--yes|up/,
        );
      }),
    );
});

test(
  'validate needs no host, says yes to what is right',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', pair());
    expect((await host.pipewright('validate', '--json')).json()).toBeTypeOf('object');
  }),
);

const TELLS = `
import { definePlugin, networkDriver, PLUGIN_API, z } from '@pipewright/plugin';
const compile = () => { console.error('compiled'); return []; };
const told = networkDriver({ kind: 'told', summary: 'Tells.', options: z.object({}), compile });
export default definePlugin({ name: 'tells', api: PLUGIN_API, drivers: { networks: [told] } });
`;

test(
  'graph --state reads a text of several hosts once',
  onSandbox(async (host) => {
    await host.write('tells.mjs', TELLS);
    await host.write(
      'pipewright.yaml',
      'name: t\nplugins: [./tells.mjs]\nhosts: { local: {} }\nnetworks: { lan: { kind: told } }\nnodes: { a: {} }\n',
    );
    const { stderr } = await host.pipewright('graph', '--state');
    expect(stderr.match(/compiled/g)).toHaveLength(2); // as it is written, and as the host is
  }),
);
