import { type Dockerd, onDockerd, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { container, idOf, MADE, names } from './docker-words.js';
import { upKilledInCommand } from './support.js';

/** Two containers that somebody else runs: one on Docker's own network, one on none. */
async function theirs(engine: Dockerd): Promise<void> {
  await engine.docker('run', '--detach', '--name', 'web', 'bb:1');
  await engine.docker('run', '--detach', '--name', 'quiet', '--network', 'none', 'bb:1');
}

/** A program that misses something. */
const ENDS = `[sh, -c, "{ echo no settings; echo give some; } >&2; exit 3"]`;

const MIX = `
name: mix
networks: { lan: { kind: bridge, subnet: [10.60.0.0/24, "fd00:60::/64"] } }
nodes:
  web: { kind: docker, networks: { lan: { address: 10.60.0.2/24, name: lan0 } } }
  quiet: { kind: docker, env: { LINES: "one\\n 'two' \\"$HOME\\"\\n" }, networks: { lan: { address: 10.60.0.3/24, name: lan0 } } }
  made: { kind: docker, image: "bb:1", stop-timeout: 0, command: [sh, -c, "until [ -e /eat ]; do sleep 0.1; done; busybox rm /eat; exec busybox tail /dev/zero"], env: { GREETING: "a b'c", LINES: "one\\n 'two' \\"$HOME\\"\\n" }, networks: { lan: { address: 10.60.0.4/24 } } }
  bare: { networks: { lan: { address: 10.60.0.5/24 } } }
links: [[web:x0, bare:x0], [made:x0, bare:x1]]
`;

/** What the container of MIX does when it is told to: it takes memory until the kernel ends it. */
async function outOfMemory(engine: Dockerd, name: string): Promise<void> {
  await engine.docker('update', '--memory', '24m', '--memory-swap', '24m', name);
  await engine.docker('exec', name, 'sh', '-c', 'echo > /eat');
  expect(await engine.docker('wait', name)).toBe('137\n');
  expect(await engine.docker('inspect', '--format', '{{.State.OOMKilled}}', name)).toBe('true\n');
}

const addressesOf = async (engine: Dockerd, name: string): Promise<readonly string[]> =>
  [...(await engine.docker('exec', name, 'ip', '-4', '-o', 'addr')).matchAll(/inet (\S+)/g)].map(([, it = '']) => it);

describe('containers of Docker', () => {
  test(
    'that are there, that we make, and namespaces: all on one network',
    onDockerd(async (host, engine) => {
      await theirs(engine);
      await host.write('pipewright.yaml', MIX);
      const before = await host.snapshot();
      await host.pipewright('up', '--yes');
      await host.pipewright('ping');
      expect(await host.plan()).toEqual([]);
      expect(await engine.docker('exec', 'web', 'ip', 'addr')).toContain('172.17.0.2/16');
      expect((await host.pipewright('exec', 'made', '--', 'env')).stdout).toContain("\nGREETING=a b'c\n");
      for (const node of ['made', 'quiet']) {
        const { stdout } = await host.pipewright('exec', node, '--', 'sh', '-c', 'busybox printf "[%s]" "$LINES"');
        expect(stdout).toBe(`[one\n 'two' "$HOME"\n]`);
      }
      await host.pipewright('down', '--yes');
      expect(await names(engine)).toEqual(['quiet', 'web']);
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'that end at once are named, and all is put back',
    onDockerd(async (host, engine) => {
      // One more is made after it: by then it has ended, however slow the machine is.
      const next = '  next: { kind: docker, image: "bb:1", stop-timeout: 0, depends-on: [made] }\n';
      await host.write('pipewright.yaml', container('made', `, image: "bb:1", command: ${ENDS}`) + next);
      const before = await host.snapshot();
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect({ code, stderr }).toMatchObject({
        code: 1,
        // Which it is depends on how soon it ended.
        stderr: expect.stringMatching(
          /its command ended at once, with exit code 3: no settings \/ give some|container "t-made" ended right after it was started/,
        ) as string,
      });
      expect(await names(engine)).toEqual([]);
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'are wired again after a restart, a stop, when they ran out of memory, and when they are recreated',
    onDockerd(async (host, engine) => {
      await theirs(engine);
      await host.write('pipewright.yaml', MIX);
      await host.pipewright('up', '--yes');
      const happenings: readonly (readonly [nic: string, happens: () => Promise<unknown>])[] = [
        ['web/lan0', () => engine.docker('restart', '--time', '0', 'web')],
        [
          'quiet/lan0',
          async () => {
            await engine.docker('stop', '--time', '0', 'quiet');
            await engine.docker('start', 'quiet');
          },
        ],
        ['made/eth0', () => engine.docker('rm', '--force', 'mix-made')],
        ['made/eth0', () => engine.docker('stop', '--time', '0', 'mix-made')],
        ['made/eth0', () => outOfMemory(engine, 'mix-made')],
        [
          'quiet/lan0',
          async () => {
            await engine.docker('rm', '--force', 'quiet');
            await engine.docker('run', '--detach', '--name', 'quiet', '--network', 'none', 'bb:1');
          },
        ],
      ];
      for (const [nic, happens] of happenings) {
        await happens();
        const { code, stdout } = await host.tryPipewright('status', '--check');
        expect({ code, stdout }).toEqual({
          code: 3,
          stdout: expect.stringContaining(`device ${nic} is missing`) as string,
        });
        await host.pipewright('up', '--yes');
        await host.pipewright('ping');
        expect(await host.plan()).toEqual([]);
      }
    }),
  );

  test(
    'that share the namespace of another follow it into its next one',
    onDockerd(async (host, engine) => {
      await theirs(engine);
      const side = (of: string) => `{ kind: docker, image: "bb:1", stop-timeout: 0, namespace-of: ${of} }`;
      const more = 'rules: [{ from: 10.0.0.0/24, table: 77 }], routes: [{ to: 10.92.0.0/16, kind: blackhole }]';
      const text = `${MADE.replace('stop-timeout', `${more}, stop-timeout`)}  web: { kind: docker, networks: [lan] }\n  side: ${side('made')}\n  beside: ${side('web')}\n`;
      await host.write('pipewright.yaml', text);
      await host.pipewright('up', '--yes');
      for (const [what, ...argv] of [
        ['made', 'restart', '--time', '0', 't-made'],
        ['made', 'stop', '--time', '0', 't-made'],
        ['made', 'rm', '--force', 't-made'],
        ['both', 'stop', '--time', '0', 't-made', 't-side'],
        ['both', 'rm', '--force', 't-made', 't-side'],
        ['web', 'restart', '--time', '0', 'web'],
      ]) {
        await engine.docker(...argv);
        expect((await host.tryPipewright('status', '--check')).code, argv.join(' ')).toBe(3);
        // The old namespace does not come back where this is undone, and nothing is missed of it.
        await host.write('pipewright.yaml', `${text}  bad: { commands: ["false"] }\n`);
        expect(await host.tryPipewright('up', '--yes'), argv.join(' ')).toMatchObject({ code: 1 });
        await host.write('pipewright.yaml', `${text}  bad: { commands: ["sleep 1000"] }\n`);
        await upKilledInCommand(host);
        await host.pipewright('recover');
        await host.write('pipewright.yaml', text);
        await host.pipewright('up', '--yes');
        expect(await host.plan(), argv.join(' ')).toEqual([]);
        const [one, nic] = what === 'web' ? ['beside', 'eth1'] : ['side', 'eth0'];
        expect((await host.pipewright('exec', one, '--', 'ip', 'addr', 'show', nic)).stdout).toContain('10.0.0.');
      }
    }),
    120_000,
  );

  test(
    'that have another name by now keep nothing that was given to the one of that name',
    onDockerd(async (host, engine) => {
      const run = (name: string) => engine.docker('run', '--detach', '--name', name, '--network', 'none', 'bb:1');
      for (const name of ['web', 'db']) await run(name);
      const untouched = await addressesOf(engine, 'web');
      await host.write(
        'pipewright.yaml',
        `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  web: { kind: docker, networks: { lan: { address: 10.0.0.2/24 } }, routes: [{ to: 10.77.0.0/16, via: 10.0.0.9 }] }
  db: { kind: docker, networks: { lan: { address: 10.0.0.3/24 } } }
`,
      );
      const isAsDeclared = async (): Promise<void> => {
        await host.pipewright('up', '--yes');
        expect(await host.plan()).toEqual([]);
        expect(await addressesOf(engine, 'web')).toEqual([...untouched, '10.0.0.2/24']);
        expect(await addressesOf(engine, 'db')).toEqual([...untouched, '10.0.0.3/24']);
        expect(await engine.docker('exec', 'web', 'ip', 'route')).toContain('10.77.0.0/16 via 10.0.0.9');
        expect(await engine.docker('exec', 'db', 'ip', 'route')).not.toContain('10.77.0.0/16');
      };
      await isAsDeclared();
      await isAsDeclared(); // what changed nothing is remembered
      await engine.docker('rename', 'web', 'first');
      await engine.docker('rename', 'db', 'web');
      await engine.docker('rename', 'first', 'db');
      expect((await host.tryPipewright('status', '--check')).code).toBe(3);
      await isAsDeclared();
      await engine.docker('rename', 'web', 'first');
      await run('web');
      await isAsDeclared();
      expect(await addressesOf(engine, 'first')).toEqual(untouched);
      await engine.docker('rename', 'db', 'second');
      await host.pipewright('down', '--yes');
      for (const name of ['web', 'first', 'second']) expect(await addressesOf(engine, name)).toEqual(untouched);
    }),
  );

  test(
    'are known by their labels where nothing else is known of a topology',
    onDockerd(async (host, engine) => {
      await host.write('pipewright.yaml', MADE);
      await host.pipewright('up', '--yes');
      await host.sh('rm -r /run/pipewright pipewright.yaml');
      await host.pipewright('down', 't', '--yes');
      expect(await names(engine)).toEqual([]);
    }),
  );

  test(
    'get one nic by attach, by name, id or the beginning of one, and lose it by detach',
    onDockerd(async (host, engine) => {
      await theirs(engine);
      const before = await host.snapshot();
      const id = await idOf(engine, 'web');
      for (const word of ['web', '/web', 'docker:web', id, id.slice(0, 12), id.slice(0, 5)]) {
        await host.pipewright(
          'attach',
          word,
          '--network',
          'br8',
          '--address',
          '10.61.0.2/24@10.61.0.1',
          '--nic',
          'ext0',
        );
        const routes = await engine.docker('exec', 'web', 'ip', 'route');
        expect(routes, word).toMatch(/default via 10\.61\.0\.1 dev ext0/);
        await host.pipewright('detach', word, '--nic', 'ext0');
        expect(await engine.docker('exec', 'web', 'ip', 'route')).toMatch(/default via 172\.17\.0\.1 dev eth0/);
      }
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    'are known by another name, too, and by the one they had',
    onDockerd(async (host, engine) => {
      await theirs(engine);
      await host.sh('ip link add nic0 type veth peer name nic0far; ip link set nic0 up');
      const shown = async (name: string): Promise<string> =>
        engine.docker('exec', name, 'sh', '-c', 'ip -o -4 addr; ip route');
      const before = await shown('web');
      const attach = async (guest: string, address: string): Promise<unknown> =>
        host.pipewright('attach', guest, '--network', 'nic0', '--address', `${address}/24@10.61.0.1`);
      await attach('web', '10.61.0.2');
      await engine.docker('rename', 'web', 'shop');
      await host.pipewright('detach', 'shop');
      expect(await shown('shop')).toBe(before);

      await attach('shop', '10.61.0.2');
      await engine.docker('rename', 'shop', 'store');
      await engine.docker('run', '--detach', '--name', 'shop', '--network', 'none', 'bb:1');
      await host.pipewright('detach', 'shop');
      expect(await shown('store')).toBe(before);

      await attach('store', '10.61.0.2');
      await engine.docker('rename', 'store', 'web');
      await host.pipewright('attach', 'web', '--network', 'br8', '--address', '10.62.0.2/24');
      expect((await host.tryPipewright('status', 'adhoc', '--check')).code).toBe(0);
      await attach('web', '10.61.0.3');
      expect(await shown('web')).not.toContain('10.61.0.2');
      await engine.docker('rename', 'web', 'last');
      await host.pipewright('down', 'adhoc', '--yes');
      expect(await shown('last')).toBe(before);
    }),
  );

  test(
    'that are paused meanwhile lose what they were given by detach, unlink and down',
    onDockerd(async (host, engine) => {
      await theirs(engine);
      await host.sh('ip link add nic0 type veth peer name nic0far; ip link set nic0 up');
      await engine.docker('run', '--detach', '--name', 'db', '--expose', '6379', 'bb:1');
      const shown = async (): Promise<string> =>
        engine.docker('exec', 'web', 'sh', '-c', 'ip -o link; ip route; cat /etc/hosts');
      const before = await shown();
      await host.pipewright('attach', 'web', '--network', 'nic0', '--address', '10.61.0.2/24');
      await host.pipewright('attach', 'web', '--network', 'br8', '--address', '10.62.0.2/24@10.62.0.1');
      await host.pipewright('link', 'db', '--into', 'web');
      expect(await shown()).toContain('default via 10.62.0.1');
      await engine.docker('pause', 'web');
      expect(await host.tryPipewright('attach', 'web', '--network', 'br8')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/is paused[^]*at GUEST/) as string,
      });
      await host.pipewright('detach', 'web', '--nic', 'eth1');
      await host.pipewright('unlink', '--into', 'web');
      await host.pipewright('down', 'adhoc', '--yes');
      await engine.docker('unpause', 'web');
      expect(await shown()).toBe(before);
    }),
  );
});

test(
  'a word for a guest that does not run, or that is two things, is told so',
  onDockerd(async (host, engine) => {
    await theirs(engine);
    await engine.docker('stop', '--time', '0', 'quiet');
    await host.sh('ip netns add web');
    const words = ['--network', 'br8', '--address', '10.61.0.2/24'];
    expect(await host.tryPipewright('attach', 'quiet', ...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('its Docker container does not run (exited)') as string,
    });
    expect(await host.tryPipewright('attach', 'web', ...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('docker:web or netns:web') as string,
    });
  }),
);

test(
  'a word for no guest: what there is that may be meant is told, and completed',
  onDockerd(async (host, engine) => {
    await theirs(engine);
    await engine.docker('run', '-d', '--name', 'shop-db-1', '--label', 'com.docker.compose.service=db', 'bb:1');
    await host.sh('ip netns add blue');
    const attach = async (guest: string) =>
      (await host.tryPipewright('attach', guest, '--network', 'br8', '--address', '10.61.0.2/24')).stderr;
    expect(await attach('queit')).toContain('There is no guest "queit". Did you mean "quiet"?');
    expect(await attach('docker:wbe')).toContain('Docker has no container "wbe". Did you mean "docker:web"?');
    expect(await attach('bleu')).toContain('Did you mean "blue"?');
    expect(await attach('db')).toMatch(/Compose has a service of that name.*Give its container: shop-db-1[.]/s);
    const { stdout } = await host.pipewright('completion', 'bash', '--', '=attach', '=');
    const completed = stdout.trimEnd().split('\n');
    expect(completed.map((line) => line.split('\t')[0])).toEqual(['none', 'blue', 'shop-db-1', 'quiet', 'web']);
  }),
);

describe('what cannot be is refused in words, and nothing is touched', () => {
  type Case = readonly [
    what: string,
    prepare: (engine: Dockerd) => Promise<unknown>,
    topology: string,
    code: number,
    says: RegExp,
  ];
  const CASES: readonly Case[] = [
    ['a container that is not there', () => Promise.resolve(), container('none'), 2, /Docker has no container "none"/],
    [
      'one that was stopped',
      (it) => it.docker('stop', '--time', '0', 'quiet'),
      container('quiet'),
      2,
      /"quiet".*does not run \(exited\)/,
    ],
    [
      'one that never ran',
      (it) => it.docker('create', '--name', 'new', 'bb:1'),
      container('new'),
      2,
      /does not run \(created\)/,
    ],
    ['one that is paused', (it) => it.docker('pause', 'quiet'), container('quiet'), 2, /is paused/],
    [
      "one on the host's network",
      (it) => it.docker('run', '--detach', '--name', 'open', '--network', 'host', 'bb:1'),
      container('open'),
      2,
      /host's own network namespace/,
    ],
    [
      'two names for one namespace',
      (it) => it.docker('run', '--detach', '--name', 'side', '--network', 'container:quiet', 'bb:1'),
      `${container('quiet')}  side: { kind: docker, networks: [lan] }\n`,
      2,
      /same network namespace as node "quiet"/,
    ],
    [
      'a name that is taken',
      (it) => it.docker('rename', 'quiet', 't-made'),
      MADE,
      2,
      /is there already and is not ours/,
    ],
    [
      'a name that Docker refuses',
      () => Promise.resolve(),
      MADE.replace('stop-timeout', 'container: "my web", stop-timeout'),
      2,
      /my web.*letters, digits/,
    ],
    ['an image that is not there', () => Promise.resolve(), MADE.replace('bb:1', 'no:1'), 1, /No such image: no:1/],
    [
      'a published port that is in use',
      (it) => it.docker('run', '--detach', '--name', 'busy', '--publish', '127.0.0.1:8080:80', 'bb:1'),
      container('made', ', image: "bb:1", network: default, ports: ["127.0.0.1:8080:80"]'),
      1,
      /port is already allocated|address already in use/,
    ],
  ];

  // One daemon for all: each leaves nothing behind, that is what is tested.
  test(
    'one after the other',
    onDockerd(async (host, engine) => {
      for (const [what, prepare, topology, code, says] of CASES) {
        await theirs(engine);
        await prepare(engine);
        await host.write('pipewright.yaml', topology);
        const before = [await host.snapshot(), await names(engine, '{{.ID}} {{.Names}}')];
        const refused = await host.tryPipewright('up', '--yes');
        expect(refused.stderr, what).toMatch(says);
        expect(refused.code, what).toBe(code);
        expect([await host.snapshot(), await names(engine, '{{.ID}} {{.Names}}')], what).toEqual(before);
        await engine.removeContainers();
      }
    }),
    180_000,
  );

  test(
    'where no engine listens',
    onDockerd(async (host: Sandbox, engine) => {
      await engine.stop();
      await host.write('pipewright.yaml', MADE);
      const refused = await host.tryPipewright('up', '--yes');
      expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('Docker') as string });
    }),
  );
});
