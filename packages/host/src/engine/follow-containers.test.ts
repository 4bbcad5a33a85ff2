import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { EngineConnection } from './engine-connection.js';
import { followContainers } from './follow-containers.js';

const stream = (chunks: AsyncIterable<Uint8Array>, close: () => void = () => undefined) => ({
  received: chunks,
  endedWell: () => undefined,
  send: async () => false,
  end: () => undefined,
  close,
});

type Opened = Awaited<ReturnType<EngineConnection['open']>>;

const engine = (opened: Opened): Pick<EngineConnection, 'open'> => ({ open: async () => opened });

async function followed(
  connection: Pick<EngineConnection, 'open'>,
  signal = new AbortController().signal,
  how: { readonly health?: boolean } = {},
) {
  const heard: string[] = [];
  for await (const { name, action } of followContainers('Docker', connection, signal, how))
    heard.push(`${name} ${action}`);
  return heard;
}

const event = (action: string, name: string | undefined, id = '0123456789abcdef') =>
  `${JSON.stringify({ Type: 'container', Action: action, Actor: { ID: id, Attributes: name === undefined ? {} : { name } } })}\n`;

test('lines are whole, wherever they are cut, and what makes no difference to a network is left out', async () => {
  const text = ['start', 'exec_create: sh', 'health_status: healthy', 'die', 'destroy'].map((it) => event(it, 'wéb'));
  const bytes = Buffer.from(`${text.join('')}no JSON\nnull\n${event('start', undefined)}`);
  for (const size of [1, 7, 64, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const heard = await followed(engine(stream(Readable.from(pieces))));
    expect(heard).toEqual(['wéb start', 'wéb die', 'wéb destroy', '0123456789ab start']);
  }
});

test('health is told to who asks for it', async () => {
  const text = ['start', 'health_status: unhealthy', 'health_status'].map((it) => event(it, 'web'));
  const opened = engine(stream(Readable.from([Buffer.from(text.join(''))])));
  expect(await followed(opened, undefined, { health: true })).toEqual([
    ...['web start', 'web health_status', 'web health_status'],
  ]);
});

test('what is refused says so', async () => {
  const refused = followed(engine({ status: 500, body: { message: 'no events' } }));
  await expect(refused).rejects.toMatchObject({
    code: 'PW_NO_EVENTS',
    message: expect.stringMatching(/no events/) as string,
  });
});

test('who has heard enough is left alone at once, and in peace', async () => {
  const ending = new AbortController();
  const endless = new PassThrough();
  endless.write(event('start', 'web'));
  const following = followed(
    engine(stream(endless, () => endless.destroy(new Error('read ECONNRESET')))),
    ending.signal,
  );
  setTimeout(() => ending.abort(), 10);
  expect(await following).toEqual(['web start']);
});
