import type { Clock, EngineAnswer, EngineSpec, Engines } from '@pipewright/plugin';
import { type Inspected, inspection } from './survey/containers.js';

/** Of what it said, so many lines from the end. */
const LINES = 3;
const LONGEST = 300;
const TRIES = 20;
const BETWEEN_MS = 50;

/** One that is to be restarted may be between two tries. */
const ENDED: ReadonlySet<string> = new Set(['exited', 'restarting']);

/** Each piece that a container wrote: to which output, and how long it is (Engine API, ContainerAttach). */
const HEADS = /[\u0001\u0002]\0{3}[^]{4}/g;

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
  const said = await engines.request(engine, {
    method: 'GET',
    path: `/containers/${encodeURIComponent(name)}/logs?stdout=true&stderr=true&tail=${LINES}`,
  });
  const words = said.status === 200 && typeof said.body === 'string' ? linesOf(said.body) : [];
  const ended = `its command ended at once, with exit code ${code}`;
  return words.length === 0 ? ended : `${ended}: ${words.join(' / ').slice(-LONGEST)}`;
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
    .replaceAll(HEADS, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
