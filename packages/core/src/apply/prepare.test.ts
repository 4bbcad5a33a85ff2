import {
  type Batch,
  type Change,
  exec,
  type Executor,
  type OpFailure,
  PipewrightError,
  resource,
  resourceType,
  z,
} from '@pipewright/plugin';
import { expect, test } from 'vitest';
import type { ResourceTypes } from '../registry/registry.js';
import { prepare } from './prepare.js';

const thing = resourceType({
  type: 'thing',
  attrs: z.object({}),
  name: () => 'it',
  queries: [],
  parse: () => [],
  write: () => [],
  prepare: ({ on }) => [exec({ host: on.host }, 'try')],
  unprepared: ({ on }, words) => ({ code: 'PW_LACKS', message: `${on.host}: ${words}`, fix: 'Mend it.', exit: 4 }),
});

const types = { need: () => thing } as unknown as ResourceTypes;

const made = (host: string, id: string): Change => {
  const after = resource('thing', { host }, id, {}, { id });
  return { action: 'create', type: 'thing', key: after.key, id, on: { host }, after, fields: [] };
};

/** Where it fails on one host. */
function asking(failing?: string): { readonly executor: Executor; readonly asked: string[] } {
  const asked: string[] = [];
  const run = async (batches: readonly Batch[]): Promise<readonly OpFailure[]> => {
    asked.push(...batches.map(({ on }) => on.host));
    return batches.flatMap(({ on, ops }) =>
      on.host === failing ? ops.map((op) => ({ op, message: 'no such.' })) : [],
    );
  };
  return { executor: { run } as unknown as Executor, asked };
}

const CHANGES = [made('h1', 'a'), made('h1', 'b'), made('h2', 'a')];

const UNTROUBLED = new AbortController().signal;

test('what several changes need is had once', async () => {
  const { executor, asked } = asking();
  await prepare(CHANGES, types, executor, UNTROUBLED);
  expect(asked).toEqual(['h1', 'h2']);
});

test('what cannot be had is told in the words of its type, and of which host it is', async () => {
  const failure = await prepare(CHANGES, types, asking('h2').executor, UNTROUBLED).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PipewrightError);
  const { code, message, exit, byHost } = failure as PipewrightError;
  expect([code, message, exit, [...byHost.keys()]]).toEqual(['PW_LACKS', 'h2: no such', 4, ['h2']]);
});

test('who is interrupted does not wait for it', async () => {
  const never = { run: () => new Promise(() => undefined) } as unknown as Executor;
  const stop = new AbortController();
  const preparing = prepare(CHANGES, types, never, stop.signal);
  stop.abort();
  await expect(preparing).rejects.toMatchObject({ code: 'PW_INTERRUPTED', exit: 130 });
});
