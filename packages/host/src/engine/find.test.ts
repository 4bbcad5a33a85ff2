import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EngineSpec } from '@pipewright/plugin';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEngine, isAnywhere } from './find.js';

let home = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pipewright-engine-'));
});
afterEach(async () => rm(home, { recursive: true }));

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), text);
};

type Env = Readonly<Record<string, string>>;

const engine = (more: Partial<EngineSpec> = {}): EngineSpec => ({
  title: 'Docker',
  variables: ['FIRST_HOST', 'DOCKER_HOST'],
  contexts: true,
  sockets: [join(home, 'a.sock'), join(home, 'b.sock')],
  api: { oldest: '1.24', newest: '1.41' },
  ...more,
});
/** One that does not go by Docker's ways. */
function podman(): EngineSpec {
  const { contexts: _, ...rest } = engine();
  return rest;
}

const find = (env: Env = {}, more: Partial<EngineSpec> = {}) => findEngine(engine(more), { env, home });
const isThere = (env: Env = {}, more: Partial<EngineSpec> = {}) => isAnywhere(engine(more), { env, home });

const current = (name: string, folder = '.docker') =>
  put(`${folder}/config.json`, JSON.stringify({ auths: {}, currentContext: name }));

const storeOf = (name: string): string => createHash('sha256').update(name).digest('hex');

const context = (name: string, docker: object, folder = '.docker') =>
  put(
    `${folder}/contexts/meta/${storeOf(name)}/meta.json`,
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }),
  );

describe('an address in a variable', () => {
  test.each([
    ['unix:///run/x.sock', { label: '/run/x.sock ($DOCKER_HOST)', target: { socketPath: '/run/x.sock' }, base: '' }],
    ['tcp://h', { label: 'tcp://h ($DOCKER_HOST)', target: { host: 'h', port: 2375 }, base: '' }],
    ['tcp://h:80', { label: 'tcp://h:80 ($DOCKER_HOST)', target: { host: 'h', port: 80 }, base: '' }],
    ['h:4000', { label: 'tcp://h:4000 ($DOCKER_HOST)', target: { host: 'h', port: 4000 }, base: '' }],
    [
      'tcp://[fd00::1]:1/x/',
      { label: 'tcp://[fd00::1]:1 ($DOCKER_HOST)', target: { host: 'fd00::1', port: 1 }, base: '/x' },
    ],
    ['http://h', { label: 'http://h ($DOCKER_HOST)', target: { host: 'h', port: 80 }, base: '' }],
    [
      'https://me:secret@h/x',
      { label: 'https://h ($DOCKER_HOST)', target: { host: 'h', port: 443 }, base: '/x', tls: { verify: true } },
    ],
  ])('%s', (text, address) => {
    expect(find({ DOCKER_HOST: text })).toEqual(address);
    expect(isThere({ DOCKER_HOST: text })).toBe(true);
  });

  test.each(['tcp://', 'tcp://h:99999', 'unix://x.sock', '/run/x.sock', 'npipe:////./pipe/docker', 'fd://'])(
    '%s: an error with what is allowed, not the next best engine',
    async (text) => {
      await put('a.sock', '');
      expect(() => find({ DOCKER_HOST: text })).toThrow(
        expect.objectContaining({
          code: 'PW_ENGINE_ADDRESS',
          exit: 2,
          message: expect.stringContaining(text) as string,
        }),
      );
      expect(isThere({ DOCKER_HOST: text })).toBe(true);
    },
  );

  test('over ssh: an error with what does instead', () =>
    expect(() => find({ DOCKER_HOST: 'ssh://me@far' })).toThrow(
      expect.objectContaining({ code: 'PW_ENGINE_OVER_SSH', fix: expect.stringContaining('ssh -NL') as string }),
    ));

  test('the first that is set counts, and an empty one is not', () => {
    expect(find({ FIRST_HOST: 'tcp://one', DOCKER_HOST: 'tcp://two' }).label).toBe('tcp://one ($FIRST_HOST)');
    expect(find({ FIRST_HOST: '', DOCKER_HOST: 'tcp://two' }).label).toBe('tcp://two ($DOCKER_HOST)');
  });
});

describe('TLS by variables', () => {
  test.each([
    ['verified', { DOCKER_TLS_VERIFY: '1' }, true],
    ['any value is a yes', { DOCKER_TLS_VERIFY: '0' }, true],
    ['not verified', { DOCKER_TLS: '1' }, false],
  ])('%s, with what is in ~/.docker', (_, env, verify) => {
    const { tls, target } = find({ DOCKER_HOST: 'tcp://h', ...env });
    expect(tls).toEqual({ verify, folder: join(home, '.docker') });
    expect(target).toEqual({ host: 'h', port: 2376 });
  });

  test('of another folder', () => {
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1', DOCKER_CONFIG: '/config' };
    expect(find(env).tls).toEqual({ verify: true, folder: '/config' });
    expect(find({ ...env, DOCKER_CERT_PATH: '/certs' }).tls).toEqual({ verify: true, folder: '/certs' });
  });

  test('is only for engines that go by Docker’s ways, and not for http', () => {
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1' };
    expect(findEngine(podman(), { env, home }).tls).toBeUndefined();
    expect(find({ ...env, DOCKER_HOST: 'http://h' }).tls).toBeUndefined();
  });
});

describe('a context', () => {
  test('the current one', async () => {
    await current('far');
    await context('far', { Host: 'tcp://far:1' });
    expect(find()).toEqual({ label: 'tcp://far:1 (context "far")', target: { host: 'far', port: 1 }, base: '' });
    expect(isThere()).toBe(true);
  });

  test('a variable with an address comes before DOCKER_CONTEXT, that before the current one', async () => {
    await current('far');
    for (const name of ['far', 'near']) await context(name, { Host: `tcp://${name}` });
    expect(find().label).toContain('tcp://far ');
    expect(find({ DOCKER_CONTEXT: 'near' }).label).toContain('tcp://near ');
    expect(find({ DOCKER_CONTEXT: 'near', DOCKER_HOST: 'tcp://one' }).label).toContain('tcp://one ');
  });

  test('of another folder of configuration', async () => {
    await current('far', 'other');
    await context('far', { Host: 'unix:///far.sock' }, 'other');
    expect(find({ DOCKER_CONFIG: join(home, 'other') }).target).toEqual({ socketPath: '/far.sock' });
  });

  test('TLS: where it has certificates, or is not to be verified', async () => {
    await context('far', { Host: 'tcp://far', SkipTLSVerify: false });
    await context('lax', { Host: 'tcp://lax', SkipTLSVerify: true });
    const folder = `.docker/contexts/tls/${storeOf('far')}/docker`;
    expect(find({ DOCKER_CONTEXT: 'far' }).tls).toBeUndefined();
    await put(`${folder}/ca.pem`, '');
    expect(find({ DOCKER_CONTEXT: 'far' }).tls).toEqual({ verify: true, folder: join(home, folder) });
    expect(find({ DOCKER_CONTEXT: 'lax' }).tls).toEqual({ verify: false });
  });

  test.each([
    ['chosen', 'default', {}],
    ['chosen for now', 'far', { DOCKER_CONTEXT: 'default' }],
  ])('default, %s: the sockets', async (_, name, env) => {
    await current(name);
    expect(isThere(env)).toBe(false);
    await put('b.sock', '');
    expect(find(env).target).toEqual({ socketPath: join(home, 'b.sock') });
  });

  test('one without a host: the sockets', async () => {
    await put('a.sock', '');
    await context('here', { Host: '' });
    expect(find({ DOCKER_CONTEXT: 'here' }).label).toBe(join(home, 'a.sock'));
  });

  test('one that does not exist: an error, not the sockets', async () => {
    await put('a.sock', '');
    await current('gone');
    expect(() => find()).toThrow(expect.objectContaining({ code: 'PW_NO_CONTEXT', exit: 2 }));
    expect(isThere()).toBe(true);
  });

  test('a configuration that is none chooses none, as for docker', async () => {
    await put('a.sock', '');
    await put('.docker/config.json', '{bad');
    expect(find().label).toBe(join(home, 'a.sock'));
  });

  test('is nothing to other engines', async () => {
    await current('far');
    expect(isAnywhere(podman(), { env: { DOCKER_CONTEXT: 'far' }, home })).toBe(false);
  });
});

describe('sockets', () => {
  test('the first that is there', async () => {
    await put('b.sock', '');
    expect(find()).toEqual({ label: join(home, 'b.sock'), target: { socketPath: join(home, 'b.sock') }, base: '' });
    expect(isThere()).toBe(true);
    await put('a.sock', '');
    expect(find().label).toBe(join(home, 'a.sock'));
  });

  test('one that begins with a variable is where that says, and nowhere without it', async () => {
    await put('podman/podman.sock', '');
    const sockets = { sockets: ['/run/none.sock', '$XDG_RUNTIME_DIR/podman/podman.sock'] };
    expect(find({ XDG_RUNTIME_DIR: home }, sockets).target).toEqual({ socketPath: join(home, 'podman/podman.sock') });
    for (const env of [{}, { XDG_RUNTIME_DIR: '' }]) expect(isThere(env, sockets)).toBe(false);
  });

  test('none: the error names them, and the variable for another', () => {
    expect(isThere()).toBe(false);
    expect(() => find()).toThrow(
      expect.objectContaining({
        code: 'PW_NO_ENGINE',
        exit: 4,
        message: `Docker is not on this host, or does not run: there is no ${home}/a.sock and no ${home}/b.sock.`,
        fix: 'Install it and start it, or say where it is: FIRST_HOST=unix:///PATH or tcp://HOST:PORT.',
      }),
    );
    expect(() => find({}, { variables: [] })).toThrow(expect.objectContaining({ fix: 'Install it and start it.' }));
  });
});
