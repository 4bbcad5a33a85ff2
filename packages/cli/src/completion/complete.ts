import type { NamedGuest } from '@pipewright/plugin';
import type { CommandSpec } from '../spec/command.js';
import type { OptionSpec } from '../spec/option.js';

/** One word that may stand there, and what it is. */
interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What only the shell knows. */
type Others = 'none' | 'files' | 'commands';

export interface Completions {
  readonly others: Others;
  readonly candidates: readonly Candidate[];
}

/** Words that a topology or the host has: asked for only where one may stand. */
export interface Names {
  topologies(): Promise<readonly string[]>;
  nodes(of: Chosen): Promise<readonly string[]>;
  networks(of: Chosen): Promise<readonly string[]>;
  /** What there is on this machine that can be attached to. */
  guests(): Promise<readonly NamedGuest[]>;
}

/** The topology that a command line chooses. */
export interface Chosen {
  readonly file: string | undefined;
  readonly name: string | undefined;
}

const NOTHING: Completions = { others: 'none', candidates: [] };
const FILES: Completions = { others: 'files', candidates: [] };

/** What may stand in the place of the last of `words`, which may be begun; `words` are all after the program's own name. */
export async function complete(
  words: readonly string[],
  commands: readonly CommandSpec[],
  names: Names,
): Promise<Completions> {
  const [first = '', ...rest] = words;
  if (words.length <= 1) return starting(first, overview(commands));
  if (first === 'help') return rest.length === 1 ? starting(rest[0], commandNames(commands)) : NOTHING;
  const command = commands.find(({ name }) => name === first);
  return command ? ofCommand(command, rest, names) : NOTHING;
}

const commandNames = (commands: readonly CommandSpec[]): Completions => ({
  others: 'none',
  candidates: commands.map(({ name, summary }) => ({ word: name, about: summary })),
});

const overview = (commands: readonly CommandSpec[]): Completions => ({
  others: 'none',
  candidates: [
    ...commandNames(commands).candidates,
    { word: 'help', about: 'what a command does' },
    HELP,
    { word: '--version', about: 'the version of pipewright' },
  ],
});

const HELP: Candidate = { word: '--help', about: 'what a command does' };

const starting = (begun = '', { others, candidates }: Completions): Completions => ({
  others,
  candidates: candidates.filter(({ word }) => word.startsWith(begun)),
});

async function ofCommand(command: CommandSpec, words: readonly string[], names: Names): Promise<Completions> {
  const begun = words.at(-1) ?? '';
  const before = walk(command, words.slice(0, -1));
  if (before.waiting) return starting(begun, await valuesOf(before.waiting, before, names));
  const positional = command.positionals[before.positionals] ?? command.positionals.find((it) => it.many);
  if (before.free && positional?.many)
    return before.positionals >= command.positionals.length
      ? FILES // what the user's command takes, nobody knows
      : starting(begun, await placeholder(positional.name, before, names));
  if (begun.startsWith('-')) return optionOrValue(command, begun, before, names);
  return positional ? starting(begun, await placeholder(positional.name, before, names)) : NOTHING;
}

/** What the words before say. */
interface Walked {
  readonly chosen: Chosen;
  readonly positionals: number;
  /** An option that waits for its value. */
  readonly waiting: OptionSpec | undefined;
  /** All that follows belongs to a command of the user's. */
  readonly free: boolean;
}

function walk({ options, positionals: taken }: CommandSpec, words: readonly string[]): Walked {
  let [positionals, free] = [0, false];
  let waiting: readonly [string, OptionSpec] | undefined;
  const given = new Map<string, string>();
  for (const word of words) {
    if (waiting) {
      given.set(waiting[0], word);
      waiting = undefined;
    } else if (free || !word.startsWith('-') || word === '-') {
      free ||= taken[positionals]?.many === true;
      positionals += 1;
    } else if (word === '--') free = true;
    else {
      const [, dashed = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      const found = optionNamed(options, dashed);
      if (value !== undefined && found) given.set(found[0], value);
      else if (found && found[1].type !== 'flag') waiting = found;
    }
  }
  return { chosen: { file: given.get('file'), name: given.get('name') }, positionals, waiting: waiting?.[1], free };
}

const optionNamed = (options: CommandSpec['options'], dashed: string): readonly [string, OptionSpec] | undefined =>
  Object.entries(options).find(([name, { alias }]) => dashed === `--${name}` || dashed === `-${String(alias)}`);

/** `--fo`, or `--format=s`: then with the option before each value. */
async function optionOrValue(
  { options }: CommandSpec,
  begun: string,
  before: Walked,
  names: Names,
): Promise<Completions> {
  const [dashed = ''] = begun.split('=');
  if (dashed !== begun) {
    const found = optionNamed(options, dashed)?.[1];
    const { others, candidates } = found ? await valuesOf(found, before, names) : NOTHING;
    return starting(begun, { others, candidates: candidates.map((it) => ({ ...it, word: `${dashed}=${it.word}` })) });
  }
  const candidates = Object.entries(options).map(([name, { summary }]) => ({ word: `--${name}`, about: summary }));
  return starting(begun, { others: 'none', candidates: [...candidates, HELP] });
}

const valuesOf = async ({ choices, value = '' }: OptionSpec, before: Walked, names: Names): Promise<Completions> =>
  choices ? asCandidates(choices, '') : placeholder(value, before, names);

/** By what stands for it in help, as all commands use one word for one thing. */
async function placeholder(word: string, { chosen }: Walked, names: Names): Promise<Completions> {
  switch (word) {
    case 'FILE':
    case 'FOLDER':
      return FILES;
    case 'COMMAND':
      return { others: 'commands', candidates: [] };
    case 'SHELL':
      return asCandidates(['bash', 'zsh', 'fish'], 'a shell');
    case 'ACTION':
      return asCandidates(['list', 'new'], 'of plugins');
    case 'NAME':
      return asCandidates(await names.topologies(), 'a topology');
    case 'NODE':
    case 'FROM':
    case 'TO':
      return asCandidates(await names.nodes(chosen), 'a node');
    case 'GUEST':
    case 'LINK':
      return guests(chosen, names);
    case 'NETWORK':
      return asCandidates(await names.networks(chosen), 'a network');
    default:
      return NOTHING;
  }
}

async function guests(chosen: Chosen, names: Names): Promise<Completions> {
  const [nodes, there] = await Promise.all([names.nodes(chosen), names.guests()]);
  const others = there.filter(({ name }) => !nodes.includes(name));
  return {
    others: 'none',
    candidates: [
      ...asCandidates(nodes, 'a node').candidates,
      ...others.map(({ name, engine }) => ({ word: name, about: engine ? `a container of ${engine}` : 'a namespace' })),
    ],
  };
}

const asCandidates = (words: readonly string[], about: string): Completions => ({
  others: 'none',
  candidates: words.map((word) => ({ word, about })),
});

/** A line for what the shell adds, then a line a candidate; nothing that a shell would act on. */
export const completionLines = ({ others, candidates }: Completions): string =>
  [others, ...candidates.filter(({ word }) => HARMLESS.test(word)).map(({ word, about }) => `${word}\t${about}`)].join(
    '\n',
  );

/** What is completed is typed for the user, unquoted, and names are from files of anybody. */
const HARMLESS = /^[\w@%+=:,./-]+$/;
