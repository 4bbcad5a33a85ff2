import { type Dockerd, onDockerd, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test, vi } from 'vitest';
import { intoRegistry } from './registry.js';

vi.setConfig({ testTimeout: 180_000 }); // an engine a test

const SHOP = `
name: shop
networks:
  lan: { kind: bridge, subnet: [10.61.0.0/24, "fd00:61::/64"], address: [10.61.0.1/24, "fd00:61::1/64"] }
nodes:
  redis:
    networks: { lan: { address: [10.61.0.8/24, "fd00:61::8/64"] } }
    expose: [6379, 7000-7002, 53/udp]
    env: { PASSWORD: "gor don's $$x", HOME: /h }
  web: { networks: [lan], service-links: ["redis:my-db"], env: { MY_DB_NAME: own, MY_DB_PORT: null } }
  gate: { kind: host, service-links: [redis], networks: [{ network: lan, name: gate0 }] }
`;

const exec = async (host: Sandbox, node: string, ...argv: readonly string[]): Promise<string> =>
  (await host.pipewright('exec', node, '--', ...argv)).stdout;

const variables = (printed: string, prefix: string): readonly string[] =>
  printed
    .split('\n')
    .filter((it) => it.startsWith(`${prefix}_`))
    .sort();

const MOVED: readonly [RegExp, string] = [/61\.0\.8/, '61.0.80'];

describe('service links of namespaces', () => {
  test(
    'variables in all that exec runs, names in hosts; both follow a target that moves; no trace is left',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', SHOP);
      const before = await host.snapshot();
      await host.pipewright('up', '--yes');
      const env = await exec(host, 'web', 'env');
      expect(variables(env, 'MY_DB')).toContain(`MY_DB_ENV_PASSWORD=gor don's $x`);
      expect(variables(env, 'MY_DB')).toContain('MY_DB_PORT_7000_TCP_PORT_END=7002');
      expect(variables(env, 'MY_DB')).toContain('MY_DB_NAME=own');
      expect(env).not.toMatch(/MY_DB_ENV_HOME|MY_DB_PORT=/);
      expect(variables(await exec(host, 'gate', 'env'), 'REDIS')).toContain('REDIS_PORT_6379_TCP_ADDR=10.61.0.8');
      expect(await exec(host, 'web', 'cat', '/etc/hosts')).toMatch(
        /^10\.61\.0\.8\tmy-db redis\nfd00:61::8\tmy-db( [0-9a-f]{12})? redis$/m,
      );
      await exec(host, 'web', 'ping', '-c', '1', '-W', '2', 'my-db');
      expect(await host.plan()).toEqual([]);
      await host.write('pipewright.yaml', SHOP.replace(...MOVED));
      await host.pipewright('up', '--yes');
      expect(await exec(host, 'web', 'getent', 'ahostsv4', 'my-db')).toMatch(/^10\.61\.0\.80 /);
      expect(await exec(host, 'web', 'env')).toContain('\nMY_DB_PORT_6379_TCP_ADDR=10.61.0.80\n');
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }),
  );

  test(
    "a hosts file is everybody's to read, whatever the umask of root",
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', SHOP);
      const careful = ['sh', '-euc', 'umask 077; exec "$@"', 'sh'];
      const folder = '/etc/netns/shop-web';
      const ways: readonly (readonly [words: readonly string[], env?: Record<string, string>])[] = [
        [[...host.cli, 'up', '--yes']],
        [[...host.cli, 'up', '--yes'], { PIPEWRIGHT_EXECUTOR: 'shell' }],
        [['sh', 'up.sh']],
      ];
      await host.write('up.sh', (await host.pipewright('plan', '--script')).stdout);
      for (const [words, env = {}] of ways) {
        await host.output([...careful, ...words], { env });
        expect(await host.sh(`stat -c %a /etc/netns ${folder} ${folder}/hosts`)).toBe('755\n755\n644\n');
        await host.pipewright('down', '--yes');
      }
    }),
  );

  test(
    'a hosts file that is there keeps all else; what was changed in the block is put right',
    onSandbox(async (host) => {
      const file = '/etc/netns/shop-web/hosts';
      const theirs = '127.0.0.1\tlocalhost\r\n10.9.9.9\tmy-db.zone theirs';
      await host.sh(
        `mkdir -p /etc/netns/shop-web; printf ${JSON.stringify(theirs.replace('\r\n', '\\r\\n'))} > ${file}`,
      );
      await host.write('pipewright.yaml', SHOP);
      await host.pipewright('up', '--yes');
      await host.sh(`sed -i 's/^10.61.0.8\\t/10.61.0.9\\t/' ${file}`);
      expect(await host.plan()).toMatchObject([{ type: 'file-block', action: 'update' }]);
      await host.pipewright('up', '--yes');
      expect(await host.sh(`cat ${file}`)).toMatch(/^127[^]*theirs\n# BEGIN[^]*\n10\.61\.0\.8\tmy-db/);
      await host.pipewright('down', '--yes');
      expect(await host.sh(`cat ${file}`)).toBe(theirs);
    }),
  );

  test(
    "a hosts file that is a FIFO, or a link to the host's, is an error, and all is undone",
    onSandbox(async (host) => {
      for (const make of ['mkfifo', 'ln -s /etc/hosts']) {
        await host.sh(`rm -rf /etc/netns; mkdir -p /etc/netns/shop-web; ${make} /etc/netns/shop-web/hosts`);
        const hosts = await host.sh('cat /etc/hosts');
        await host.write('pipewright.yaml', SHOP);
        const { code, stderr } = await host.tryPipewright('up', '--yes');
        expect([code, stderr]).toEqual([1, expect.stringMatching(/hosts is (no ordinary file|a symbolic link)/)]);
        expect(await host.sh('cat /etc/hosts')).toBe(hosts);
        expect(await host.namespaces()).toEqual([]);
      }
    }),
  );

  test(
    'one executor and the other, and the script: all the same',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', SHOP);
      const before = await host.snapshot();
      const shell = { env: { PIPEWRIGHT_EXECUTOR: 'shell' } };
      const { stdout: script } = await host.pipewright('plan', '--script');
      await host.write('script.sh', script);
      await host.sh('sh script.sh');
      expect(await host.plan()).toEqual([]);
      const byShell = async (...words: readonly string[]) => (await host.run([...host.cli, ...words], shell)).code;
      expect(await byShell('plan', '--check')).toBe(0);
      await host.write('pipewright.yaml', SHOP.replace(...MOVED));
      expect(await byShell('up', '--yes')).toBe(0);
      expect(await host.plan()).toEqual([]);
      expect(await exec(host, 'web', 'cat', '/etc/hosts')).toContain('10.61.0.80\tmy-db redis');
      expect(await byShell('down', '--yes')).toBe(0);
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

/** What `docker run --link` of the dockerd at hand gives: its variables, and its line of the hosts file. */
async function linkedByDocker(engine: Dockerd, name: string) {
  await engine.docker('run', '-d', '--name', name, '--link', 'redis:my-db', 'bb:1');
  const env = variables(await engine.docker('exec', name, 'env'), 'MY_DB');
  const hosts = await engine.docker('exec', name, 'grep', 'my-db', '/etc/hosts');
  await engine.docker('rm', '-f', name);
  return { env, hosts };
}

/** The image exposes 6379 and has variables; what Docker tells of it, of one that was made of it with more, is the measure. */
const IMAGED = (image: string, compat: string): string => `
name: shop
networks: { lan: { kind: bridge, subnet: 172.29.0.0/24 } }
nodes:
  made: { kind: docker, image: "${image}", stop-timeout: 0, expose: [53/udp], env: { B: mine, C: "4" }, networks: { lan: { address: 172.29.0.2/24 } } }
  found: { kind: docker, networks: { lan: { address: 172.29.0.3/24 } } }
  user: { networks: [lan], service-links: [{ node: made, compat: ${compat} }, { node: found, alias: f, ports: [1] }] }
`;

const CONTAINERS = `
name: shop
networks: { lan: { kind: bridge, subnet: 172.29.0.0/24 } }
nodes:
  redis: { kind: docker, expose: [6379], env: { PASSWORD: "gor don's" }, networks: { lan: { address: 172.29.0.2/24 } } }
  web: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan], service-links: ["redis:my-db"] }
  there: { kind: docker, networks: [lan], service-links: ["redis:my-db"] }
`;

/** What a service may listen on, besides the port of its image. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  one: ['6380'],
  image: [],
  three: ['7000-7002'],
  two: ['20-21'],
  mixed: ['53', '53/udp', '54/udp', '80', '81', '82/udp'],
  gap: ['53', '53/udp', '55/udp', '60/udp', '61/udp', '62', '64'],
  backwards: ['90', '53/udp', '5/sctp'],
};
const NAMES = Object.keys(SERVICES);

/** Services that a node of a topology finds at the addresses that those of Docker have. */
const asTopology = (addresses: readonly string[], compat: string): string => `
name: shop
networks: { lan: { kind: bridge, subnet: 172.29.0.0/16 } }
nodes:
${NAMES.map(
  (it, index) =>
    `  ${it}: { env: ["PASSWORD=a=b", HOME=/h, PATH=/bin, EMPTY=], expose: [${['6379', ...(SERVICES[it] ?? [])].join()}], networks: { lan: { address: ${addresses[index] ?? ''}/16 } } }`,
).join('\n')}
  user:
    networks: [lan]
    env: { MY_ONE.X_NAME: own }
    service-links: [${NAMES.map((it) => `{ node: ${it}, alias: my-${it}.x, compat: ${compat} }`).join()}]
`;

/** By which rules the Docker at hand tells of a link. */
const rulesOf = async (engine: Dockerd): Promise<string> => {
  const version = await engine.docker('version', '-f', '{{.Server.Version}}');
  return Number(version.split('.')[0]) < 28 ? 'docker-27' : 'docker-28';
};

/** The id of one that is made of the test's image, and does not run. */
const aContainer = async (engine: Dockerd): Promise<string> => (await engine.docker('create', 'bb:1')).trim();

describe('service links of containers', () => {
  test(
    'variables by the rules of the Docker at hand, word for word, whatever a service listens on',
    onDockerd(async (host, engine) => {
      const env = ['PASSWORD=a=b', 'HOME=/h', 'PATH=/bin', 'EMPTY='].flatMap((it) => ['-e', it]);
      for (const it of NAMES) {
        const exposed = (SERVICES[it] ?? []).flatMap((port) => ['--expose', port]);
        await engine.docker('run', '-d', '--name', it, ...env, ...exposed, 'bb:1', 'sleep', '1d');
      }
      const links = NAMES.flatMap((it) => ['--link', `${it}:my-${it}.x`]);
      await engine.docker('run', '-d', '--name', 'user', '-e', 'MY_ONE.X_NAME=own', ...links, 'bb:1', 'sleep', '1d');
      const docker = variables(await engine.docker('exec', 'user', 'env'), 'MY');
      const inspected = await engine.docker('inspect', '-f', '{{.NetworkSettings.IPAddress}}', ...NAMES);
      const addresses = inspected.trim().replaceAll('172.17.', '172.29.').split('\n');
      await host.write('pipewright.yaml', asTopology(addresses, await rulesOf(engine)));
      await host.pipewright('up', '--yes');
      const ours = variables(await exec(host, 'user', 'env'), 'MY');
      expect(ours.map((it) => it.replaceAll('172.29.', '172.17.'))).toEqual([...new Set(docker)]);
      expect(ours.length).toBeGreaterThan(100);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'ports and variables of an image are told, of a container that is made and of one that runs',
    onDockerd(async (host, engine) => {
      const more = ['--expose', '53/udp', '-e', 'B=mine', '-e', 'C=4'];
      await engine.docker('commit', '-c', 'ENV A=1 B=2', '-c', 'EXPOSE 80', await aContainer(engine), 'local/image:1');
      await engine.docker('run', '-d', '--name', 'made', ...more, 'local/image:1');
      await engine.docker('run', '-d', '--name', 'found', '-e', 'D=5', 'local/image:1');
      await engine.docker('run', '-d', '--name', 'user', '--link', 'made', 'local/image:1');
      const docker = variables(await engine.docker('exec', 'user', 'env'), 'MADE');
      expect(docker.join()).toMatch(/MADE_ENV_A=1.*MADE_PORT_6379_TCP=.*MADE_PORT_80_TCP=/);
      await engine.docker('rm', '-f', 'user', 'made');
      await host.write('pipewright.yaml', IMAGED('local/image:1', await rulesOf(engine)));
      await host.pipewright('up', '--yes');
      const env = await exec(host, 'user', 'env');
      const asDocker = (it: string) => it.replaceAll('172.29.0.2', docker.join().match(/172\.17\.0\.\d+/)?.[0] ?? '');
      expect(variables(env, 'MADE').map(asDocker)).toEqual(docker);
      expect(variables(env, 'F')).toEqual(
        expect.arrayContaining(['F_ENV_A=1', 'F_ENV_B=2', 'F_ENV_D=5', 'F_PORT=tcp://172.29.0.3:1']),
      );
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'an image that is not here yet is pulled first, and then told of',
    onDockerd(async (host, engine) => {
      await engine.docker('commit', '-c', 'ENV A=1', '-c', 'EXPOSE 80', await aContainer(engine), 'far:1');
      const image = await intoRegistry(host, engine, 'far:1');
      await host.write(
        'pipewright.yaml',
        `{ name: t, networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }, nodes: { db: { kind: docker, image: "${image}", stop-timeout: 0, networks: [lan] }, web: { networks: [lan], service-links: [db] } } }`,
      );
      expect((await host.pipewright('plan')).stderr).toContain(`The image "${image}" of node "db" is not here yet`);
      await host.pipewright('up', '--yes');
      expect(variables(await exec(host, 'web', 'env'), 'DB')).toEqual(
        expect.arrayContaining(['DB_ENV_A=1', 'DB_PORT=tcp://10.0.0.2:80', 'DB_PORT_6379_TCP_PORT=6379']),
      );
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
    }),
  );

  test(
    'a container that is made and one that runs are told what docker run --link tells',
    onDockerd(async (host, engine) => {
      const redis = ['run', '-d', '--name', 'redis', '--expose', '6379', '-e', "PASSWORD=gor don's", 'bb:1'];
      await engine.docker(...redis);
      await engine.docker('run', '-d', '--name', 'there', 'bb:1');
      const docker = await linkedByDocker(engine, 'web');
      const theirs = await engine.docker('exec', 'there', 'cat', '/etc/hosts');
      await host.write('pipewright.yaml', CONTAINERS);
      await host.pipewright('up', '--yes');
      const asDocker = (text: string) => text.replaceAll('172.29.0.2', '172.17.0.2').replace(/ [0-9a-f]{12}/, '');
      const created = variables(await engine.docker('exec', 'shop-web', 'env'), 'MY_DB');
      expect(created.map(asDocker)).toEqual(docker.env);
      expect(asDocker(await engine.docker('exec', 'shop-web', 'grep', 'my-db', '/etc/hosts'))).toBe(
        asDocker(docker.hosts),
      );
      const sourced = await engine.docker('exec', 'there', 'sh', '-c', '. /run/pipewright/links.env; env');
      expect(variables(sourced, 'MY_DB')).toEqual(created.map((it) => it.replace('/web/', '/there/')));
      expect(variables(await exec(host, 'there', 'env'), 'MY_DB')).toEqual(variables(sourced, 'MY_DB'));
      expect(await engine.docker('exec', 'there', 'ping', '-c', '1', '-W', '2', 'my-db')).toContain(
        '1 packets received',
      );
      expect(await host.plan()).toEqual([]);

      // The target is made anew under its name: it has its address again, its user is the same container.
      const id = await engine.docker('inspect', '-f', '{{.Id}}', 'shop-web');
      await engine.docker('rm', '-f', 'redis');
      await engine.docker(...redis);
      await host.write('pipewright.yaml', CONTAINERS.replace('172.29.0.2/24', '172.29.0.20/24'));
      await host.pipewright('up', '--yes');
      expect(await engine.docker('inspect', '-f', '{{.Id}}', 'shop-web')).toBe(id);
      for (const name of ['shop-web', 'there'])
        expect(await engine.docker('exec', name, 'cat', '/etc/hosts')).toMatch(
          /^172\.29\.0\.20\tmy-db( [0-9a-f]{12})? redis$/m,
        );
      expect(await exec(host, 'web', 'env')).toContain('\nMY_DB_PORT_6379_TCP_ADDR=172.29.0.20\n');
      expect(await engine.docker('exec', 'shop-web', 'env')).toContain('\nMY_DB_PORT_6379_TCP_ADDR=172.29.0.2\n');
      await host.pipewright('down', '--yes');
      expect(await engine.docker('exec', 'there', 'cat', '/etc/hosts')).toBe(theirs);
      await engine.docker('exec', 'there', 'sh', '-c', '[ ! -e /run/pipewright ]');
    }),
  );
});
