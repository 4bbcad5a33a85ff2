import { type EngineRequest, PipewrightError } from '@pipewright/plugin';
import { builtins } from '@pipewright/plugins';
import { expect, test } from 'vitest';
import { TEST_ENGINE } from '../suites/engines.js';
import { IN_ONE_NAMESPACE } from './cases.js';
import { Commands } from './commands.js';
import { type Effect, mishapsOf } from './hazards.js';
import { attempt, only, type Outcome, recovered, report, whole } from './scenario.js';
import type { World } from './world.js';

// A namespace that only one is in who has joined it does not come back once that is out of it. Whatever goes wrong in making
// it anew, nothing is missed of the old namespace, and nothing stands in the way of the next command.

const HOLDER = '/containers/shared-holder';
const BLOWS: readonly (readonly [what: string, blow: EngineRequest])[] = [
  ['was started again', { method: 'POST', path: `${HOLDER}/restart` }],
  ['was stopped', { method: 'POST', path: `${HOLDER}/stop` }],
  ['was removed', { method: 'DELETE', path: `${HOLDER}?force=1` }],
];

const { text } = IN_ONE_NAMESPACE;
const commands = new Commands(builtins);
const command = commands.up(text);

/** In words: what is wrong after a command that met with something. */
async function wrongs(world: World, outcome: Outcome, effect: Effect): Promise<readonly string[]> {
  const found: string[] = [];
  if (outcome instanceof PipewrightError && outcome.exit !== 1 && effect.what !== 'file')
    found.push(`exit code ${String(outcome.exit)}: ${outcome.suppressed.map((it) => it.message).join(' ')}`);
  const left = await recovered(world);
  found.push(...(left === 'killed' ? [left] : left));
  const next = await command.plan(world.copy().live().topologies);
  const end = await attempt(world, command, next, () => undefined);
  if (end.outcome !== 'done') found.push(`the next command: ${String(end.outcome)}`);
  const { plan } = await command.plan(world.live().topologies);
  return [...found, ...plan.changes.map(({ action, id }) => `still to do: ${action} ${id}`)];
}

for (const [what, blow] of BLOWS)
  test(`where the one that another has joined ${what}, that is made anew, whatever goes wrong`, async () => {
    const there = await whole((await commands.scenariosOf(IN_ONE_NAMESPACE)).up);
    there.engines.answer(TEST_ENGINE, blow);
    const planned = await command.plan(there.copy().live().topologies);
    const { effects } = await attempt(there.copy(), command, planned, () => undefined);
    const found: string[] = [];
    for (const [at, effect] of effects.entries())
      for (const mishap of mishapsOf(effect)) {
        const world = there.copy();
        const { outcome } = await attempt(world, command, planned, only([at, mishap]));
        const wrong = await wrongs(world, outcome, effect);
        if (wrong.length > 0) found.push(report(at, effects, mishap, wrong));
      }
    expect(found).toEqual([]);
  });
