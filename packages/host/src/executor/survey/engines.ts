import {
  type EngineAnswer,
  type Engines,
  engineSays,
  type EngineSpec,
  fail,
  isFine,
  LOCAL_HOST,
  type ReadQuery,
  type ResourceType,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { withoutQuery } from '../../engine/without-query.js';
import { type Answers, questionOf } from './answers.js';
import type { Reading } from './read.js';

/** What an engine is asked. */
type Question = NonNullable<ReadQuery['engine']>;

/** What container engines say, each asked once. */
export async function askEngines({ types, request }: Reading, engines: Engines, host: string): Promise<Answers> {
  const answers = [...engineQuestions(types, request, engines, host)].map(async ([question, engine]) => {
    const asked = { method: 'GET', path: engine.path } as const;
    return [question, listed(engine, await engines.request(engine.of, asked))] as const;
  });
  return new Map(await Promise.all(answers));
}

/**
 * By the name of the question, those to engines that the topology has to do with: some start their daemon when they are
 * spoken to.
 */
export function engineQuestions(
  types: readonly ResourceType[],
  request: SurveyRequest,
  engines: Pick<Engines, 'isThere'>,
  host = LOCAL_HOST,
): ReadonlyMap<string, Question> {
  return new Map(
    types.flatMap((type) =>
      type.queries.flatMap((query) =>
        query.engine && isConcerned(type, query.engine.of, request, { engines, host })
          ? [[questionOf(query), query.engine] as const]
          : [],
      ),
    ),
  );
}

/**
 * What the topology wants or had must be asked for, even where nobody may answer; all else only of an engine that is there,
 * and without a word of it not of one of another machine: the way to that may be closed.
 */
function isConcerned(
  { type }: ResourceType,
  of: EngineSpec,
  { wanted, applied, nodes, search }: SurveyRequest,
  { engines, host }: { readonly engines: Pick<Engines, 'isThere'>; readonly host: string },
): boolean {
  if ([...wanted, ...applied].some((it) => it.type === type)) return true;
  const isNamed = nodes.some(({ locator }) => locator.by === 'container' && locator.engine.title === of.title);
  return ((search === true && host === LOCAL_HOST) || isNamed) && engines.isThere(of);
}

/** What an engine has listed; throws, in its own words, where it has not. */
export const listed = ({ of, path }: Question, answer: EngineAnswer): unknown =>
  isFine(answer) ? answer.body : fail(errors.engineFailed(of.title, `GET ${withoutQuery(path)}`, engineSays(answer)));
