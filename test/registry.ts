import type { Dockerd, Sandbox } from '@pipewright/testkit';

/** Serves one image, as `docker save` has it, by the registry's API (distribution, spec/api.md): as much as a pull asks. */
const SERVER = `
const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const [{ Config, Layers }] = JSON.parse(readFileSync('saved/manifest.json', 'utf8'));
const blobs = new Map();
const blob = (mediaType, file) => {
  const bytes = readFileSync('saved/' + file);
  const digest = 'sha256:' + createHash('sha256').update(bytes).digest('hex');
  blobs.set(digest, bytes);
  return { mediaType, size: bytes.length, digest };
};
const type = 'application/vnd.docker.distribution.manifest.v2+json';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: type,
  config: blob('application/vnd.docker.container.image.v1+json', Config),
  layers: Layers.map((it) => blob('application/vnd.docker.image.rootfs.diff.tar.gzip', it)),
});
const digest = 'sha256:' + createHash('sha256').update(manifest).digest('hex');
require('node:http').createServer(({ url, method }, answer) => {
  const send = (body, headers) => answer.writeHead(200, { 'content-length': body.length, ...headers }).end(method === 'HEAD' ? undefined : body);
  if (url === '/v2/') return send('{}', {});
  if (url.includes('/manifests/')) return send(manifest, { 'content-type': type, 'docker-content-digest': digest });
  const bytes = blobs.get(url.split('/').at(-1));
  return bytes ? send(bytes, {}) : answer.writeHead(404).end();
}).listen(5000, '127.0.0.1', () => writeFileSync('serving', ''));
`;

/** Takes an image from the engine and puts it where it can be pulled from. Returns its name there. */
export async function intoRegistry(host: Sandbox, engine: Dockerd, image: string): Promise<string> {
  const name = `127.0.0.1:5000/${image}`;
  await engine.docker('save', '-o', '/mnt/saved.tar', image);
  await host.sh('mkdir saved; tar -x -f saved.tar -C saved; rm saved.tar');
  await engine.docker('rmi', image);
  host.spawn([process.execPath, '-e', SERVER]);
  await host.sh('until [ -e serving ]; do sleep 0.02; done; rm serving');
  return name;
}
