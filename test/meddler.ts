import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Sandbox } from '@pipewright/testkit';
import { listenIn } from './support.js';

const SOCKET = '/run/meddler.sock';

/**
 * Stands between the CLI and an engine. `answered` hears of each request, without the version of the API, when the engine
 * has answered it and we do not know yet: what it does happens at exactly that moment. Returns what makes the CLI come here.
 */
export async function meddle(
  host: Sandbox,
  engine: { readonly socket: string },
  answered: (asked: string) => Promise<void>,
): Promise<Readonly<Record<string, string>>> {
  const pass = async (asking: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = asking;
    const onward = request({
      socketPath: engine.socket,
      method,
      path: url,
      headers: { ...headers, connection: 'close' },
    });
    onward.end(await buffer(asking));
    const [got] = (await once(onward, 'response')) as [IncomingMessage];
    const body = await buffer(got);
    await answered(`${method} ${url.replace(/^\/v[\d.]+|\?.*/g, '')}`);
    const version = got.headers['api-version'];
    answer.writeHead(got.statusCode ?? 500, {
      ...(typeof version === 'string' ? { 'api-version': version } : {}),
      'content-type': got.headers['content-type'] ?? 'text/plain',
    });
    answer.end(body);
  };
  const server = createServer((asking, answer) => {
    pass(asking, answer).catch(() => answer.destroy());
  });
  await listenIn(host, SOCKET, server);
  return { DOCKER_HOST: `unix://${SOCKET}` };
}
