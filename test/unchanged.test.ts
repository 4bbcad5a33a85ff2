import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { recordBytes, recordIn } from '../packages/host/src/recall/record.js';

const TOPOLOGY = `
name: t
networks: { lan: { kind: bridge, bridge: br1, subnet: 10.0.0.0/24 } }
nodes:
  a:
    networks: { lan: { neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } }
    sysctls: { net.ipv4.ip_forward: 1 }
  b: { networks: [lan] }
links:
  - endpoints: [a:x0, b:x0]
    mtu: \${MTU:-1400}
`;
const UP = ['up', '--yes'];
const FOLDER = '/run/pipewright/.unchanged';
/** Of a record that nobody wrote: who reads it says so. */
const MARKED = 'as was written here\n';

const kept = (host: Sandbox): string => {
  const [name = ''] = readdirSync(host.path(FOLDER));
  return host.path(`${FOLDER}/${name}`);
};

/** Puts other words into what is kept, so that it is seen who looks at it alone. */
function mark(host: Sandbox): void {
  const record = recordIn(readFileSync(kept(host)));
  if (!record) throw new Error('nothing is kept');
  const said = [{ to: 1, text: MARKED }] as const;
  writeFileSync(kept(host), Buffer.concat(recordBytes({ ...record.head, said }, record.bytes)));
}

/** With all as declared, and that kept; devices take a moment until they have a carrier. */
async function settle(host: Sandbox): Promise<void> {
  await host.pipewright(...UP);
  await expect
    .poll(async () => {
      await host.pipewright(...UP);
      mark(host);
      return (await host.pipewright(...UP)).stdout;
    })
    .toBe(MARKED);
}

interface Change {
  readonly what: string;
  readonly make: (host: Sandbox) => unknown;
  readonly env?: Readonly<Record<string, string>>;
}

const flipped = (bytes: Buffer, at: number): Buffer => {
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  return bytes;
};

const CHANGES: readonly Change[] = [
  { what: 'half a record', make: (host) => truncateSync(kept(host), 900) },
  { what: 'an empty one', make: (host) => truncateSync(kept(host)) },
  { what: 'garbage', make: (host) => writeFileSync(kept(host), 'x'.repeat(20_000)) },
  { what: 'one of another format', make: (host) => writeFileSync(kept(host), flipped(readFileSync(kept(host)), 20)) },
  { what: 'one with another bit', make: (host) => writeFileSync(kept(host), flipped(readFileSync(kept(host)), 70)) },
  { what: 'one that others may write', make: (host) => chmodSync(kept(host), 0o620) },
  { what: "somebody else's", make: (host) => chownSync(kept(host), 65_534, 65_534) },
  { what: 'a folder that others may write in', make: (host) => chmodSync(host.path(FOLDER), 0o770) },
  { what: "somebody else's folder", make: (host) => chownSync(host.path(FOLDER), 65_534, 65_534) },
  {
    what: 'a link in its place',
    make: (host) => {
      renameSync(kept(host), host.path('/run/elsewhere'));
      symlinkSync('/run/elsewhere', host.path(`${FOLDER}/link`));
    },
  },
  {
    what: 'a folder in its place',
    make: (host) => {
      const path = kept(host);
      rmSync(path);
      mkdirSync(path);
    },
  },
  { what: 'another text', make: (host) => host.write('pipewright.yaml', `${TOPOLOGY}# more\n`) },
  { what: 'a variable of the text', make: () => undefined, env: { MTU: '1400' } },
  { what: 'another path to programs', make: () => undefined, env: { PATH: `${process.env['PATH'] ?? ''}:/nowhere` } },
  { what: 'a ledger that somebody touched', make: (host) => host.sh('echo >> /run/pipewright/t/ledger.json') },
  { what: 'another device on the host', make: (host) => host.sh('ip link add name other type bridge') },
  { what: 'another address on the host', make: (host) => host.sh('ip addr add 192.0.2.1/24 dev lo') },
  {
    what: 'another address in a node',
    make: (host) => host.sh('ip addr add 192.0.2.1/24 dev lo', { namespace: 't-b' }),
  },
  { what: 'another namespace', make: (host) => host.sh('ip netns add other') },
];

test(
  'what is kept of an up that found nothing to do is all that the next looks at, unless something is different',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    await settle(host);
    for (const { what, make, env } of CHANGES) {
      await make(host);
      const { stdout } = await host.run([...host.cli, ...UP], env ? { env } : {});
      expect([what, stdout]).toEqual([what, 'No changes; t is as declared.\n']);
      rmSync(host.path(FOLDER), { recursive: true });
      await settle(host);
    }

    await host.sh('ip addr flush dev eth0', { namespace: 't-a' });
    expect((await host.pipewright(...UP)).stdout).toContain('t is up');
    expect(existsSync(host.path(FOLDER)), 'what was kept is not so any more').toBe(false);
    await settle(host);
    await host.pipewright('down', '--yes');
    expect(existsSync(host.path(FOLDER))).toBe(false);
  }),
);

test(
  'an up that finds nothing to do says the same however it looks, and waits for others',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    await settle(host);
    for (const words of [['up', '--yes', '--json'], ['up'], ['up', '-v'], ['up', '-f', 'pipewright.yaml', '-q']]) {
      const [whole, again] = [await host.tryPipewright(...words), await host.tryPipewright(...words)];
      expect([again.code, again.stdout, again.stderr]).toEqual([0, whole.stdout, whole.stderr]);
    }
    expect(readdirSync(host.path(FOLDER))).toHaveLength(5);

    rmSync(host.path(FOLDER), { recursive: true });
    await host.pipewright(...UP);
    mark(host);
    const others = ['flock', '/run/pipewright/lock', 'sh', '-c', 'touch /run/held; sleep 3'];
    host.spawn(others);
    await expect.poll(() => existsSync(host.path('/run/held'))).toBe(true);
    const waited = await host.pipewright(...UP);
    expect([waited.stdout, waited.stderr]).toEqual([
      'No changes; t is as declared.\n',
      expect.stringContaining('waiting'),
    ]);

    const nobody = await host.run(['setpriv', '--reuid', '65534', '--clear-groups', ...host.cli, ...UP]);
    expect(nobody.stdout).toBe('');
    expect(nobody.code).not.toBe(0);
  }),
);

test(
  'nothing is kept of what was asked of a program',
  onSandbox(async (host) => {
    await host.write(
      'pipewright.yaml',
      TOPOLOGY.replace(
        'b: { networks: [lan] }',
        'b: { networks: { lan: { qdisc: tbf rate 10mbit burst 32k latency 50ms } } }',
      ),
    );
    await host.pipewright(...UP);
    for (const _ of [1, 2]) expect((await host.pipewright(...UP)).stdout).toBe('No changes; t is as declared.\n');
    expect(existsSync(host.path(FOLDER))).toBe(false);
  }),
);
