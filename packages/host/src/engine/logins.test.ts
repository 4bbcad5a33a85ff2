import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommandResult, EngineSpec } from '@pipewright/plugin';
import { MemoryCommands } from '@pipewright/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { registryAuth } from './logins.js';

const ENGINE: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.24', newest: '1.41' } };

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pipewright-logins-'));
});
afterEach(async () => rm(home, { recursive: true }));

const put = async (path: string, content: unknown): Promise<void> => {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), typeof content === 'string' ? content : JSON.stringify(content));
};

const basic = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

interface Asked {
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly logins?: readonly string[];
  /** By the name of a helper, what it answers to a registry. */
  readonly helpers?: Readonly<Record<string, (server: string) => Partial<CommandResult>>>;
}

/** What would be sent, decoded. */
async function ask({ image = 'registry.example:5000/shop/web:1', env = {}, logins = [], helpers = {} }: Asked = {}) {
  const programs = Object.fromEntries(
    Object.entries(helpers).map(([name, answer]) => [
      `docker-credential-${name}`,
      ({ stdin = '' }: { readonly stdin?: string | undefined }) => answer(stdin),
    ]),
  );
  const header = await registryAuth({ ...ENGINE, logins }, image, { env, home }, new MemoryCommands(programs));
  expect((header?.length ?? 0) % 4).toBe(0);
  return header === undefined ? undefined : (JSON.parse(Buffer.from(header, 'base64url').toString()) as unknown);
}

const REGISTRY = 'registry.example:5000';
const HUB = 'https://index.docker.io/v1/';

describe('a login in a file', () => {
  test.each([
    ['a password', basic('me:pass:word'), { username: 'me', password: 'pass:word' }],
    ['a password that ends as some programs write it', basic('me:word\0\0'), { username: 'me', password: 'word' }],
    ['a user and a password in plain', { username: 'me', password: 'word' }, { username: 'me', password: 'word' }],
    ['a token of identity', { ...basic('me:'), identitytoken: 'tok' }, { identitytoken: 'tok' }],
    ['a token of the registry', { registrytoken: 'tok' }, { registrytoken: 'tok' }],
  ])('with %s', async (_, entry, login) => {
    await put('.docker/config.json', { auths: { [REGISTRY]: entry }, currentContext: 'x' });
    expect(await ask()).toEqual({ ...login, serveraddress: REGISTRY });
  });

  test('is that of the image, and of none where there is none', async () => {
    await put('.docker/config.json', { auths: { [HUB]: basic('hub:x'), [`https://${REGISTRY}/v1/`]: basic('me:x') } });
    expect(await ask()).toMatchObject({ username: 'me' });
    expect(await ask({ image: 'redis' })).toEqual({ username: 'hub', password: 'x', serveraddress: HUB });
    expect(await ask({ image: 'quay.io/a/b' })).toBeUndefined();
  });

  test('is looked for where $DOCKER_CONFIG says, and only there', async () => {
    await put('.docker/config.json', { auths: { [REGISTRY]: basic('home:x') } });
    await put('other/config.json', { auths: {} });
    expect(await ask({ env: { DOCKER_CONFIG: join(home, 'other') } })).toBeUndefined();
    expect(await ask({ env: { DOCKER_CONFIG: join(home, 'none') } })).toBeUndefined();
    expect(await ask()).toMatchObject({ username: 'home' });
  });

  test("is looked for in the engine's own files first, the next where one has none", async () => {
    const logins = ['$REGISTRY_AUTH_FILE', '$XDG_RUNTIME_DIR/auth.json', '$HOME/.config/auth.json'];
    const env = { XDG_RUNTIME_DIR: join(home, 'run') };
    await put('.docker/config.json', { auths: { [REGISTRY]: basic('docker:x') } });
    await put('run/auth.json', { auths: { 'quay.io': basic('run:x') } });
    expect(await ask({ logins, env })).toMatchObject({ username: 'docker' });
    await put('.config/auth.json', { auths: { [`${REGISTRY}/shop`]: basic('shop:x') } });
    expect(await ask({ logins, env })).toMatchObject({ username: 'shop' });
    await put('run/auth.json', { auths: { [REGISTRY]: basic('run:x') } });
    expect(await ask({ logins, env })).toMatchObject({ username: 'run' });
    await put('file.json', { auths: { [REGISTRY]: basic('file:x') } });
    const given = { ...env, REGISTRY_AUTH_FILE: join(home, 'file.json') };
    expect(await ask({ logins, env: given })).toMatchObject({ username: 'file' });
  });

  test.each([
    ['no JSON', '{"auths": {', /config\.json.*JSON/],
    ['no such table', { auths: [] }, /config\.json.*auths/],
    ['no text', { auths: { [REGISTRY]: { auth: 1 } } }, /auths\.registry\.example:5000\.auth/],
    ['no pair', { auths: { [REGISTRY]: basic('me') } }, /auths."registry\.example:5000"\.auth is not USER:PASSWORD/],
  ])('with %s is a mistake that names the file', async (_, content, says) => {
    await put('.docker/config.json', content);
    await expect(ask()).rejects.toMatchObject({
      code: 'PW_REGISTRY_LOGINS',
      exit: 2,
      message: expect.stringMatching(says) as string,
    });
  });
});

describe('a login that a program keeps', () => {
  const secret = (name: string) => (server: string) => ({
    stdout: JSON.stringify({ ServerURL: server, Username: name, Secret: `${server}!` }),
  });

  test('for one registry, or for all others', async () => {
    await put('.docker/config.json', { credsStore: 'all', credHelpers: { [REGISTRY]: 'one' } });
    const helpers = { one: secret('one'), all: secret('all') };
    expect(await ask({ helpers })).toEqual({ username: 'one', password: `${REGISTRY}!`, serveraddress: REGISTRY });
    expect(await ask({ helpers, image: 'redis' })).toEqual({
      username: 'all',
      password: `${HUB}!`,
      serveraddress: HUB,
    });
  });

  test('is a token where it says so', async () => {
    await put('.docker/config.json', { credsStore: 'all' });
    expect(await ask({ helpers: { all: secret('<token>') } })).toEqual({
      identitytoken: `${REGISTRY}!`,
      serveraddress: REGISTRY,
    });
  });

  test('that knows nobody: what stands in the file, or none', async () => {
    const helpers = { all: () => ({ code: 1, stdout: 'credentials not found in native keychain\n' }) };
    await put('.docker/config.json', { credsStore: 'all' });
    expect(await ask({ helpers })).toBeUndefined();
    await put('.docker/config.json', { credsStore: 'all', auths: { [REGISTRY]: basic('me:x') } });
    expect(await ask({ helpers })).toMatchObject({ username: 'me' });
  });

  test.each([
    ['is not there', { code: 127, stderr: 'docker-credential-all: not found' }, /docker-credential-all: not found/],
    ['fails', { code: 1, stdout: 'the keychain is locked\n' }, /gives none for registry.*: the keychain is locked/],
    ['says nothing', { code: 3 }, /it ended with 3/],
    ['prints something else', { stdout: 'hunter2' }, /prints no Username and Secret$/],
  ])('that %s is told, with where it is named', async (_, answer, says) => {
    await put('.docker/config.json', { credsStore: 'all' });
    await expect(ask({ helpers: { all: () => answer } })).rejects.toMatchObject({
      code: 'PW_REGISTRY_HELPER',
      exit: 4,
      message: expect.stringMatching(says) as string,
    });
  });

  test('by a name that is a path is not run', async () => {
    await put('.docker/config.json', { credsStore: '../../tmp/x' });
    await expect(ask()).rejects.toMatchObject({ code: 'PW_REGISTRY_HELPER' });
  });
});
