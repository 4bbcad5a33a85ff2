import { type Commands, fail, type ReadQuery } from '@pipewright/plugin';
import { errors } from '../../errors.js';

/** A namespace file, or undefined for the host's own. */
export type NamespacePath = string | undefined;

/** Where questions are asked, and how it is called where they fail. */
interface Where {
  readonly label: string;
  readonly path: NamespacePath;
}

/** Answers by question. */
export type Answers = ReadonlyMap<string, unknown>;

/** Its words, which stand for it. */
export function questionOf(query: ReadQuery): string {
  const known = questions.get(query);
  if (known !== undefined) return known;
  const question = query.argv.join(' ');
  questions.set(query, question);
  return question;
}

/** Of each query, many times a namespace. */
const questions = new WeakMap<ReadQuery, string>();

export const inNamespace = (path: NamespacePath, argv: readonly string[]): readonly string[] =>
  path === undefined ? argv : ['nsenter', `--net=${path}`, ...argv];

const IN_ANY = '[ -e "$1" ] || { echo "There is no $1" >&2; exit 1; }; shift; exec "$@"';

/** The same where nobody has seen yet whether it is there: no program is started in vain. */
export const inUnseen = (path: NamespacePath, argv: readonly string[]): readonly string[] =>
  path === undefined ? argv : ['sh', '-c', IN_ANY, 'sh', path, ...inNamespace(path, argv)];

/** How it is asked: `unseen` where the programs have to find out whether what a question needs is there. */
export interface AskOptions {
  readonly unseen?: true | undefined;
}

/** Asks everything in one namespace, in as few processes as `ip -batch` needs. */
export async function ask(
  queries: readonly ReadQuery[],
  of: Where,
  commands: Commands,
  options: AskOptions = {},
): Promise<Answers> {
  const enter = options.unseen ? inUnseen : inNamespace;
  const asked = groupsOf(queries, options).map(({ argv, ...group }) => ({ ...group, argv: enter(of.path, argv) }));
  const answers = await Promise.all(asked.map((group) => answersOf(group, of, commands)));
  return new Map(answers.flat());
}

const NOT_FOUND = 127;

/** Questions one process answers: `ip` commands with the same options, each answered by one line of JSON; or one other. */
interface Group {
  readonly argv: readonly string[];
  readonly input?: string;
  readonly questions: readonly string[];
  /** Its one answer is all that it prints. */
  readonly text?: true;
}

export function groupsOf(queries: readonly ReadQuery[], { unseen }: AskOptions = {}): readonly Group[] {
  const batches = new Map<string, { options: readonly string[]; lines: Map<string, string> }>();
  const others = new Map<string, Group>();
  for (const query of queries) {
    const question = questionOf(query);
    const [options, words] = split(query.argv);
    if (options === undefined) {
      const argv = unseen && query.given !== undefined ? ifThere(query.given, query.argv) : query.argv;
      others.set(question, { argv, questions: [question], ...(query.text ? { text: true } : {}) });
      continue;
    }
    const batch = batches.get(options.join(' ')) ?? { options, lines: new Map<string, string>() };
    batches.set(options.join(' '), batch);
    batch.lines.set(question, words.join(' '));
  }
  return [...joined([...batches.values()].map(batchGroup)), ...others.values()];
}

/** As if there were no such program, where the path is not there. */
const ifThere = (path: string, argv: readonly string[]): readonly string[] => [
  ...['sh', '-c', `test -e "$1" || exit ${NOT_FOUND}; shift; exec "$@"`, 'sh', path],
  ...argv,
];

/** Each batch's options and lines; the first that fails is the last. To `ip` a blank line is none. */
const ONE_AFTER_THE_OTHER = `while [ "$#" -gt 2 ]; do
ip $1 -batch - << END || exit
$2
END
shift 2
done
exec ip $1 -batch - << END
$2
END
`;

/** Batches of one namespace share a process of ours: to start one costs more than what it does. */
function joined(batches: readonly Batch[]): readonly Group[] {
  const [only, ...more] = batches;
  if (!only || more.length === 0)
    return batches.map(({ options, input, questions }) => ({
      argv: ['ip', ...options, '-batch', '-'],
      input,
      questions,
    }));
  const words = batches.flatMap(({ options, input }) => [options.join(' '), input]);
  return [
    { argv: ['sh', '-c', ONE_AFTER_THE_OTHER, 'sh', ...words], questions: batches.flatMap((it) => it.questions) },
  ];
}

/** `ip -j -6 rule show` → its options, which the whole process shares, and the words of one line. */
function split([tool, ...words]: readonly string[]): readonly [
  options: readonly string[] | undefined,
  words: readonly string[],
] {
  const first = words.findIndex((word) => !word.startsWith('-'));
  return tool === 'ip' && first > 0 ? [words.slice(0, first), words.slice(first)] : [undefined, words];
}

/** The lines of one `ip -batch`. */
interface Batch {
  readonly options: readonly string[];
  readonly input: string;
  readonly questions: readonly string[];
}

const batchGroup = ({ options, lines }: { options: readonly string[]; lines: ReadonlyMap<string, string> }): Batch => ({
  options,
  input: [...lines.values(), ''].join('\n'),
  questions: [...lines.keys()],
});

/** We may not look, or this kernel has nothing to be looked at. */
const SEES_NOTHING = /permission denied|operation not permitted|protocol not supported/i;

async function answersOf(
  { argv, input, questions, text }: Group,
  { label }: Where,
  commands: Commands,
): Promise<readonly [string, unknown][]> {
  const failed = (words: string): never => fail(errors.surveyFailed(label, questions.join('; '), words));
  const { code, stdout, stderr } = await commands.run(argv, input === undefined ? {} : { input });
  if (text && (code === NOT_FOUND || SEES_NOTHING.test(stderr))) return questions.map((question) => [question, []]);
  if (code !== 0) return failed(stderr.trim());
  if (text) return questions.map((question) => [question, stdout]);
  const answers = parseAnswers(stdout) ?? failed(stdout.slice(0, 200));
  // One question may be answered by nothing at all; several answers must be one each, or none is known for sure.
  if (questions.length > 1 && answers.length !== questions.length) return failed(`${answers.length} answers`);
  return questions.map((question, index) => [question, answers[index] ?? []]);
}

/**
 * Each line is one answer; undefined where one is no JSON. iproute2 does not escape control bytes, which a device's
 * alias may hold; bytes that are no UTF-8 have become U+FFFD by now.
 */
export function parseAnswers(stdout: string): readonly unknown[] | undefined {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  try {
    return lines.map((line): unknown => JSON.parse(line.replace(CONTROL, escaped)));
  } catch {
    return undefined;
  }
}

const CONTROL = /[\u0000-\u001f]/g;

const escaped = (byte: string): string => `\\u${byte.charCodeAt(0).toString(16).padStart(4, '0')}`;
