import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineSpec } from '@pipewright/plugin';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HttpEngines } from './http-engines.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const needsOpenssl = 'openssl is not installed';

const docker: EngineSpec = {
  title: 'Docker',
  variables: ['DOCKER_HOST'],
  contexts: true,
  sockets: [],
  api: { oldest: '1.24', newest: '1.41' },
};

/** With the certificate and key of one who signed itself: both servers, and whom the strict one lets in. */
let certificates = '';
let servers: readonly Server[] = [];
let [host, strictHost] = ['', ''];

beforeAll(async () => {
  if (!hasOpenssl) return;
  certificates = await mkdtemp(join(tmpdir(), 'pipewright-tls-'));
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=engine', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', join(certificates, 'key.pem'), '-out', join(certificates, 'cert.pem')],
  ]);
  await copyFile(join(certificates, 'cert.pem'), join(certificates, 'ca.pem'));
  const [cert, key] = await Promise.all(['cert.pem', 'key.pem'].map((it) => readFile(join(certificates, it))));
  servers = [createServer({ cert, key }, answer), createServer({ cert, key, ca: cert, requestCert: true }, answer)];
  [host, strictHost] = (await Promise.all(servers.map(listen))) as [string, string];
});

afterAll(async () => {
  for (const server of servers) server.close();
  if (certificates !== '') await rm(certificates, { recursive: true });
});

const answer = (_: IncomingMessage, response: ServerResponse): unknown =>
  response.writeHead(200, { 'api-version': '1.41' }).end('OK');

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(env: Readonly<Record<string, string>>, home = '/none') {
  const engines = new HttpEngines({ env, home });
  try {
    return await engines.request(docker, { method: 'GET', path: '/info' });
  } finally {
    await engines.close();
  }
}

/** A folder of its own with these of the certificates. */
async function folderWith(...files: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(certificates, 'with-'));
  for (const file of files) await copyFile(join(certificates, file), join(folder, file));
  return folder;
}

describe('TLS', () => {
  beforeEach(({ skip }) => skip(!hasOpenssl, needsOpenssl));

  const fine = { status: 200, body: 'OK' };
  const insecure = { code: 'PW_ENGINE_TLS', exit: 4, message: expect.stringMatching(/self[- ]signed/) as string };

  test('verified by the authority in a folder', async () => {
    const folder = await folderWith('ca.pem');
    expect(await ask({ DOCKER_HOST: `tcp://${host}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder })).toEqual(fine);
    expect(await ask({ DOCKER_HOST: `https://${host}`, DOCKER_TLS_VERIFY: '1', DOCKER_CONFIG: folder })).toEqual(fine);
  });

  test('an authority that nobody trusts is refused, unless nobody asks', async () => {
    const folder = await folderWith();
    const env = { DOCKER_HOST: `tcp://${host}`, DOCKER_CERT_PATH: folder };
    await expect(ask({ ...env, DOCKER_TLS_VERIFY: '1' })).rejects.toMatchObject(insecure);
    await expect(ask({ DOCKER_HOST: `https://${host}` })).rejects.toMatchObject(insecure);
    expect(await ask({ ...env, DOCKER_TLS: '1' })).toEqual(fine);
  });

  test('a certificate of ours that is none', async () => {
    const folder = await folderWith('ca.pem', 'key.pem');
    await writeFile(join(folder, 'cert.pem'), 'no certificate');
    const env = { DOCKER_HOST: `tcp://${host}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    await expect(ask(env)).rejects.toMatchObject({ code: 'PW_ENGINE_TLS' });
  });

  test('a certificate that cannot be read', async () => {
    const folder = await folderWith();
    await mkdir(join(folder, 'ca.pem'));
    const env = { DOCKER_HOST: `tcp://${host}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    await expect(ask(env)).rejects.toMatchObject({
      code: 'PW_ENGINE_CERTIFICATE',
      message: expect.stringContaining(join(folder, 'ca.pem')) as string,
    });
  });

  test('an engine that lets in only whom it knows', async () => {
    const env = { DOCKER_HOST: `tcp://${strictHost}`, DOCKER_TLS_VERIFY: '1' };
    expect(await ask({ ...env, DOCKER_CERT_PATH: certificates })).toEqual(fine);
    const refused = ask({ ...env, DOCKER_CERT_PATH: await folderWith('ca.pem') });
    await expect(refused).rejects.toMatchObject({
      code: 'PW_ENGINE_TLS',
      message: expect.stringContaining('certificate required') as string,
    });
  });

  test('of a context, with what its folder has', async () => {
    const home = await mkdtemp(join(certificates, 'home-'));
    const store = createHash('sha256').update('far').digest('hex');
    const [meta, tls] = [
      join(home, '.docker/contexts/meta', store),
      join(home, '.docker/contexts/tls', store, 'docker'),
    ];
    for (const folder of [meta, tls]) await mkdir(folder, { recursive: true });
    await writeFile(join(meta, 'meta.json'), JSON.stringify({ Endpoints: { docker: { Host: `tcp://${host}` } } }));
    await copyFile(join(certificates, 'ca.pem'), join(tls, 'ca.pem'));
    expect(await ask({ DOCKER_CONTEXT: 'far' }, home)).toEqual(fine);
  });

  test('spoken by the engine only', async () => {
    const env = { DOCKER_HOST: `tcp://${host}` };
    await expect(ask(env)).rejects.toMatchObject({ code: 'PW_ENGINE_BROKE_OFF' });
  });
});
