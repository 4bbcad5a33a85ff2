import { onDockerd, onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { whileUp } from './support.js';

const LAN = (dns: string): string =>
  `lan: { kind: bridge, subnet: [10.64.0.0/24, "fd00:64::/64"], address: [10.64.0.1/24, "fd00:64::1/64"], dns: ${dns} }`;

const file = (dns = 'true', redis = '10.64.0.8'): string => `
name: t
networks: { ${LAN(dns)} }
nodes:
  redis: { networks: { lan: { address: [${redis}/24, "fd00:64::8/64"] } } }
  web: { networks: [lan], service-links: ["redis:db"] }
  other: { networks: [lan] }
`;

/** Addresses that what runs in a node finds behind a name; the resolver's own word where there are none. */
const lookUp = async (host: Sandbox, node: string, name: string): Promise<readonly string[]> => {
  const { stdout } = await host.tryPipewright('exec', node, '--', 'getent', 'ahosts', name);
  return [...new Set(stdout.split('\n').flatMap((it) => (it === '' ? [] : [it.split(' ')[0] ?? ''])))].sort();
};

/** What a server answers, asked over the wire of a node: a code where it has no address. */
const ASK = `
const resolver = new (require('node:dns').promises.Resolver)({ timeout: 2000, tries: 2 });
const [server, type, ...names] = process.argv.slice(1);
resolver.setServers([server]);
Promise.all(names.map((it) => resolver.resolve(it, type).then(String, (error) => error.code))).then((all) => console.log(all.join(' ')));`;

const ask = async (host: Sandbox, node: string, ...words: readonly string[]): Promise<string> =>
  (await host.pipewright('exec', node, '--', process.execPath, '-e', ASK, ...words)).stdout.trim();

const helper = async (host: Sandbox) => {
  const { helpers } = (await host.pipewright('status', '--json')).json() as {
    readonly helpers: readonly { readonly state: string; readonly facts: Readonly<Record<string, string>> }[];
  };
  return helpers[0];
};

test(
  'names of nodes and of service links, of both families, asked by either; all else is refused',
  whileUp(file(), async (host) => {
    expect(await lookUp(host, 'other', 'redis')).toEqual(['10.64.0.8', 'fd00:64::8']);
    expect(await lookUp(host, 'other', 'db')).toEqual(['10.64.0.8', 'fd00:64::8']);
    expect(await lookUp(host, 'redis', 'nobody')).toEqual([]);
    const names = ['db', 'web', 'nobody', 'www.example.com'];
    expect(await ask(host, 'other', '10.64.0.1', 'A', ...names)).toMatch(
      /^10\.64\.0\.8 10\.64\.0\.\d+ ENOTFOUND EREFUSED$/,
    );
    expect(await ask(host, 'other', '[fd00:64::1]', 'AAAA', 'redis')).toBe('fd00:64::8');
    expect(await helper(host)).toMatchObject({ state: 'running', facts: { serves: '10.64.0.1 fd00:64::1' } });
    // Nobody else's port 53 is taken.
    expect(await host.sh('ss -lnuH sport = 53 | wc -l')).toBe('2\n');
  }),
);

test(
  'a node that moves is found where it is; a server that died is told, and started again',
  whileUp(file(), async (host) => {
    await host.write('pipewright.yaml', file('true', '10.64.0.80'));
    await host.pipewright('up', '--yes');
    expect(await lookUp(host, 'web', 'redis')).toContain('10.64.0.80');
    const pids = (await helper(host))?.facts['pid'] ?? '';
    await host.sh(`for it in ${pids}; do [ "$(cat /proc/$it/comm)" != dnsmasq ] || kill $it; done`);
    await host.sh(`for it in ${pids}; do while [ -e /proc/$it/fd/0 ]; do sleep 0.02; done; done`);
    expect((await host.tryPipewright('status', '--check')).code).toBe(3);
    await host.pipewright('up', '--yes');
    expect(await lookUp(host, 'web', 'redis')).toContain('10.64.0.80');
  }),
);

test(
  'a node in two networks finds the names of both, in each its own',
  onSandbox(async (host) => {
    const net = (n: number) =>
      `{ kind: bridge, subnet: 10.${String(n)}.0.0/24, address: 10.${String(n)}.0.1/24, dns: true }`;
    await host.write(
      'pipewright.yaml',
      `name: t
networks: { one: ${net(65)}, two: ${net(66)} }
nodes: { a: { networks: [one, two] }, b: { networks: [two, one] }, x: { networks: [one] }, y: { networks: [two] } }
`,
    );
    await host.pipewright('up', '--yes');
    for (const node of ['a', 'b'])
      expect([...(await lookUp(host, node, 'x')), ...(await lookUp(host, node, 'y'))]).toEqual([
        expect.stringMatching(/^10[.]65/),
        expect.stringMatching(/^10[.]66/),
      ]);
    expect(await lookUp(host, 'x', 'a')).toEqual([expect.stringMatching(/^10[.]65/)]);
    expect(await lookUp(host, 'y', 'a')).toEqual([expect.stringMatching(/^10[.]66/)]);
    await host.pipewright('down', '--yes');
  }),
);

test(
  'a container that is told of it asks it',
  onDockerd(async (host, engine) => {
    const made = 'made: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan], dns: 10.64.0.1 }';
    await host.write('pipewright.yaml', `${file()}  ${made}\n`);
    await host.pipewright('up', '--yes');
    expect(await engine.docker('exec', 't-made', 'busybox', 'nslookup', 'redis')).toContain('10.64.0.8');
    await host.pipewright('down', '--yes');
  }),
);

test(
  'other names are asked of a server that is named',
  onSandbox(async (host) => {
    await host.sh('ip addr add 192.0.2.53/32 dev lo');
    host.spawn(
      ['dnsmasq', '-k', '-C', '/dev/null', '--no-resolv', '--bind-interfaces', '--listen-address=192.0.2.53'].concat([
        '--address=/example.com/198.51.100.7',
        '--pid-file=/mnt/upstream.pid',
        '--user=root',
      ]),
    );
    await host.sh('until ss -lnuH src 192.0.2.53 | grep -q .; do sleep 0.02; done');
    await host.write('pipewright.yaml', file('{ forward: [192.0.2.53] }'));
    await host.pipewright('up', '--yes');
    expect(await ask(host, 'web', '10.64.0.1', 'A', 'www.example.com', 'db')).toBe('198.51.100.7 10.64.0.8');
    await host.pipewright('down', '--yes');
  }),
);

test(
  'a port that somebody has is an error with the words of dnsmasq, and all is undone',
  onSandbox(async (host) => {
    host.spawn(['node', '-e', "require('node:dgram').createSocket('udp4').bind(53, '0.0.0.0')"]);
    await host.sh('until ss -lnuH sport = 53 | grep -q .; do sleep 0.02; done');
    const before = await host.snapshot();
    await host.write('pipewright.yaml', file());
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/dns/)]);
    expect(await host.snapshot()).toEqual(before);
  }),
);
