import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ContainerCommand, EngineRequest, EngineSpec } from '@pipewright/plugin';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HttpEngines } from './http-engines.js';

let folder = '';
let engines = new HttpEngines();
let servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewright-engine-'));
  engines = withEnv({});
});

afterEach(async () => {
  await engines.close();
  for (const server of servers) server.close();
  servers = [];
  await rm(folder, { recursive: true });
});

const withEnv = (env: Readonly<Record<string, string>>): HttpEngines => new HttpEngines({ env, home: folder });

const socket = (): string => join(folder, 'docker.sock');

const docker = (): EngineSpec => ({
  title: 'Docker',
  variables: ['DOCKER_HOST'],
  contexts: true,
  sockets: [socket()],
  api: { oldest: '1.24', newest: '1.41' },
});

const ask = (request: Partial<EngineRequest> = {}) =>
  engines.request(docker(), { method: 'GET', path: '/info', ...request });

interface Running {
  /** What was asked, versions and all. */
  readonly asked: readonly string[];
  readonly connections: readonly Socket[];
  readonly server: Server;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(server: Server, where: string | number = socket()): Promise<Running> {
  const running = { asked: [] as string[], connections: [] as Socket[], server };
  servers.push(server);
  server.on('connection', (connection) => running.connections.push(connection));
  server.prependListener('request', ({ method, url }: IncomingMessage) => running.asked.push(`${method} ${url}`));
  server.listen(typeof where === 'string' ? { path: where } : { port: where, host: '127.0.0.1' });
  await once(server, 'listening');
  return running;
}

const json = (response: ServerResponse, body: unknown, status = 200): unknown =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const fine: Answer = (_, response) => json(response, { fine: true });

/** An engine that speaks this version of the API at the most. */
const engineOf = (answer: Answer = fine, version = '1.41'): Server =>
  createServer((request, response) => {
    if (request.url?.endsWith('/_ping')) response.writeHead(200, { 'api-version': version }).end('OK');
    else answer(request, response);
  });

const soon = async (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { interval: 5, timeout: 4_000 });

describe('the version of the API', () => {
  test.each([
    ['older than ours: theirs', '1.30', '/v1.30/info'],
    ['1.9 is not newer than 1.24, but', '1.100', '/v1.41/info'],
    ['newer than ours: ours', '1.52', '/v1.41/info'],
  ])('%s', async (_, version, path) => {
    const { asked } = await listen(engineOf(fine, version));
    await ask();
    expect(asked).toEqual(['GET /_ping', `GET ${path}`]);
  });

  test('too old for the plugin', async () => {
    await listen(engineOf(fine, '1.12'));
    await expect(ask()).rejects.toMatchObject({
      code: 'PW_ENGINE_TOO_OLD',
      exit: 4,
      message: `Docker at ${socket()} speaks version 1.12 of its API; 1.24 or newer is needed.`,
    });
  });

  test('too new for the plugin: the engine says so, and is asked anew by the next request', async () => {
    const message = 'client version 1.41 is too old. Minimum supported API version is 1.44';
    const { asked } = await listen(engineOf((_, response) => json(response, { message }, 400), '1.52'));
    const refused = { code: 'PW_ENGINE_REFUSES_API', exit: 4, message: expect.stringContaining(message) as string };
    await expect(ask()).rejects.toMatchObject(refused);
    await expect(ask()).rejects.toMatchObject(refused);
    expect(asked.filter((it) => it.endsWith('_ping'))).toHaveLength(2);
  });

  test('is asked for once, whoever asks at the same time', async () => {
    const { asked } = await listen(engineOf());
    await Promise.all(Array.from({ length: 5 }, () => ask()));
    expect(asked.filter((it) => it.endsWith('_ping'))).toHaveLength(1);
  });

  test('none at all: no engine', async () => {
    await listen(createServer((_, response) => json(response, { message: 'Forbidden by rule' }, 403)));
    await expect(ask()).rejects.toMatchObject({
      code: 'PW_NOT_AN_ENGINE',
      exit: 4,
      message: expect.stringContaining('Forbidden by rule') as string,
    });
  });
});

describe('an answer', () => {
  test.each([200, 201, 304, 400, 404, 409, 500])('of status %i is one', async (status) => {
    await listen(engineOf((_, response) => json(response, { message: 'so it is' }, status)));
    expect(await ask()).toEqual({ status, body: status === 304 ? '' : { message: 'so it is' } });
  });

  test('without a body, and one that is no JSON', async () => {
    await listen(
      engineOf(({ method }, response) =>
        method === 'DELETE' ? response.writeHead(204).end() : response.end('plain ü'),
      ),
    );
    expect(await ask({ method: 'DELETE' })).toEqual({ status: 204, body: '' });
    expect(await ask()).toEqual({ status: 200, body: 'plain ü' });
  });

  test('that is cut in the middle of a letter into what the network carries', async () => {
    const bytes = Buffer.from('{"name":"ü"}');
    await listen(
      engineOf((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write(bytes.subarray(0, 10));
        setTimeout(() => response.end(bytes.subarray(10)), 20);
      }),
    );
    expect(await ask()).toEqual({ status: 200, body: { name: 'ü' } });
  });
});

test.each<readonly [EngineRequest['method'], unknown, string, string | undefined]>([
  ['GET', undefined, '', undefined],
  ['POST', undefined, '', undefined],
  ['POST', { Name: 'ü' }, '{"Name":"ü"}', 'application/json'],
  ['PUT', ['a'], '["a"]', 'application/json'],
  ['DELETE', { force: true }, '{"force":true}', 'application/json'],
])('a %s of %j', async (method, body, sent, type) => {
  await listen(
    engineOf(
      (request, response) => void text(request).then((it) => json(response, [it, request.headers['content-type']])),
    ),
  );
  const answer = await ask({ method, path: '/containers/x', ...(body === undefined ? {} : { body }) });
  expect(answer.body).toEqual(JSON.parse(JSON.stringify([sent, type])));
});

describe('connections', () => {
  test('one does for what is asked in turn, of copies of an engine too', async () => {
    const { connections } = await listen(engineOf());
    for (let count = 0; count < 10; count += 1) await ask();
    expect(connections).toHaveLength(1);
  });

  test('of what is asked at once each is kept', async () => {
    const { connections } = await listen(engineOf());
    await Promise.all(Array.from({ length: 5 }, () => ask()));
    await Promise.all(Array.from({ length: 5 }, () => ask()));
    expect(connections).toHaveLength(5);
  });

  test('one that the engine closed meanwhile is made again, for a change too', async () => {
    const { connections, asked } = await listen(engineOf());
    await ask();
    connections[0]?.destroy(); // we do not hear of it before we write
    expect(await ask({ method: 'POST' })).toMatchObject({ status: 200 });
    expect(connections).toHaveLength(2);
    expect(asked).toEqual(['GET /_ping', 'GET /v1.41/info', 'POST /v1.41/info']);
  });

  test('one that breaks off after it took a request: a question is asked again, a change is not', async () => {
    const { asked } = await listen(
      engineOf((request, response) => {
        const first = asked.filter((it) => it === `${request.method} ${request.url}`).length === 1;
        if (first) request.socket.destroy();
        else fine(request, response);
      }),
    );
    expect(await ask()).toMatchObject({ status: 200 });
    await expect(ask({ method: 'POST' })).rejects.toMatchObject({ code: 'PW_ENGINE_BROKE_OFF', exit: 1 });
    expect(asked).toEqual(['GET /_ping', 'GET /v1.41/info', 'GET /v1.41/info', 'POST /v1.41/info']);
  });

  test('none keeps the process alive while nothing is asked', async () => {
    const answers: ServerResponse[] = [];
    const { connections } = await listen(engineOf((_, response) => void answers.push(response)));
    const alive = (): number => process.getActiveResourcesInfo().filter((it) => it === 'PipeWrap').length;
    const before = alive();
    const asking = ask();
    await soon(() => answers.length === 1);
    connections[0]?.unref(); // its end; ours is left
    expect(alive()).toBe(before + 1);
    answers[0]?.end();
    await asking;
    expect(alive()).toBe(before);
  });

  test('closed: at once, with what is under way, which is not begun again', async () => {
    const { connections, asked } = await listen(
      engineOf((request, response) => {
        if (request.method === 'POST') fine(request, response); // and a GET is not answered
      }),
    );
    await ask({ method: 'POST' });
    const pending = ask();
    await soon(() => asked.length === 3);
    await engines.close();
    await expect(pending).rejects.toMatchObject({ code: 'PW_ENGINE_BROKE_OFF' });
    await soon(() => connections.every(({ destroyed }) => destroyed));
    expect(asked).toHaveLength(3);
    expect(await ask({ method: 'POST' })).toMatchObject({ status: 200 }); // whoever asks later has a new one
  });
});

describe('nobody', () => {
  test('where a variable says: no such socket', async () => {
    engines = withEnv({ DOCKER_HOST: 'unix:///none/x.sock' });
    await expect(ask()).rejects.toMatchObject({
      code: 'PW_ENGINE_UNREACHABLE',
      exit: 4,
      message: 'Docker at /none/x.sock ($DOCKER_HOST) cannot be reached: there is no such socket. Does its daemon run?',
      fix: 'Start it, or say where it is: DOCKER_HOST=unix:///PATH or tcp://HOST:PORT.',
    });
  });

  test('behind what is left of a socket, until somebody is', async () => {
    await writeFile(socket(), '');
    await expect(ask()).rejects.toMatchObject({
      code: 'PW_ENGINE_UNREACHABLE',
      message: `Docker at ${socket()} cannot be reached: nobody listens there. Does its daemon run?`,
    });
    await rm(socket());
    await listen(engineOf());
    expect(await ask()).toMatchObject({ status: 200 });
  });

  test('lets us in without rights', async ({ skip }) => {
    skip(process.geteuid?.() === 0, 'root may use every socket');
    await writeFile(socket(), '', { mode: 0 });
    await expect(ask()).rejects.toMatchObject({ code: 'PW_ENGINE_FORBIDDEN', exit: 4 });
  });

  test('at a port any more', async () => {
    const { server, asked } = await listen(engineOf(), 0);
    const { port } = server.address() as AddressInfo;
    engines = withEnv({ DOCKER_HOST: `tcp://127.0.0.1:${port}/below` });
    expect(await ask()).toMatchObject({ status: 200 });
    expect(asked).toEqual(['GET /below/_ping', 'GET /below/v1.41/info']);
    await engines.close();
    server.close();
    await once(server, 'close');
    await expect(ask()).rejects.toMatchObject({
      code: 'PW_ENGINE_UNREACHABLE',
      message: expect.stringContaining(
        `tcp://127.0.0.1:${port} ($DOCKER_HOST) cannot be reached: nobody listens`,
      ) as string,
    });
  });

  test('at all', async () => {
    expect(engines.isThere(docker())).toBe(false);
    await expect(ask()).rejects.toMatchObject({ code: 'PW_NO_ENGINE', exit: 4 });
  });
});

describe('what does not come to an end, ends in time', () => {
  test.each<readonly [string, () => Server]>([
    ['silence', () => engineOf(() => undefined)],
    ['silence from the start', () => createServer(() => undefined)],
    ['no HTTP and no end', () => createPlainServer((it) => it.resume())],
    ['half an answer', () => engineOf((_, response) => void response.writeHead(200).write('[1,'))],
    [
      'drops',
      () =>
        engineOf((_, response) => {
          const drops = setInterval(() => response.write(' '), 10);
          response.on('close', () => clearInterval(drops));
        }),
    ],
  ])('%s', async (_, server) => {
    const { connections } = await listen(server());
    const began = Date.now();
    await expect(ask({ timeoutMs: 200 })).rejects.toMatchObject({
      code: 'PW_ENGINE_SILENT',
      exit: 4,
      message: expect.stringContaining('within 0.2 s') as string,
    });
    expect(Date.now() - began).toBeLessThan(5_000);
    await soon(() => connections.every(({ destroyed, readableEnded }) => destroyed || readableEnded));
  });
});

describe('how long is waited for an answer', () => {
  test('is what the environment says, where the request does not', async () => {
    await listen(engineOf(() => undefined));
    engines = withEnv({ PIPEWRIGHT_ENGINE_TIMEOUT: '0.1' });
    for (const method of ['GET', 'POST'] as const)
      await expect(ask({ method })).rejects.toMatchObject({
        message: expect.stringContaining(`to ${method} /v1.41/info within 0.1 s`) as string,
      });
  });

  test.each(['soon', '-1', '0', '1e9'])('is no such thing as "%s"', async (text) => {
    engines = withEnv({ PIPEWRIGHT_ENGINE_TIMEOUT: text });
    await expect(ask()).rejects.toMatchObject({ code: 'PW_ENGINE_TIMEOUT', exit: 2 });
  });
});

describe('what is wrong on the way', () => {
  test.each<readonly [string, () => Server, string]>([
    ['no answer begins', () => createServer(({ socket }) => socket.destroy()), 'PW_ENGINE_BROKE_OFF'],
    [
      'an answer breaks off',
      () =>
        engineOf((request, response) => {
          response.writeHead(200, { 'content-length': 100 }).write('[1,', () => request.socket.destroy());
        }),
      'PW_ENGINE_BROKE_OFF',
    ],
    [
      'chunks break off',
      () => engineOf((request, response) => void response.write('[1,', () => request.socket.destroy())),
      'PW_ENGINE_BROKE_OFF',
    ],
    [
      'no JSON',
      () => engineOf((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>')),
      'PW_ENGINE_NOT_JSON',
    ],
    ['no HTTP', () => createPlainServer((it) => it.resume().end('SSH-2.0-OpenSSH_9.2\r\n')), 'PW_NOT_AN_ENGINE'],
    [
      'more than anybody wants',
      () =>
        engineOf((_, response) => {
          const piece = Buffer.alloc(1024 * 1024);
          const more = (left: number): void =>
            void response.write(piece, () => (left > 0 && !response.destroyed ? more(left - 1) : undefined));
          more(70);
        }),
      'PW_ENGINE_TOO_MUCH',
    ],
  ])(
    '%s',
    async (_, server, code) => {
      const { connections } = await listen(server());
      await expect(ask({ timeoutMs: 20_000 })).rejects.toMatchObject({ code });
      await soon(() => connections.every(({ destroyed }) => destroyed || code === 'PW_ENGINE_NOT_JSON'));
    },
    30_000,
  );
});

describe('a command in a container', () => {
  /** An engine that makes one of it, and whose start is this. */
  const starts = (start: Answer): Server =>
    engineOf((request, response) => {
      if (request.url?.endsWith('/start')) start(request, response);
      else if (request.method === 'POST') json(response, { Id: 'e1' }, 201);
      else json(response, { Running: false, ExitCode: 7 });
    });

  /** Its exit code, and what it said. */
  async function exec(
    more: Partial<ContainerCommand> = {},
    input: AsyncIterable<Uint8Array> = Readable.from([]),
  ): Promise<readonly [number, string]> {
    const said: string[] = [];
    const command = { engine: docker(), container: 'web', argv: ['id'], stdin: false, tty: false, env: {}, ...more };
    const write = async (stream: string, bytes: Uint8Array) =>
      said.push(`${stream} ${Buffer.from(bytes).toString()}`) > 0;
    return [await engines.exec(command, { input, write, size: () => [40, 100] }), said.join('\n')];
  }

  const TAKEN = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
  const UNIX = '\x01\0\0\0\0\0\0\x03abc';

  test('what comes along with the word for it is of its output', async () => {
    const server = starts(fine).on('upgrade', (_, connection: Socket) => connection.end(`${TAKEN}${UNIX}`));
    const { asked } = await listen(server);
    expect(await exec()).toEqual([7, 'stdout abc']);
    expect(asked).toEqual(['GET /_ping', 'POST /v1.41/containers/web/exec', 'GET /v1.41/exec/e1/json']);
  });

  test('is refused when it is to start', async () => {
    await listen(starts((_, response) => json(response, { message: 'it has ended' }, 409)));
    await expect(exec()).rejects.toMatchObject({
      code: 'PW_NO_EXEC',
      exit: 1,
      message: 'Docker runs no command in the container "web": it has ended',
    });
  });

  describe('that leaves unread what it is sent', () => {
    const more = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(65_536);
    };

    /** Says something, and lets go of the connection when there is more than it takes. */
    const letsGo = (running: boolean): Server => {
      const server = engineOf((request, response) => {
        if (request.method === 'POST') json(response, { Id: 'e1' }, 201);
        else json(response, { Running: running, ExitCode: running ? null : 7 });
      });
      return server.on('upgrade', (_, connection: Socket) => {
        connection.pause();
        connection.write(`${TAKEN}${UNIX}`, () => setTimeout(() => connection.destroy(), 50));
      });
    };

    test('and has ended', async () => {
      await listen(letsGo(false));
      expect(await exec({ stdin: true }, more())).toEqual([7, 'stdout abc']);
    });

    test('and goes on, so that it was cut off', async () => {
      await listen(letsGo(true));
      await expect(exec({ stdin: true }, more())).rejects.toMatchObject({ code: 'PW_ENGINE_BROKE_OFF' });
    });
  });

  test('of which nobody says how it ended', async () => {
    const server = engineOf((request, response) => {
      if (request.method === 'POST') json(response, { Id: 'e1' }, 201);
      else request.socket.destroy();
    });
    await listen(server.on('upgrade', (_, connection: Socket) => connection.end(`${TAKEN}${UNIX}`)));
    await expect(exec()).rejects.toMatchObject({ code: 'PW_ENGINE_BROKE_OFF' });
  });

  test('has its size asked for again until it is there', async () => {
    let tries = 0;
    const server = engineOf((request, response) => {
      if (request.url?.includes('/resize')) json(response, {}, (tries += 1) < 3 ? 500 : 200);
      else if (request.method === 'POST') json(response, { Id: 'e1' }, 201);
      else json(response, { Running: false, ExitCode: 0 });
    });
    server.on('upgrade', (_, connection: Socket) => {
      connection.write(TAKEN);
      void soon(() => tries === 3).then(() => connection.end('there'));
    });
    const { asked } = await listen(server);
    expect(await exec({ tty: true })).toEqual([0, 'stdout there']);
    expect(asked.filter((it) => it.endsWith('/resize?h=40&w=100'))).toHaveLength(3);
  });
});

describe('what a container has said', () => {
  const read = async (follow?: AbortSignal): Promise<readonly [boolean, string]> => {
    let said = '';
    const write = async (stream: string, bytes: Uint8Array) => {
      said += `${stream} ${Buffer.from(bytes).toString()}`;
      return true;
    };
    const log = { engine: docker(), container: 'web', tail: 3, ...(follow ? { follow } : {}) };
    return [await engines.logs(log, write), said];
  };

  /** An engine that has a container, which is asked for twice. */
  const having = (answer: Answer): Server => {
    let inspected = 0;
    return engineOf((request, response) => {
      if (request.url?.includes('/logs?')) answer(request, response);
      else json(response, { Config: {}, message: 'no such process' }, (inspected += 1) > 1 ? 200 : 500);
    });
  };

  test('is asked for by lines, of a container that ends meanwhile too', async () => {
    const { asked } = await listen(having((_, response) => response.end('\x01\0\0\0\0\0\0\x03abc')));
    expect(await read()).toEqual([true, 'stdout abc']);
    const [inspection, query] = ['/v1.41/containers/web/json', 'stdout=true&stderr=true&tail=3'];
    const all = ['/_ping', inspection, inspection, `/v1.41/containers/web/logs?${query}`];
    expect(asked).toEqual(all.map((it) => `GET ${it}`));
  });

  test('stands elsewhere', async () => {
    const words = 'configured logging driver does not support reading';
    await listen(having((_, response) => json(response, { message: words }, 501)));
    await expect(read()).rejects.toMatchObject({
      code: 'PW_NO_LOGS',
      exit: 1,
      message: `Docker shows nothing of what the container "web" has said: ${words}`,
    });
  });

  test('is waited for though the engine says nothing until there is something', async () => {
    await listen(having(() => undefined));
    const follow = AbortSignal.timeout(100);
    expect(await read(follow)).toEqual([true, '']);
    expect(follow.aborted).toBe(true);
  });

  test('breaks off', async () => {
    await listen(
      having((_, response) =>
        response.write('\x01\0\0\0\0\0\0\x09abc', () => setTimeout(() => response.destroy(), 20)),
      ),
    );
    await expect(read(new AbortController().signal)).rejects.toMatchObject({ code: 'PW_ENGINE_BROKE_OFF' });
  });
});
