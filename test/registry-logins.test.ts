import { onDockerd, onPodman, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

// A registry that lets in nobody but "me" with the password "secret" (its bcrypt below), on this host's port 5000.

const REGISTRY = '127.0.0.1:5000';
const IMAGE = `${REGISTRY}/shop/bb:1`;

const SERVE = `
mkdir registry
echo 'me:$2b$04$6WZmVWOUK66dYaAmRdReYeo8mgjclSP8j9ooYYWrFakVnlSCze4ky' > registry/users
cat > registry/config.yml <<END
version: 0.1
storage: { filesystem: { rootdirectory: $PWD/registry/data } }
http: { addr: "${REGISTRY}" }
auth: { htpasswd: { realm: tests, path: $PWD/registry/users } }
END
docker-registry serve registry/config.yml > registry/log 2>&1 &
until grep -q 'listening on' registry/log; do sleep 0.05; done
`;

const topology = (kind: string): string =>
  `name: t\nnodes: { web: { kind: ${kind}, image: "${IMAGE}", stop-timeout: 0 } }\n`;

const login = (user: string, password: string) => ({
  auths: { [REGISTRY]: { auth: Buffer.from(`${user}:${password}`).toString('base64') } },
});

const HELPER = `#!/bin/sh
[ "$1 $(cat)" = "get ${REGISTRY}" ] || { echo "asked for something else"; exit 1; }
echo '{ "ServerURL": "${REGISTRY}", "Username": "me", "Secret": "secret" }'
`;

const BROKEN_HELPER = `#!/bin/sh
echo 'the keychain is locked'
exit 1
`;

/** Brings the topology up with what `config` says of logins, in a file that `variable` leads to. */
const upWith = async (
  host: Sandbox,
  config: unknown,
  variable: readonly [name: string, value: string, file: string],
) => {
  const [name, value, file] = variable;
  await host.write(file, JSON.stringify(config));
  const env = { [name]: value, DOCKER_CONFIG: '/mnt/logins', PATH: `/mnt/bin:${String(process.env['PATH'])}` };
  return host.run([...host.cli, 'up', '--yes'], { env });
};

const DOCKERS = ['DOCKER_CONFIG', '/mnt/logins', 'logins/config.json'] as const;

test(
  'an image of a registry that wants a login is pulled with the one that Docker keeps',
  onDockerd(async (host, engine) => {
    await host.sh(SERVE);
    await engine.docker('tag', 'bb:1', IMAGE);
    await engine.docker('login', '--username', 'me', '--password', 'secret', REGISTRY);
    await engine.docker('push', IMAGE);
    await engine.docker('logout', REGISTRY);
    await engine.docker('rmi', IMAGE);
    await host.write('pipewright.yaml', topology('docker'));
    const before = await host.snapshot();

    for (const config of [{}, login('me', 'wrong')])
      expect(await upWith(host, config, DOCKERS)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/no basic auth credentials|unauthorized/) as string,
      });

    await host.write('bin/docker-credential-broken', BROKEN_HELPER);
    await host.write('bin/docker-credential-test', HELPER);
    await host.sh('chmod +x bin/*');
    const broken = await upWith(host, { credsStore: 'broken' }, DOCKERS);
    expect(broken.stderr).toMatch(
      /docker-credential-broken, which \/mnt\/logins\/config\.json names.*keychain is locked/,
    );
    expect(broken.code).not.toBe(0);
    expect(await host.snapshot()).toEqual(before);

    for (const config of [login('me', 'secret'), { credHelpers: { [REGISTRY]: 'test' } }]) {
      const it = await upWith(host, config, DOCKERS);
      expect(it.code, it.stderr).toBe(0);
      expect(await host.plan()).toEqual([]);
      // Neither what we keep nor the container tells of it.
      const kept = await host.sh('grep -rlE "secret|bWU6c2VjcmV0" /run/pipewright /var/lib/pipewright || true');
      expect(kept).toBe('');
      expect(await engine.docker('inspect', 't-web')).not.toContain('secret');
      await host.pipewright('down', '--yes');
      await engine.docker('rmi', IMAGE);
    }
    expect(await host.snapshot()).toEqual(before);
  }),
  180_000,
);

test(
  'and with the one that Podman keeps, or Docker where Podman has none',
  onPodman(async (host, engine) => {
    await host.sh(SERVE);
    await host.write('/etc/containers/registries.conf', `[[registry]]\nlocation = "${REGISTRY}"\ninsecure = true\n`);
    await engine.podman('tag', 'localhost/bb:1', IMAGE);
    await engine.podman('push', '--tls-verify=false', '--creds', 'me:secret', IMAGE);
    await engine.podman('rmi', IMAGE);
    await host.write('pipewright.yaml', topology('podman'));

    const own = ['XDG_RUNTIME_DIR', '/mnt/user', 'user/containers/auth.json'] as const;
    expect((await upWith(host, {}, own)).stderr).toMatch(/authentication required|unauthorized/);
    for (const where of [own, DOCKERS]) {
      const it = await upWith(host, login('me', 'secret'), where);
      expect(it.code, it.stderr).toBe(0);
      await host.pipewright('down', '--yes');
      await engine.podman('rmi', IMAGE);
      await host.sh('rm -r user logins 2> /dev/null || true');
    }
  }),
  180_000,
);
