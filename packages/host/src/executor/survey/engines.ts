import {
  type Engines,
  engineSays,
  type EngineSpec,
  fail,
  isFine,
  type ReadQuery,
  type ResourceType,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { type Answers, questionOf } from './answers.js';
import { ENGINE_READ_MS } from './containers.js';
import type { Reading } from './read.js';

/**
 * What container engines say, each asked once. Only those that the topology has to do with: some start their daemon when
 * they are spoken to.
 */
export async function askEngines(reading: Reading, engines: Engines): Promise<Answers> {
  const asked = reading.types.flatMap((type) =>
    type.queries.flatMap((query) => (query.engine && !isIdle(type, query.engine.of, reading, engines) ? [query] : [])),
  );
  const questions = new Map(asked.map((query) => [questionOf(query), query]));
  const answers = [...questions].map(async ([question, query]) => [question, await answerTo(query, engines)] as const);
  return new Map(await Promise.all(answers));
}

/** What the topology wants or had must be asked for, even where nobody may answer; all else only of an engine that is there. */
function isIdle(type: ResourceType, of: EngineSpec, { request }: Reading, engines: Engines): boolean {
  const { wanted, applied, nodes, search } = request;
  if ([...wanted, ...applied].some((it) => it.type === type.type)) return false;
  const concerns =
    search === true || nodes.some(({ locator }) => locator.by === 'container' && locator.engine.title === of.title);
  return !concerns || !engines.isThere(of);
}

async function answerTo({ engine }: ReadQuery, engines: Engines): Promise<unknown> {
  if (!engine) return [];
  const answer = await engines.request(engine.of, {
    method: 'GET',
    path: engine.path,
    timeoutMs: ENGINE_READ_MS,
  });
  return isFine(answer) ? answer.body : fail(errors.surveyFailed(engine.of.title, engine.path, engineSays(answer)));
}
