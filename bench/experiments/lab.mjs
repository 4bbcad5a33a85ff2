// One topology, made and removed by pipewright and by the scripts in by-hand/.
import { inTurns, printed } from '../measure.mjs';
import { bareNode, byHand, pipewright } from '../programs.mjs';
import { withoutTrace } from '../sandbox.mjs';
import { mustEqual, stateOfLab } from '../state.mjs';
import { writeLab } from '../topology.mjs';

export const gives = ['up', 'up-batch', 'again', 'down'];

export async function run(setting, wanted) {
  const { nodes, repeat } = setting;
  const ways = { pipewright: () => ours(setting, wanted.includes('again')), oneByOne: () => oneByOne(nodes) };
  if (wanted.includes('up-batch')) ways.batched = () => batched(nodes);
  const turns = await inTurns(
    repeat,
    Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, () => withoutTrace(way)])),
  );
  for (const [name, results] of Object.entries(turns))
    for (const { state } of results) mustEqual(state, turns.oneByOne[0].state, `${name} ends in another state`);
  const all = (name, what) => (turns[name] ?? []).flatMap((it) => it[what]);
  return {
    up: { ours: all('pipewright', 'up'), other: all('oneByOne', 'up') },
    'up-batch': { ours: all('pipewright', 'up'), other: all('batched', 'up') },
    again: { ours: all('pipewright', 'again'), other: all('pipewright', 'node') },
    down: { ours: all('pipewright', 'down'), other: all('oneByOne', 'down') },
  };
}

async function ours(setting, withAgain) {
  const file = writeLab('/mnt/lab.json', setting.nodes);
  const up = pipewright(setting, 'up', file);
  const state = stateOfLab();
  if (withAgain) pipewright(setting, 'up', file); // the first that finds nothing to do keeps how it found that
  const { again, node } = await inTurns(withAgain ? 3 : 0, {
    again: () => pipewright(setting, 'up', file),
    node: bareNode,
  });
  return { up, state, again, node, down: pipewright(setting, 'down', file) };
}

const oneByOne = (nodes) => ({
  up: byHand('up-one-by-one', nodes),
  state: stateOfLab(),
  down: byHand('down-one-by-one', nodes),
});

function batched(nodes) {
  const up = byHand('up-batched', nodes);
  const state = stateOfLab();
  removeQuickly(nodes);
  return { up, state };
}

/** Not timed. */
function removeQuickly(nodes) {
  const names = Array.from({ length: nodes }, (_, i) => `netns del lab-n${i}\n`);
  printed(['ip', '-batch', '-'], `${names.join('')}link del dev lab-lan0\n`);
}
