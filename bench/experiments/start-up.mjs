// What a command costs that does next to nothing.
import { inTurns, timed } from '../measure.mjs';
import { bareNode, cliOf } from '../programs.mjs';

export const gives = ['version', 'help'];

export async function run(setting, wanted) {
  const runs = { node: bareNode };
  for (const row of wanted) runs[row] = () => timed([...cliOf(setting), `--${row}`]);
  for (const once of Object.values(runs)) once(); // the first one fills caches
  const { node, ...ours } = await inTurns(3 * setting.repeat, runs);
  return Object.fromEntries(wanted.map((row) => [row, { ours: ours[row], other: node }]));
}
