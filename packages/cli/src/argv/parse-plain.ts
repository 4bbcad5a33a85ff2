import type { CommandSpec } from '../spec/command.js';
import type { OptionSpec, OptionSpecs } from '../spec/option.js';
import type { AskedCommand } from './asked.js';

/**
 * A command line as help writes it: a command, its options and its words. Undefined for all else, mistakes included:
 * what is taken here means the same to yargs, and what is refused yargs explains.
 */
export function parsePlain(argv: readonly string[], commands: readonly CommandSpec[]): AskedCommand | undefined {
  const [name, ...args] = argv;
  const command = commands.find((it) => it.name === name);
  const found = command && read(args, command);
  if (!found || !fits(found.words, command)) return undefined;
  const options = Object.entries(command.options).map(([option, it]) => [option, valueOf(it, found.given.get(option))]);
  return { command, options: Object.fromEntries(options) as AskedCommand['options'], words: found.words };
}

interface Read {
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

function read(args: readonly string[], { options, positionals }: CommandSpec): Read | undefined {
  const given = new Map<string, string[]>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      const rest = args.slice(at + 1);
      return takesMany(positionals) && rest.every((it) => it !== '')
        ? { given, words: [...words, ...rest] }
        : undefined;
    }
    if (isWord(arg)) {
      if (!isPlainWord(arg, args[at - 1])) return undefined;
      words.push(arg);
      continue;
    }
    const option = optionOf(arg, options);
    if (!option) return undefined;
    const value = option.spec.type === 'flag' ? '' : (option.value ?? args[++at]);
    if (!isPlainValue(option, value) || (option.spec.type === 'text' && given.has(option.name))) return undefined;
    given.set(option.name, [...(given.get(option.name) ?? []), value]);
  }
  return { given, words };
}

const isWord = (arg: string): boolean => !arg.startsWith('-') || arg === '-';

/** `--yes true` is a flag with a value to yargs, which also makes nothing of an empty word. */
const isPlainWord = (word: string, before = ''): boolean =>
  word !== '' && !(before.startsWith('-') && ['true', 'false'].includes(word));

interface ReadOption {
  readonly name: string;
  readonly spec: OptionSpec;
  readonly isLong: boolean;
  /** What follows its `=`. */
  readonly value: string | undefined;
}

/** `--file`, `--file=FILE` and `-f`. */
function optionOf(arg: string, options: OptionSpecs): ReadOption | undefined {
  const isLong = arg.startsWith('--');
  const [, word = '', value] = (isLong ? /^--([^=]+)(?:=(.*))?$/s : /^-(.)$/s).exec(arg) ?? [];
  const name = isLong ? word : Object.keys(options).find((it) => options[it]?.alias === word);
  const spec = name !== undefined && Object.hasOwn(options, name) ? options[name] : undefined;
  return name !== undefined && spec ? { name, spec, isLong, value } : undefined;
}

/** Of `--file -` the two make different things; an empty value, or one that is no choice, is a mistake. */
function isPlainValue({ spec, isLong, value: joined }: ReadOption, value: string | undefined): value is string {
  if (spec.type === 'flag') return joined === undefined;
  if (value === undefined || value === '' || spec.choices?.includes(value) === false) return false;
  return joined !== undefined || !value.startsWith('-') || (value === '-' && !isLong);
}

/** As many words as the command takes. */
function fits(words: readonly string[], { positionals }: CommandSpec): boolean {
  const least = positionals.filter((it) => it.required).length;
  const most = takesMany(positionals) ? Infinity : positionals.length;
  return words.length >= least && words.length <= most;
}

/** Only then may words follow `--`. */
const takesMany = (positionals: CommandSpec['positionals']): boolean => positionals.some((it) => it.many);

function valueOf({ type }: OptionSpec, given: readonly string[] = []): unknown {
  if (type === 'flag') return given.length > 0;
  return type === 'list' ? given : given.at(-1);
}
