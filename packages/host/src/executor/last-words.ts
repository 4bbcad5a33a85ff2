import { type Clock, type EngineAnswer, type EngineSpec, type Engines, PipewrightError } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { type Inspected, inspection } from './survey/containers.js';

/** Of what it said, so many lines from the end. */
const LINES = 3;
const LONGEST = 300;
const TRIES = 20;
const BETWEEN_MS = 50;

/** One that is to be restarted may be between two tries. */
const ENDED: ReadonlySet<string> = new Set(['exited', 'restarting']);

/**
 * How a container has ended that was started just now, and what it said: nothing else tells after it is removed. Undefined
 * where it runs, or its engine does not say.
 */
export async function lastWords(
  engine: EngineSpec,
  name: string,
  { engines, clock }: { readonly engines: Engines; readonly clock: Clock },
): Promise<string | undefined> {
  const code = await exitCode(() => inspection(engines)(engine, name), clock);
  if (code === undefined) return undefined;
  const words = linesOf(await saidLast(engine, name, engines));
  const ended = `its command ended at once, with exit code ${code}`;
  return words.length === 0 ? ended : `${ended}: ${words.join(' / ').slice(-LONGEST)}`;
}

/** Empty where its engine keeps nothing of it. */
async function saidLast(engine: EngineSpec, container: string, engines: Engines): Promise<string> {
  const said: Uint8Array[] = [];
  try {
    await engines.logs({ engine, container, tail: LINES }, async (_, bytes) => said.push(bytes) > 0);
  } catch (error) {
    if (!(error instanceof PipewrightError) || error.code !== errors.noLogs.code) throw error;
  }
  return Buffer.concat(said).toString();
}

/** A process is gone some moments before its engine says so. */
async function exitCode(inspect: () => Promise<EngineAnswer>, clock: Clock): Promise<number | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { Status: state = '', ExitCode: code } = ((await inspect()).body as Partial<Inspected>).State ?? {};
    if (state !== 'running') return ENDED.has(state) ? code : undefined;
    await clock.sleep(BETWEEN_MS);
  }
  return undefined;
}

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
