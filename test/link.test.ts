import { type Dockerd, onDockerd, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

const DB = (printed: string): readonly string[] =>
  printed
    .split('\n')
    .filter((it) => it.startsWith('DB_'))
    .sort();

/** What a shell in a container has that reads the file of variables. */
const sourced = (engine: Dockerd, name: string): Promise<string> =>
  engine.docker('exec', name, 'sh', '-c', '. /run/pipewright/links.env; env');

/** The id of a container, which is its own name there, may have these letters in it. */
const entryOf = (engine: Dockerd, name: string): Promise<string> =>
  engine.docker('exec', name, 'grep', '-w', 'db', '/etc/hosts');

const RUN = ['run', '-d', '--stop-timeout', '0'];

describe('containers of which we made nothing', () => {
  test(
    'are told what docker run --link tells; restarts are followed, and it goes without a trace',
    onDockerd(async (host, engine) => {
      await engine.docker(...RUN, '--name', 'redis', '-h', 'dbhost', '-e', 'PASSWORD=a b', 'bb:1');
      await engine.docker(...RUN, '--name', 'web', 'bb:1');
      await engine.docker(...RUN, '--name', 'theirs', '--link', 'redis:db', 'bb:1');
      const before = await engine.docker('exec', 'web', 'cat', '/etc/hosts');

      await host.pipewright('link', 'redis:db', '--into', 'web');
      const docker = DB(await engine.docker('exec', 'theirs', 'env')).map((it) => it.replace('/theirs/', '/web/'));
      expect(docker.length).toBeGreaterThan(5);
      expect(DB(await sourced(engine, 'web'))).toEqual(docker);
      expect(await entryOf(engine, 'web')).toBe(await entryOf(engine, 'theirs'));
      const exec = ['exec', '-n', 'link-web', 'web', '--'];
      expect(DB((await host.pipewright(...exec, 'env')).stdout)).toEqual(docker);
      await host.pipewright(...exec, 'ping', '-c', '1', '-W', '2', 'db');
      expect((await host.pipewright('link', '--into', 'web', '--json')).json()).toMatchObject({ applied: false });

      // Another has its address while it is away, and Docker makes the hosts file of a container anew.
      await engine.docker('stop', '-t', '0', 'redis');
      expect((await host.tryPipewright('link', '--into', 'web')).stderr).toContain('"redis"');
      await engine.docker(...RUN, '--name', 'other', 'bb:1');
      await engine.docker('start', 'redis');
      await engine.docker('restart', '-t', '0', 'web', 'theirs');
      expect((await host.tryPipewright('status', 'link-web', '--check')).code).toBe(3);
      await host.pipewright('link', '--into', 'web');
      expect(await entryOf(engine, 'web')).toBe(await entryOf(engine, 'theirs'));
      expect(await sourced(engine, 'web')).toContain('DB_PORT_6379_TCP_ADDR=172.17.0.5');
      expect((await host.pipewright('status', 'link-web', '--check')).code).toBe(0);

      await host.pipewright('unlink', 'db', '--into', 'web');
      expect(await engine.docker('exec', 'web', 'cat', '/etc/hosts')).toBe(
        before.replace(/172\.17\.0\.\d+\t/, '172.17.0.3\t'),
      );
      await engine.docker('exec', 'web', 'sh', '-c', '[ ! -e /run/pipewright ]');
      expect(await host.sh('ls /run/pipewright')).not.toContain('link-web');
    }),
  );

  test(
    'who is no part of a common subnet, is missing, or is named twice: an error, and nothing is touched',
    onDockerd(async (host, engine) => {
      await engine.docker('network', 'create', 'apart');
      await engine.docker(...RUN, '--name', 'redis', '--network', 'apart', 'bb:1');
      await engine.docker(...RUN, '--name', 'web', 'bb:1');
      const before = await engine.docker('exec', 'web', 'cat', '/etc/hosts');
      const link = async (...words: readonly string[]) => {
        const { code, stderr } = await host.tryPipewright('link', ...words);
        return `${String(code)} ${stderr}`;
      };
      expect(await link('redis:db', '--into', 'web')).toMatch(/^2 .*no address of "redis" is in a subnet/);
      expect(await link('nosuch:db', '--into', 'web')).toMatch(/^2 .*no guest "nosuch"/);
      expect(await link('redis:localhost', '--into', 'web')).toMatch(/^2 .*must be an alias/);
      expect(await link('redis:a=b', '--into', 'web')).toMatch(/^2 .*LINK is "redis:a=b"/);
      expect(await link('web', '--into', 'web')).toMatch(/^2 .*service link to itself/);
      expect(await link('--into', 'web')).toMatch(/^2 .*no service link/);
      expect(await engine.docker('exec', 'web', 'cat', '/etc/hosts')).toBe(before);
      await engine.docker('network', 'connect', 'apart', 'web');
      expect(await link('redis:db', '--into', 'web')).toMatch(/^0 /);
      await engine.docker('exec', 'web', 'ping', '-c', '1', '-W', '2', 'db');
    }),
  );
});

const NAMESPACES = `
  ip link add br7 type bridge; ip addr add 10.7.0.1/24 dev br7; ip link set br7 up
  for it in red:2 blue:3 green:4; do
    name=\${it%:*} last=\${it#*:}
    ip netns add $name; ip link add v$last master br7 up type veth peer name eth0 netns $name
    ip -n $name addr add 10.7.0.$last/24 dev eth0; ip -n $name addr add fd07::$last/64 dev eth0 nodad
    ip -n $name link set eth0 up
  done`;

const hosts = (host: Sandbox): Promise<string> =>
  host.sh('ip netns exec red grep -v pipewright /etc/hosts | tail -n 4');

test(
  'namespaces of somebody else: several links, both families, one taken away, one whose target is gone',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    await host.sh(NAMESPACES);
    await host.pipewright('link', 'blue:db', '--into', 'red', '--port', '6379');
    await host.pipewright('link', 'netns:green:web', '--into', 'red', '--port', '80', '--compat', 'docker-27');
    expect(await hosts(host)).toBe('10.7.0.3\tdb blue\nfd07::3\tdb blue\n10.7.0.4\tweb green\nfd07::4\tweb green\n');
    const { stdout } = await host.pipewright('exec', '-n', 'link-red', 'red', '--', 'env');
    expect(stdout).toMatch(/^DB_PORT=tcp:\/\/10\.7\.0\.3:6379$[^]*^WEB_PORT=tcp:\/\/10\.7\.0\.4:80$/m);
    const { stdout: planned } = await host.pipewright('unlink', 'web', '--into', 'red', '--dry-run');
    expect(planned).toContain('file-block red/hosts');
    await host.pipewright('link', 'netns:green:www', '--into', 'red', '--port', '80');
    await host.sh('ip netns del green');
    const gone = /^exit \d:[^]*\nerror: Node "green"[^\n]*\n  at [^\n]*\n  fix: [^\n]*\n$/;
    await expect(host.pipewright('link', '--into', 'red')).rejects.toThrow(gone);
    await host.pipewright('unlink', 'web', 'www', '--into', 'red');
    expect(await hosts(host)).toMatch(/10\.7\.0\.3\tdb blue\nfd07::3\tdb blue\n$/);
    await host.sh('ip netns del blue');
    await host.pipewright('unlink', '--into', 'red');
    await host.sh('ip link del br7; ip netns del red');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'a name that a container has in its hosts file from its making is none for a service link',
  onSandbox(async (host) => {
    const web =
      'kind: docker, image: "bb:1", networks: [lan], service-links: ["redis:db"], extra-hosts: ["db:10.9.0.5"]';
    await host.write(
      'pipewright.yaml',
      `name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }\nnodes: { redis: { networks: [lan] }, web: { ${web} } }\n`,
    );
    const { code, stderr } = await host.tryPipewright('validate');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/"db".*PW_LINK_NAME_TAKEN/)]);
  }),
);
