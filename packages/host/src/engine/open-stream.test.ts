import { Readable } from 'node:stream';
import { fail } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { errors } from '../errors.js';
import { oneWay } from './open-stream.js';

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
