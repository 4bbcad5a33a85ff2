import type { Commands, Resource, ResourceType, Trial } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';

/** What types of resources say that not every host can do. */
export const checkTrials = (
  commands: Commands,
  types: readonly ResourceType[],
  wanted: readonly Resource[],
): Promise<readonly Check[]> =>
  Promise.all(
    types.flatMap(({ type, trials = [] }) => {
      const its = wanted.filter((it) => it.type === type);
      return trials.map((it) => tried(commands, it, its.some(it.takenBy)));
    }),
  );

async function tried(commands: Commands, { name, argv, stdin, fix }: Trial, essential: boolean): Promise<Check> {
  const { code, stderr } = await commands.run(argv, stdin === undefined ? {} : { input: stdin });
  const found = { name, essential };
  return code === 0
    ? { ...found, ok: true, detail: 'works' }
    : { ...found, ok: false, detail: firstLine(stderr), fix: fix(stderr) };
}
