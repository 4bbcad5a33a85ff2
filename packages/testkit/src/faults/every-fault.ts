import type { PluginDefinition } from '@pipewright/plugin';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FaultCase } from './cases.js';
import { Commands, type Scenarios } from './commands.js';
import { addressNics, lostAddresses, takesName, withoutForeign } from './foreign.js';
import { mishapsOf } from './hazards.js';
import {
  attempt as attemptOnce,
  differences,
  only,
  recovered,
  report,
  scenario,
  whole,
  wrongs,
  isCommitted,
} from './scenario.js';

// A command in memory, and one thing after the other that goes wrong on its way: whatever it is, all is as it was before
// or as it was to be, at once or when the next command has recovered. `FAULTS=long` tries more, `SEED=7` others.

const SEED = Number(process.env['SEED'] ?? 1);
const LONG = process.env['FAULTS'] === 'long';

let runs = 0;

const attempt: typeof attemptOnce = (...parts) => {
  runs += 1;
  return attemptOnce(...parts);
};

afterAll(() => console.info(`${runs} commands were run (SEED=${SEED}${LONG ? ' FAULTS=long' : ''})`));

const COMMANDS = ['up', 'down', 'change'] as const;

vi.setConfig({ testTimeout: LONG ? 3_600_000 : 60_000 });

/** Tests, one group a case; `plugins` have all kinds that are in them. */
export const meetEveryFault = (cases: readonly FaultCase[], plugins: readonly PluginDefinition[]): void =>
  describe.each(cases)('$name', (it) => {
    const commands = new Commands(plugins);
    let scenarios: Scenarios;

    beforeAll(async () => {
      scenarios = await commands.scenariosOf(it);
    });

    test('comes up, changes and goes, and leaves no trace', async () => {
      const { up: first, change, down: last } = scenarios;
      expect(last.after).toEqual(first.before);
      for (const [one, text] of [
        [first, it.text],
        [change, it.edited],
      ] as const) {
        expect(one.after.kernel).not.toEqual(one.before.kernel);
        const there = await whole(one);
        expect((await one.command.plan(there.copy().live().topologies)).plan.changes).toEqual([]);
        expect((await scenario(there, commands.down(text))).after).toEqual(first.before);
      }
    });

    test.each(COMMANDS)('%s: each thing that is done goes wrong in each way', async (command) => {
      const one = scenarios[command];
      const found: string[] = [];
      for (const [at, effect] of one.effects.entries())
        for (const mishap of mishapsOf(effect)) {
          const world = one.world.copy();
          const { outcome } = await attempt(world, one.command, one.planned, only([at, mishap]));
          const wrong = await wrongs(one, world, outcome, effect.what === 'file' ? { mayLeave: true } : {});
          if (wrong.length > 0) found.push(report(at, one.effects, mishap, wrong));
        }
      expect(found).toEqual([]);
    });

    test.each(COMMANDS)(
      `%s: then another thing goes wrong in undoing or recovering it (SEED=${SEED})`,
      async (command) => {
        const one = scenarios[command];
        const found: string[] = [];
        for (const [first, kind, later, second] of fc.sample(pairs, { seed: SEED, numRuns: LONG ? 3000 : 30 })) {
          const at = first % one.effects.length;
          const mishap = pick(mishapsOf(pick(one.effects, at)), kind);
          const world = one.world.copy();
          const inUndo = [at + 1 + (later % 30), second] as const;
          const { outcome } = await attempt(world, one.command, one.planned, only([at, mishap], inUndo));
          // Whatever recovery comes to: the next one has nothing in its way.
          if (outcome === 'killed') await recovered(world, only([later, second])).catch(() => undefined);
          const wrong = await wrongs(one, world, outcome, { mayLeave: true });
          if (wrong.length > 0) found.push(report(at, one.effects, `${mishap}, then ${second} ${later} later,`, wrong));
        }
        expect(found).toEqual([]);
      },
    );

    test.each(COMMANDS)('%s: somebody takes a name a moment before: it stays theirs', async (command) => {
      const one = scenarios[command];
      const found: string[] = [];
      for (const [at, effect] of one.effects.entries()) {
        const take = effect.what === 'op' ? takesName(effect.op) : undefined;
        const wanted = one.world.copy();
        if (!take || !succeeds(() => take(wanted.kernel))) continue;
        for (const mishap of [undefined, 'refuse', 'kill'] as const) {
          const world = one.world.copy();
          const { outcome } = await attempt(world, one.command, one.planned, (_, index) => {
            if (index === at) take(world.kernel);
            return index === at ? mishap : undefined;
          });
          await recovered(world);
          const wrong = [
            ...differences('', wanted.picture(), world.picture()),
            ...(outcome === 'done' ? ['it was done'] : []),
          ];
          if (wrong.length > 0) found.push(report(at, one.effects, mishap ?? 'nothing', wrong));
        }
      }
      expect(found).toEqual([]);
    });

    test.each(COMMANDS)(
      '%s: somebody puts addresses on nics meanwhile: they stay as long as the nic',
      async (command) => {
        const one = scenarios[command];
        const found: string[] = [];
        for (const [at, effect] of one.effects.entries())
          for (const mishap of effect.what === 'op' ? ([undefined, 'refuse', 'kill'] as const) : []) {
            const world = one.world.copy();
            let given: ReturnType<typeof addressNics> = [];
            const { outcome } = await attempt(world, one.command, one.planned, (_, index) => {
              if (index === at) given = addressNics(world.kernel);
              return index === at ? mishap : undefined;
            });
            const end = outcome === 'done' || (await isCommitted(world)) ? one.after : one.before;
            await recovered(world);
            const wrong = [
              ...differences('', end.kernel, withoutForeign(world.picture())),
              ...lostAddresses(given, one.world.kernel, world.kernel),
            ];
            if (wrong.length > 0) found.push(report(at, one.effects, mishap ?? 'nothing', wrong));
          }
        expect(found).toEqual([]);
      },
    );
  });

const pairs = fc.tuple(
  fc.nat(),
  fc.nat(),
  fc.nat({ max: 60 }),
  fc.constantFrom('refuse', 'lie', 'break', 'break after', 'kill', 'kill after'),
);

function pick<T>(all: readonly T[], number: number): T {
  const found = all[number % all.length];
  if (found === undefined) throw new Error('there is none of them');
  return found;
}

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
