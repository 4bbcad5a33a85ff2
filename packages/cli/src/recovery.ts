import { hostErrors } from '@pipewright/host';
import { coreErrors, pluginSpecs, type Recovery, sourceOf } from '@pipewright/core';
import { fail, type HostTarget, PipewrightError, type Unfinished } from '@pipewright/plugin';
import { composeEngine, type Engine } from './engine.js';
import type { Output } from './output/output.js';
import { NoProgress } from './output/progress.js';
import { loadPlugins } from './read/index.js';
import { unlessAborted } from './signals.js';
import { recoveryText, sinceText, unfinishedText } from './views/unfinished.js';

/** Before a change: finishes what earlier commands left, says it, and throws where something stays undone. */
export async function recoverFirst(
  engine: Engine,
  output: Output,
  hosts: readonly HostTarget[] = [],
  signal?: AbortSignal,
): Promise<boolean> {
  const recovered = [];
  // What was begun here may be all that there is on the others.
  for (const recover of [recoverAll, recoverOn(hosts, signal)]) {
    const recoveries = (await recover(engine, output)).filter(({ outcome }) => outcome !== 'untouched');
    for (const it of recoveries) output.say(recoveryText(it));
    recovered.push(...recoveries);
  }
  return recovered.length > 0;
}

/** Undoes or completes all that commands which are gone had begun from this machine. Throws, when all was tried, where something is left. */
export const recoverAll = async ({ topologies }: Engine, output: Output): Promise<readonly Recovery[]> =>
  recoverEach(await topologies.unfinished(), output);

/** The same of what was begun on these hosts, from wherever. Who is asked to end waits for none of them any more. */
export const recoverOn =
  (hosts: readonly HostTarget[], signal?: AbortSignal) =>
  async ({ topologies }: Engine, output: Output): Promise<readonly Recovery[]> =>
    recoverEach(await unlessAborted(topologies.unfinishedOn(hosts), signal), output);

async function recoverEach(all: readonly Unfinished[], output: Output): Promise<readonly Recovery[]> {
  const recoveries: Recovery[] = [];
  for (const it of all) recoveries.push(await recoverOne(it, output));
  const [partly] = recoveries.filter(({ outcome }) => outcome === 'partly');
  if (!partly) return recoveries;
  const suppressed = recoveries.flatMap(({ left, leftAlone }) => [...left, ...leftAlone]);
  return fail(notRecovered(partly.of, ''), { suppressed });
}

async function recoverOne(it: Unfinished, output: Output): Promise<Recovery> {
  try {
    return await (await engineOf(it, output)).topologies.recover(it);
  } catch (error) {
    // A plugin that is gone, a host that cannot be looked at: nothing was undone.
    const words = error instanceof Error ? error.message : String(error);
    throw new PipewrightError(notRecovered(it, words.replace(/\.$/, '')), { cause: error });
  }
}

const notRecovered = ({ command, topology, since }: Unfinished, words: string) =>
  coreErrors.notRecovered(command, topology, sinceText(since), words);

/** With the plugins of the topology that was worked on, so that what they bring is known. */
async function engineOf({ origin, record }: Unfinished, output: Output): Promise<Engine> {
  const progress = new NoProgress((line) => output.say(line));
  if (!origin) return composeEngine([], progress);
  const source = sourceOf(origin.source, record);
  return composeEngine(await loadPlugins(pluginSpecs(source), origin.base, source), progress);
}

/** For commands that change nothing. What is at work is none; not everybody can read it, and nobody has to know of it. */
export async function unfinishedOn({ topologies }: Engine, output: Output): Promise<readonly Unfinished[]> {
  try {
    return (await topologies.unfinished()).filter(({ running }) => !running);
  } catch (error) {
    if (error instanceof PipewrightError && error.code !== hostErrors.needsRoot().code)
      output.say(`warning: ${error.message}`);
    return [];
  }
}

export async function sayUnfinished(engine: Engine, output: Output): Promise<void> {
  for (const it of await unfinishedOn(engine, output)) output.say(`warning: ${unfinishedText(it)}`);
}
