import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fail } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { errors } from '../errors.js';
import { bothWays, oneWay } from './open-stream.js';

test('what breaks off is told in words of ours, after what came before', async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('abc');
      throw new Error('read ECONNRESET');
    })(),
  );
  const stream = oneWay(broken, (error) => fail(errors.engineBrokeOff('Docker', 'GET /events', String(error))));
  const came: string[] = [];
  const reading = (async () => {
    for await (const bytes of stream.received) came.push(Buffer.from(bytes).toString());
  })();
  await expect(reading).rejects.toMatchObject({ code: 'PW_ENGINE_BROKE_OFF' });
  expect(came).toEqual(['abc']);
});

test('what was said before the other end closed is read, though it can be sent nothing more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-stream-'));
  const server = createServer().listen(join(folder, 'engine.sock'));
  await once(server, 'listening');
  const said: string[] = [];
  for (let tries = 0; tries < 20; tries++) {
    const socket = connect(join(folder, 'engine.sock'));
    const [theirs] = (await once(server, 'connection')) as [Socket];
    const stream = bothWays(socket, Buffer.from('head '), (error) => {
      throw error;
    });
    theirs.write('answer');
    theirs.destroy();
    await once(theirs, 'close');
    // Nothing was read since: that it is closed is first heard by writing to it.
    const sending = stream.send(Buffer.from('more'));
    let all = '';
    for await (const bytes of stream.received) all += Buffer.from(bytes).toString();
    said.push(all);
    await sending;
    stream.close();
  }
  server.close();
  rmSync(folder, { recursive: true });
  expect(said).toEqual(said.map(() => 'head answer'));
});
