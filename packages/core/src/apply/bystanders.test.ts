import { resourceTypes } from '@pipewright/kernel';
import { device, type Observed, processIn, type Resource } from '@pipewright/plugin';
import { testPlugin } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { changeOf } from '../diff/change-of.js';
import { plan as planOf } from '../plan/plan.js';
import { DeviceKinds, ResourceTypes } from '../registry/registry.js';
import type { Planned } from '../stages.js';
import { restartsOf, withBystanders } from './bystanders.js';

const known = { types: new ResourceTypes(resourceTypes), deviceKinds: new DeviceKinds(testPlugin.deviceKinds ?? []) };
const a = { host: 'local', node: 'a' };
const eth1 = device(a, 'eth1', { kind: 'wire' });
const ours = (it: Resource): Observed => ({ ...it, owner: 't' });
const program = (id: string): Observed => {
  const it = processIn(a, 't', id, { argv: ['run'] });
  return ours(known.types.need('process').mark?.(it, 't') ?? it);
};
const ended = (it: Observed): Observed => ({ ...it, attrs: { ...it.attrs, state: 'dead' }, irretrievable: true });

const planned = (actual: readonly Observed[], ...changes: Planned['plan']['changes']) =>
  ({
    plan: planOf('t', { changes, notes: [], diagnostics: [] }, known),
    survey: { actual } as unknown as Planned['survey'],
  }) satisfies Pick<Planned, 'plan' | 'survey'>;

const replaced = changeOf('replace', ours(eth1), eth1);

/** What is undone last. */
const lastUndone = (given: ReturnType<typeof planned>) =>
  withBystanders(given, known).stages[0]?.batches.flatMap(({ ops }) =>
    ops.map(({ changes, bystander, forward, inverse }) => [
      changes.map(({ id }) => id).join(),
      bystander,
      forward.length,
      inverse.map((it) => 'verb' in it && it.verb),
    ]),
  );

test('programs that are not changed themselves are started again when all else is undone', () => {
  const given = planned([program('a/one'), ended(program('a/two')), ours(eth1)], replaced);
  expect(lastUndone(given)).toEqual([['a/one', true, 0, ['stop', 'start']]]);
  expect(withBystanders(given, known).stages.slice(1, -1)).toEqual(given.plan.stages);
  expect(withBystanders(given, known).stages.at(-1)?.batches).toMatchObject([
    { ops: [{ forward: [{ argv: ['sleep', '0.1'] }], inverse: [] }] },
  ]);
});

test('nothing of theirs ends where nothing goes, and what is changed is no bystander', () => {
  const one = program('a/one');
  for (const given of [
    planned([one], changeOf('create', undefined, eth1)),
    planned([one], changeOf('replace', one, one), replaced),
    planned([{ ...one, owner: 'other' }], replaced),
    planned([ours(eth1)], replaced),
  ])
    expect(withBystanders(given, known)).toBe(given.plan);
});

test('what has ended is started again, unless the plan itself was to start it', () => {
  const one = program('a/one');
  const remaining = [changeOf('update', ended(one), one, { fields: ['state'] })];
  const verbs = (given: ReturnType<typeof planned>) =>
    restartsOf(remaining, given.plan, known).flatMap(({ batches }) =>
      batches.flatMap(({ ops }) => ops.flatMap(({ forward }) => forward.map((it) => 'verb' in it && it.verb))),
    );
  expect(verbs(planned([one], replaced))).toEqual(['stop', 'start']);
  expect(verbs(planned([one], changeOf('create', undefined, one)))).toEqual([]);
});
