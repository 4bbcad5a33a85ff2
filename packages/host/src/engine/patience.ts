import { fail } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** How long an engine may take over a request that does not say so itself. */
export interface Patience {
  readonly questionMs: number;
  readonly changeMs: number;
}

const VARIABLE = 'PIPEWRIGHT_ENGINE_TIMEOUT';

/** A day: what is longer would overflow the timers of Node one day. */
const MOST_SECONDS = 86_400;

export function patienceOf(env: Readonly<Record<string, string | undefined>>): Patience {
  const text = env[VARIABLE] || undefined;
  if (text === undefined) return { questionMs: 10_000, changeMs: 30_000 };
  const seconds = Number(text);
  if (!(seconds >= 0.001 && seconds <= MOST_SECONDS)) return fail(errors.engineTimeout(VARIABLE, text));
  return { questionMs: seconds * 1000, changeMs: seconds * 1000 };
}
