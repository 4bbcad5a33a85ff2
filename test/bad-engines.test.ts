import { createServer, type RequestListener } from 'node:http';
import { type Dockerd, onDockerd, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { meddle } from './meddler.js';
import { cliOfNobody, listenIn } from './support.js';

// Engines that are there and are no good: it is them that is tested, so they are servers of our own.

const SOCKET = '/run/bad.sock';

const ENV = { DOCKER_HOST: `unix://${SOCKET}`, PIPEWRIGHT_ENGINE_TIMEOUT: '2' };

/** Speaks this version of the API, and answers what else it is asked so. */
const engine =
  (answer: RequestListener, version = '1.41'): RequestListener =>
  (request, response) => {
    if (request.url?.endsWith('/_ping')) response.writeHead(200, { 'api-version': version }).end('OK');
    else answer(request, response);
  };

const trouble: RequestListener = (_, response) =>
  response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"database is locked"}');

const node = (more: string): string =>
  `name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }\nnodes: { web: { kind: docker, networks: [lan]${more} } }\n`;

const COMMANDS: readonly (readonly [what: string, argv: readonly string[]])[] = [
  ['up of a container that is there', ['up', '-f', 'there.yaml', '--yes']],
  ['up of one that is to be made', ['up', '-f', 'made.yaml', '--yes']],
  ['attach', ['attach', 'docker:web', '--network', 'br9']],
  ['exec', ['exec', '-f', 'there.yaml', 'web', '--', 'env']],
];

const BAD: readonly (readonly [what: string, answer: RequestListener, says: RegExp, code?: number])[] = [
  ['answers 500', engine(trouble), /Docker.*database is locked/],
  ['answers 500 when it is asked what it speaks', trouble, /does not answer as a container engine.*database is locked/],
  ['hangs', engine(() => undefined), /gave no answer to \w+ \/v1\.41\/\S+ within 2 s/],
  ['hangs from the start', () => undefined, /gave no answer to GET \/_ping within 2 s/],
  [
    'speaks an API that is too old',
    engine(trouble, '1.12'),
    /speaks version 1\.12 of its API; 1\.\d+ or newer is needed/,
  ],
  ['breaks off', engine((request) => request.socket.destroy()), /broke off before all of the answer/, 1],
];

describe('an engine that is no good: all that need it say so, and nothing is left', () => {
  test(
    'one whose socket is not for us',
    onSandbox(async (host) => {
      await listenIn(host, SOCKET, createServer(engine(trouble)));
      await host.sh(`chmod 0600 ${SOCKET}`);
      await host.write('pipewright.yaml', node(''));
      const { code, stdout } = await host.run([...(await cliOfNobody(host)), 'doctor'], { env: ENV });
      expect({ code, stdout }).toEqual({
        code: 4,
        stdout: expect.stringMatching(/Docker at .* cannot be reached: its socket is for root/) as string,
      });
    }),
  );

  test(
    'each',
    onSandbox(async (host) => {
      await host.write('there.yaml', node(''));
      await host.write('made.yaml', node(', image: "bb:1"'));
      const before = await host.snapshot();
      for (const [what, answer, says, exits = 4] of BAD) {
        const end = await listenIn(host, SOCKET, createServer(answer));
        const ended = COMMANDS.map(async ([command, argv]) => {
          const { code, stderr } = await host.run([...host.cli, ...argv], { env: ENV });
          return { what, command, code, stderr };
        });
        for (const it of await Promise.all(ended))
          expect(it).toMatchObject({ code: exits, stderr: expect.stringMatching(says) as string });
        end();
        expect(await host.snapshot(), what).toEqual(before);
      }
    }),
  );
});

test(
  'a first up that has nothing to do with an engine does not need it; a down of what nobody remembers does',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', 'name: t\nnodes: { a: {} }\n');
    const gone = { env: { DOCKER_HOST: 'unix:///run/gone.sock' } };
    const before = await host.snapshot();
    expect(await host.run([...host.cli, 'up', '--yes'], gone)).toMatchObject({ code: 0 });
    expect(await host.run([...host.cli, 'down', '--yes'], gone)).toMatchObject({ code: 0 });
    expect(await host.snapshot()).toEqual(before);
    expect(await host.run([...host.cli, 'down', 't', '--yes'], gone)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/Docker at \/run\/gone.sock .* cannot be reached/) as string,
    });
  }),
);

test(
  'status of a topology whose engine has gone shows all that is not of it, and up and down do nothing',
  onDockerd(async (host, engine) => {
    await engine.docker('run', '--detach', '--name', 'db', '--network', 'none', 'bb:1');
    await host.write(
      'pipewright.yaml',
      `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  web: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan] }
  db: { kind: docker, networks: [lan] }
  probe: { networks: [lan] }
links: [[web:x0, probe:x0]]
`,
    );
    await host.pipewright('up', '--yes');
    const gone = { env: { DOCKER_HOST: 'unix:///run/gone.sock' } };
    const status = async (...more: readonly string[]) => {
      const { code, stdout } = await host.run([...host.cli, 'status', '--json', ...more], gone);
      const { nodes, drift, silentEngines } = JSON.parse(stdout) as Record<string, readonly Record<string, unknown>[]>;
      return {
        code,
        nodes: nodes?.map(({ name, state }) => `${String(name)} is ${String(state)}`),
        drift: drift?.map(({ message }) => message),
        silent: silentEngines,
      };
    };
    const silent = [
      {
        host: 'local',
        engine: 'Docker',
        error: expect.objectContaining({
          message: expect.stringMatching(/Docker at \/run\/gone.sock .* cannot be reached/) as string,
        }) as object,
      },
    ];
    const nodes = ['web is unknown', 'db is unknown', 'probe is up'];
    expect(await status()).toEqual({ code: 4, nodes, drift: [], silent });
    expect(await status('t')).toEqual({ code: 4, nodes, drift: [], silent });
    // Of a cable into what nobody looked at no far end is told: what has its number here is another device.
    const { stdout } = await host.run([...host.cli, 'status', '--json'], gone);
    expect(JSON.parse(stdout)).toMatchObject({
      nodes: [
        {},
        {},
        {
          interfaces: [
            { name: 'eth0', peer: { node: null, device: 't-probe-eth0', network: 'lan' } },
            { name: 'x0', peer: null },
          ],
        },
      ],
    });
    const before = await host.snapshot();
    for (const command of ['up', 'down'])
      expect(await host.run([...host.cli, command, '--yes'], gone)).toMatchObject({ code: 4 });
    expect(await host.snapshot()).toEqual(before);
    // As it is where the daemon took its containers with it.
    await engine.docker('kill', 't-web');
    expect(await status()).toMatchObject({
      code: 4,
      nodes: ['web is unknown', 'db is unknown', 'probe is partial'],
      drift: ['device web/eth0:host is missing', 'device probe/x0 is missing'],
      silent,
    });
  }),
);

test(
  'down --keep-going of a topology whose engine has gone leaves what is of it, and remembers that',
  onDockerd(async (host, engine) => {
    await engine.docker('run', '--detach', '--name', 'db', '--network', 'none', 'bb:1');
    await host.write(
      'pipewright.yaml',
      `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 }, own: { kind: bridge, subnet: 10.1.0.0/24 } }
nodes:
  web: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan] }
  db: { kind: docker, networks: [lan] }
  probe: { networks: [lan, own] }
  far: { networks: [own] }
links: [[web:x0, probe:x0], [far:x1, probe:x1]]
`,
    );
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    const gone = { env: { DOCKER_HOST: 'unix:///run/gone.sock' } };
    const refused = await host.run([...host.cli, 'down', '--yes'], gone);
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/`pipewright down --keep-going`/) as string,
    });
    const { code, stdout } = await host.run([...host.cli, 'down', '--keep-going', '--yes'], gone);
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/again takes down the rest:\n {2}Docker at \/run\/gone.sock/) as string,
    });
    expect((await host.run(['ip', 'netns', 'list'])).stdout).toMatch(/^t-probe( \(id: \d+\))?\n$/);
    expect((await host.run(['ip', '-br', 'link', 'show', 'type', 'bridge'])).stdout).toMatch(
      /^docker0 .*\nt-lan .*\n$/,
    );
    expect(await engine.docker('ps', '--format', '{{.Names}}')).toMatch(/t-web\n/);
    expect((await host.pipewright('down', '--yes')).stdout).toMatch(/t is down: /);
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'a down --keep-going that is killed is undone without the engine that has gone',
  onDockerd(async (host) => {
    const nodes = Array.from({ length: 12 }, (_, index) => `  n${String(index)}: { networks: [lan] }`).join('\n');
    await host.write(
      'pipewright.yaml',
      `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24, address: 10.0.0.1/24 } }
nodes:
  web: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan] }
${nodes}
links: [[web:x0, n0:x0]]
`,
    );
    await host.pipewright('up', '--yes');
    const before = await host.snapshot();
    const gone = { env: { DOCKER_HOST: 'unix:///run/gone.sock' } };
    const script = `"$@" & pid=$!
until [ "$(ls /run/netns | wc -l)" -le 8 ] || ! kill -0 $pid 2> /dev/null; do :; done
kill -KILL $pid; wait $pid`;
    const argv = ['sh', '-c', script, 'sh', ...host.cli, 'down', '--keep-going', '--yes'];
    expect(await host.run(argv, gone)).toMatchObject({ code: 137 });
    const recovered = await host.run([...host.cli, 'recover'], gone);
    expect(recovered).toMatchObject({ code: 0, stdout: expect.stringMatching(/changes undone/) as string });
    expect(await host.plan()).toEqual([]);
    expect(Object.keys((await host.snapshot()).namespaces)).toEqual(Object.keys(before.namespaces));
    await host.pipewright('down', '--yes');
  }),
);

describe('a container', () => {
  const names = async (engine: Dockerd): Promise<readonly string[]> =>
    (await engine.docker('ps', '--all', '--format', '{{.Names}}')).trim().split('\n').filter(Boolean).sort();

  const ofHost = async (host: Sandbox): Promise<unknown> => (await host.snapshot()).namespaces['host'];

  test(
    'that ends, or is another one, between the look at it and the way into it is not touched',
    onDockerd(async (host, engine) => {
      await engine.docker('create', '--name', 'web', '--network', 'none', 'bb:1');
      await host.write('pipewright.yaml', node(''));
      const before = await ofHost(host);
      let happens: readonly string[] = [];
      const env = await meddle(host, engine, async (asked) => {
        if (asked === 'GET /containers/web/json') await engine.docker(...happens, 'web');
      });
      for (happens of [['kill'], ['restart', '--time', '0']]) {
        await engine.docker('start', 'web');
        const { code, stderr } = await host.run([...host.cli, 'up', '--yes'], { env });
        expect({ code, stderr }).toEqual({
          code: 2,
          stderr: expect.stringMatching(/web.*PW_CONTAINER_MOVED/) as string,
        });
        expect(await ofHost(host)).toEqual(before);
      }
    }),
  );

  test(
    'that ends in the middle of an `up` is named, and all else is put back',
    onDockerd(async (host, engine) => {
      await engine.docker('create', '--name', 'web', '--network', 'none', 'bb:1');
      await host.write(
        'pipewright.yaml',
        `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  web: { kind: docker, networks: [lan] }
  made: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan] }
  last: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan], depends-on: [made] }
`,
      );
      const before = await ofHost(host);
      let ends = '';
      const env = await meddle(host, engine, async (asked) => {
        if (asked === 'POST /containers/t-last/start') await engine.docker('kill', ends);
      });
      for (const [who, says] of [
        ['web', /Node "web" ended while it was worked on.*PW_NODE_WENT_AWAY/],
        ['t-made', /"t-made" ended right after it was started/],
      ] as const) {
        ends = who;
        await engine.docker('start', 'web');
        const { code, stderr } = await host.run([...host.cli, 'up', '--yes'], { env });
        expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(says) as string });
        expect(await names(engine)).toEqual(['web']);
        expect(await ofHost(host)).toEqual(before);
      }
    }),
  );

  test(
    'of which the id that is given begins several',
    onDockerd(async (host) => {
      const word = (
        await host.sh(
          `until ids=$(docker ps --all --quiet | cut -c 1-2 | sort | uniq -d | head -n 1) && [ "$ids" ]; do docker create bb:1 > /dev/null; done; echo "$ids"`,
          { env: { DOCKER_HOST: 'unix:///run/docker.sock' } },
        )
      ).trim();
      await host.write('pipewright.yaml', node(`, container: "${word}"`));
      const before = await host.snapshot();
      for (const argv of [
        ['up', '--yes'],
        ['attach', word, '--network', 'br9'],
        ['attach', `docker:${word}`, '--network', 'br9'],
      ]) {
        const { code, stderr } = await host.tryPipewright(...argv);
        expect({ code, stderr }).toEqual({
          code: 2,
          stderr: expect.stringContaining(`several containers whose id begins with "${word}"`) as string,
        });
      }
      const ran = await host.tryPipewright('exec', 'web', '--', 'env');
      expect(ran).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/multiple IDs found.*PW_NO_EXEC/i) as string,
      });
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});
