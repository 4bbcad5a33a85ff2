import type { Clock, EngineAnswer, EngineSpec, Engines } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { lastWords } from './last-words.js';

const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };

/** It runs, the engine says at first. */
function answering(state: object, logs: EngineAnswer): Engines {
  const states = [{ Status: 'running', ExitCode: 0 }];
  return {
    isThere: () => true,
    request: (_, { path }) =>
      Promise.resolve(path.includes('/logs?') ? logs : { status: 200, body: { State: states.shift() ?? state } }),
    exec: () => Promise.resolve(0),
    logs: () => Promise.resolve(true),
    follow: async function* () {},
    close: () => Promise.resolve(),
  };
}

const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() };

const piece = (text: string, output: 1 | 2): string =>
  `${String.fromCharCode(output)}\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`;

const ended = { Status: 'exited', ExitCode: 3 };

test.each<[string, object, EngineAnswer, string | undefined]>([
  [
    'says how it ended, and what it said last, on whichever output',
    ended,
    { status: 200, body: piece('no settings\n', 1) + piece('give some\n\n', 2) },
    'its command ended at once, with exit code 3: no settings / give some',
  ],
  ['of a terminal, too', ended, { status: 200, body: 'no\r\n' }, 'its command ended at once, with exit code 3: no'],
  ['said nothing', ended, { status: 200, body: '' }, 'its command ended at once, with exit code 3'],
  ['has no log', ended, { status: 501, body: { message: 'no' } }, 'its command ended at once, with exit code 3'],
  ['runs', { Status: 'running', ExitCode: 0 }, { status: 200, body: '' }, undefined],
])('a container that %s', async (_, state, logs, told) =>
  expect(await lastWords(engine, 'web', { engines: answering(state, logs), clock })).toBe(told),
);
