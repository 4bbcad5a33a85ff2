// Whether a node costs the same where there are many, and how much memory they take.
import { readFileSync } from 'node:fs';
import { inTurns } from '../measure.mjs';
import { here, pipewright } from '../programs.mjs';
import { withoutTrace } from '../sandbox.mjs';
import { sizeOfLab } from '../state.mjs';
import { writeLab } from '../topology.mjs';

const PEAK_FILE = '/mnt/peak';
const peakMemory = { options: ['-r', here('peak-memory.cjs')], env: { PEAK_MEMORY_FILE: PEAK_FILE } };

export const gives = ['scale', 'memory'];

export async function run(setting) {
  const of = (count) => () => withoutTrace(() => upAndDown(setting, count));
  const { few, many } = await inTurns(2, { few: of(setting.nodes), many: of(setting.many) });
  return {
    scale: { ours: many.map((it) => it.msANode), other: few.map((it) => it.msANode) },
    memory: { ours: many.map((it) => it.megabytes) },
  };
}

function upAndDown(setting, count) {
  const file = writeLab(`/mnt/lab-${count}.json`, count);
  const msANode = pipewright(setting, 'up', file, peakMemory) / count;
  const megabytes = Number(readFileSync(PEAK_FILE, 'utf8')) / 1000;
  const { ports, namespaces } = sizeOfLab();
  if (ports !== count || namespaces !== count)
    throw new Error(`${count} nodes were to be up; there are ${namespaces} namespaces and ${ports} ports`);
  pipewright(setting, 'down', file);
  return { msANode, megabytes };
}
