import { type Clock, type EngineSpec, type Engines, fail, type OutputStream } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { errors } from '../errors.js';
import { lastWords } from './last-words.js';

const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };

/** What it said, on which output; undefined: nothing is kept of that. */
type Said = readonly (readonly [OutputStream, string])[] | undefined;

/** It runs, the engine says at first. */
function answering(state: object, said: Said): Engines {
  const states = [{ Status: 'running', ExitCode: 0 }];
  return {
    isThere: () => true,
    request: () => Promise.resolve({ status: 200, body: { State: states.shift() ?? state } }),
    exec: () => Promise.resolve(0),
    logs: async ({ container }, write) => {
      for (const [stream, text] of said ?? fail(errors.noLogs('Docker', container, 'no')))
        await write(stream, Buffer.from(text));
      return true;
    },
    follow: async function* () {},
    close: () => Promise.resolve(),
  };
}

const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() };

const ended = { Status: 'exited', ExitCode: 3 };

test.each<[string, object, Said, string | undefined]>([
  [
    'says how it ended, and what it said last, on whichever output',
    ended,
    [
      ['stdout', 'no settings\n'],
      ['stderr', 'give some\n\n'],
    ],
    'its command ended at once, with exit code 3: no settings / give some',
  ],
  ['of a terminal, too', ended, [['stdout', 'no\r\n']], 'its command ended at once, with exit code 3: no'],
  ['said nothing', ended, [], 'its command ended at once, with exit code 3'],
  ['has no log', ended, undefined, 'its command ended at once, with exit code 3'],
  ['runs', { Status: 'running', ExitCode: 0 }, [], undefined],
])('a container that %s', async (_, state, said, told) =>
  expect(await lastWords(engine, 'web', { engines: answering(state, said), clock })).toBe(told),
);
