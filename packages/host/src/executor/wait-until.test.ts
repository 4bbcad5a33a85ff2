import {
  type Clock,
  type ContainerEvent,
  type EngineAnswer,
  type EngineCondition,
  type Engines,
  type EngineSpec,
  PipewrightError,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { waitUntil } from './wait-until.js';

const engine: EngineSpec = { title: 'Docker', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } };

const condition: EngineCondition = {
  at: ['Health'],
  is: 'healthy',
  never: [
    { at: ['Status'], in: ['exited'], words: 'ended' },
    { at: ['Health'], in: [''], words: 'has no health test' },
    { at: ['Health'], in: ['unhealthy'], words: 'is unhealthy' },
  ],
  why: ['Log', '-1', 'Output'],
  of: 'db',
  withinMs: 60_000,
};

const state = (Health: string, more: object = {}): EngineAnswer => ({ status: 200, body: { Health, ...more } });

const silent: Engines['follow'] = async function* () {};

/** Time passes by sleeping alone. */
const passing = (slept: number[] = []): Clock => {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      slept.push(ms);
    },
  };
};

/** Time does not pass: who sleeps is woken, or sleeps for ever. */
const still: Clock = {
  now: () => 0,
  sleep: (_, signal) =>
    new Promise((resolve) => {
      signal?.addEventListener('abort', () => resolve());
    }),
};

/** What comes of it where these are the answers, the last for ever. */
async function wait(answers: readonly EngineAnswer[], follow: Engines['follow'] = silent, clock = passing()) {
  let next = 1;
  const ask = async (): Promise<EngineAnswer> => answers[Math.min(next++, answers.length - 1)]!;
  const failure = await waitUntil(condition, answers[0]!, ask, { engine, engines: { follow }, clock });
  return { failure, asked: next, now: clock.now() };
}

describe('what is waited for', () => {
  test('is asked for at once when the engine tells of the container, by its name or id', async () => {
    const told: readonly ContainerEvent[] = [
      { action: 'health_status', id: '1'.repeat(64), name: 'db' },
      { action: 'die', id: `db${'1'.repeat(62)}`, name: 'other' },
    ];
    const events: Engines['follow'] = async function* (_, signal, how) {
      expect(how).toEqual({ health: true });
      for (const it of told) {
        yield it;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      yield told[0]!; // two that come together are one
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const answers = [state('starting'), state('starting'), state('healthy')];
    expect(await wait(answers, events, still)).toEqual({ failure: undefined, asked: 3, now: 0 });
  });

  test('is asked for again without that, more and more seldom', async () => {
    const slept: number[] = [];
    const answers = [...Array.from({ length: 8 }, () => state('starting')), state('healthy')];
    const untold: Engines['follow'] = async function* () {
      yield { action: 'start', id: '2'.repeat(64), name: 'another' };
      throw new PipewrightError({ code: 'PW_NO_EVENTS', message: '', fix: '', exit: 1 });
    };
    expect(await wait(answers, untold, passing(slept))).toMatchObject({ failure: undefined });
    expect(slept).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  test.each<readonly [string, EngineAnswer, string]>([
    ['ended', state('starting', { Status: 'exited', Log: [] }), 'db ended'],
    ['has no such thing', state(''), 'db has no health test'],
    [
      'turned out ill',
      state('unhealthy', { Log: [{ Output: 'first' }, { Output: 'one\nno disk\n' }] }),
      'db is unhealthy: no disk',
    ],
    ['is gone', { status: 404, body: { message: 'No such container: db' } }, 'No such container: db'],
  ])('is not waited for any more where it %s', async (_, answer, failure) => {
    expect(await wait([state('starting'), answer])).toMatchObject({ failure, asked: 2 });
    expect(await wait([answer])).toMatchObject({ failure, asked: 1, now: 0 });
  });

  test('is not waited for by who is to stop', async () => {
    const stop = new AbortController();
    const ask = () => Promise.resolve(state('starting'));
    const waiting = waitUntil(condition, state('starting'), ask, {
      engine,
      engines: { follow: silent },
      clock: still,
      stop: stop.signal,
    });
    stop.abort();
    expect(await waiting).toBe('interrupted');
  });

  test('is given up at last', async () => {
    const starting = state('starting', { Log: [{ Output: 'not yet' }] });
    expect(await wait([starting])).toMatchObject({
      failure: 'db is still starting, not healthy, after 60 s: not yet',
      now: 60_000,
    });
  });
});
