import type { Commands, Resource, ResourceType } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { checkTrials } from './trials.js';

const tunnel = (size: number): Resource => ({
  type: 'tunnel',
  key: `tunnel:h1//t${String(size)}`,
  id: `t${String(size)}`,
  on: { host: 'h1' },
  attrs: { size },
});

const trialOf = (size: number) => ({
  name: `tunnels of ${String(size)}`,
  argv: ['try', String(size)],
  stdin: 'add',
  takenBy: ({ attrs }: Resource) => attrs['size'] === size,
  fix: (words: string) => `mend ${words}`,
});

const types = [{ type: 'wire' }, { type: 'tunnel', trials: [trialOf(1), trialOf(2)] }] as unknown as ResourceType[];

/** A host on which tunnels of 1 can be made. */
const commands: Commands = {
  run: (argv, options) =>
    Promise.resolve(
      argv.join(' ') === 'try 1' && options?.input === 'add'
        ? { code: 0, stdout: '', stderr: '' }
        : { code: 1, stdout: '', stderr: 'no\nat all' },
    ),
};

test('what not every host can do is tried, and needed where the topology takes it', async () => {
  const works = { name: 'tunnels of 1', ok: true, detail: 'works' };
  const fails = { name: 'tunnels of 2', ok: false, detail: 'no', fix: 'mend no\nat all' };
  expect(await checkTrials(commands, types, [tunnel(1)])).toEqual([
    { ...works, essential: true },
    { ...fails, essential: false },
  ]);
  expect(await checkTrials(commands, types, [{ ...tunnel(1), type: 'wire' }, tunnel(2)])).toEqual([
    { ...works, essential: false },
    { ...fails, essential: true },
  ]);
});
