import {
  type EngineAnswer,
  type Engines,
  engineSays,
  type EngineSpec,
  fail,
  isFine,
  LOCAL_HOST,
  PipewrightError,
  type ReadQuery,
  type ResourceType,
  type SilentEngine,
  type SurveyRequest,
} from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { withoutQuery } from '../../engine/without-query.js';
import { type Answers, questionOf } from './answers.js';
import type { Reading } from './read.js';

/** What an engine is asked. */
type Question = NonNullable<ReadQuery['engine']>;

/** What engines say, and which of them say nothing. */
interface Told {
  readonly answers: Answers;
  readonly silent: readonly SilentEngine[];
}

/** What container engines say, each asked once. */
export async function askEngines({ types, request }: Reading, engines: Engines, host: string): Promise<Told> {
  const answers = new Map<string, unknown>();
  const silent: SilentEngine[] = [];
  const { search, ...withoutSearch } = request;
  const mayBeMissed = (question: string): boolean =>
    search === 'may' && !engineQuestions(types, withoutSearch, engines, host).has(question);
  const ask = async ([question, { of, path }]: readonly [string, Question]): Promise<void> => {
    try {
      answers.set(question, listed({ of, path }, await engines.request(of, { method: 'GET', path })));
    } catch (error) {
      if (!(error instanceof PipewrightError)) throw error;
      if (mayBeMissed(question)) return;
      if (!request.partly || error.exit !== LACKS_SOMETHING) throw error;
      const { code, message, fix, exit } = error;
      silent.push({ host, engine: of.title, fault: { code, message, fix, exit } });
    }
  };
  await Promise.all([...engineQuestions(types, request, engines, host)].map(ask));
  return { answers, silent };
}

/** The exit code of all that keeps an engine from answering; what is wrong with how it was asked has others. */
const LACKS_SOMETHING = 4;

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
 * What the topology wants or had must be asked for, even where nobody may answer, and its nodes where that is to be told; all
 * else only of an engine that is there, and without a word of it not of one of another machine: the way to that may be closed.
 */
function isConcerned(
  { type }: ResourceType,
  of: EngineSpec,
  { wanted, applied, nodes, search, partly }: SurveyRequest,
  { engines, host }: { readonly engines: Pick<Engines, 'isThere'>; readonly host: string },
): boolean {
  if ([wanted, applied].some((all) => all.some((it) => it.type === type))) return true;
  const isNamed = nodes.some(({ locator }) => locator.by === 'container' && locator.engine.title === of.title);
  if (isNamed && partly) return true;
  return ((search !== undefined && host === LOCAL_HOST) || isNamed) && engines.isThere(of);
}

/** What an engine has listed; throws, in its own words, where it has not. */
export const listed = ({ of, path }: Question, answer: EngineAnswer): unknown =>
  isFine(answer) ? answer.body : fail(errors.engineFailed(of.title, `GET ${withoutQuery(path)}`, engineSays(answer)));
