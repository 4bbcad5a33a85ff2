import {
  type Clock,
  type EngineAnswer,
  type EngineCondition,
  type Engines,
  engineSays,
  type EngineSpec,
  isFine,
  PipewrightError,
  textAt,
} from '@pipewright/plugin';

interface Listening {
  readonly engine: EngineSpec;
  readonly engines: Pick<Engines, 'follow'>;
  readonly clock: Clock;
  readonly stop?: AbortSignal | undefined;
}

/**
 * What no event tells of is asked for, first soon, as it may have happened before we listened, then twice as late each
 * time, but never later than this.
 */
const FIRST_MS = 200;
const LATEST_MS = 10_000;

/** Asks again whenever the engine tells of the container, until it is so; returns why it is not. */
export async function waitUntil(
  condition: EngineCondition,
  first: EngineAnswer,
  ask: () => Promise<EngineAnswer>,
  at: Listening,
): Promise<string | undefined> {
  const until = at.clock.now() + condition.withinMs;
  const events = new Events(condition.of, at);
  try {
    for (let [answer, restMs] = [first, FIRST_MS]; ; restMs = Math.min(2 * restMs, LATEST_MS)) {
      const verdict = judge(condition, answer);
      if (verdict) return verdict.failure;
      const left = until - at.clock.now();
      if (left <= 0) return lateWords(condition, answer);
      await events.next(Math.min(restMs, left));
      if (at.stop?.aborted) return 'interrupted';
      answer = await ask();
    }
  } finally {
    await events.close();
  }
}

/** Undefined while it may still become so. */
function judge(condition: EngineCondition, answer: EngineAnswer): { readonly failure: string | undefined } | undefined {
  if (!isFine(answer)) return { failure: engineSays(answer) };
  if (textAt(condition.at, answer) === condition.is) return { failure: undefined };
  const over = condition.never.find((it) => it.in.includes(textAt(it.at, answer)));
  return over && { failure: `${condition.of} ${over.words}${why(condition, answer)}` };
}

const lateWords = (condition: EngineCondition, answer: EngineAnswer): string =>
  `${condition.of} is still ${textAt(condition.at, answer)}, not ${condition.is}, after ${condition.withinMs / 1000} s${why(condition, answer)}`;

function why({ why: path = [] }: EngineCondition, answer: EngineAnswer): string {
  const [last = ''] = textAt(path, answer).trim().split('\n').slice(-1);
  return last === '' ? '' : `: ${last}`;
}

/** What an engine tells of one container, as something to wait for. One that tells nothing is only asked. */
class Events {
  readonly #clock: Clock;
  readonly #stop: readonly AbortSignal[];
  readonly #ending = new AbortController();
  readonly #heard: Promise<void>;
  #rang = false;
  #wake: () => void = () => undefined;

  constructor(of: string, { engine, engines, clock, stop }: Listening) {
    this.#clock = clock;
    this.#stop = stop ? [stop] : [];
    this.#heard = this.#listen(of, engines.follow(engine, this.#ending.signal, { health: true }));
  }

  /** Resolves after something that was told, after so long, or when it is to stop. */
  async next(withinMs: number): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    if (!this.#rang) await this.#clock.sleep(withinMs, AbortSignal.any([waking.signal, ...this.#stop]));
    this.#rang = false;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#heard;
  }

  async #listen(of: string, events: ReturnType<Engines['follow']>): Promise<void> {
    try {
      for await (const { name, id } of events) {
        if (name !== of && !id.startsWith(of)) continue;
        this.#rang = true;
        this.#wake();
      }
    } catch (error) {
      if (!(error instanceof PipewrightError)) throw error;
    }
  }
}
