import { parseArgs } from 'node:util';
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
  const parsed = command && parse(command, args);
  if (!parsed || !fits(parsed.words, command) || isOneRepeated(parsed, command)) return undefined;
  const options = Object.entries(command.options).map(([option, it]) => [option, valueOf(it, parsed.given[option])]);
  return { command, options: Object.fromEntries(options) as AskedCommand['options'], words: parsed.words };
}

type Given = string | boolean | readonly (string | boolean)[] | undefined;

interface Parsed {
  readonly given: Readonly<Record<string, Given>>;
  readonly words: readonly string[];
}

function parse({ options, positionals: taken }: CommandSpec, args: readonly string[]): Parsed | undefined {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: declared(options),
      allowPositionals: true,
      tokens: true,
    });
    const isPlain = (it: (typeof tokens)[number]): boolean => {
      if (it.kind === 'option') return isPlainOption(it, options[it.name]);
      if (it.kind === 'positional') return isPlainWord(it.value, args[it.index - 1]);
      return takesMany(taken) && args[it.index] === '--'; // not a part of `-v-`
    };
    return tokens.every(isPlain) ? { given: values, words: positionals } : undefined;
  } catch {
    return undefined;
  }
}

const declared = (options: OptionSpecs) =>
  Object.fromEntries(
    Object.entries(options).map(([name, { type, alias }]) => [
      name,
      {
        type: type === 'flag' ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(alias === undefined ? {} : { short: alias }),
      },
    ]),
  );

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** Of `-fFILE`, and of `--file -`, the two make different things; an empty value, or one that is no choice, is a mistake. */
function isPlainOption({ rawName, value, inlineValue }: OptionToken, spec: OptionSpec | undefined): boolean {
  if (value === undefined) return true;
  const isLong = rawName.startsWith('--');
  const differs = inlineValue === true ? !isLong : isLong && value === '-';
  return value !== '' && !differs && spec?.choices?.includes(value) !== false;
}

/** `--yes true` is a flag with a value to yargs, which also makes nothing of an empty word. */
const isPlainWord = (word: string, before = ''): boolean =>
  word !== '' && !(before.startsWith('-') && ['true', 'false'].includes(word));

/** As many words as the command takes. */
function fits(words: readonly string[], { positionals }: CommandSpec): boolean {
  const least = positionals.filter((it) => it.required).length;
  const most = takesMany(positionals) ? Infinity : positionals.length;
  return words.length >= least && words.length <= most;
}

const isOneRepeated = ({ given }: Parsed, { options }: CommandSpec): boolean =>
  Object.entries(options).some(([name, { type }]) => type === 'text' && [given[name] ?? []].flat().length > 1);

/** Only then may words follow `--`. */
const takesMany = (positionals: CommandSpec['positionals']): boolean => positionals.some((it) => it.many);

function valueOf({ type }: OptionSpec, given: Given): unknown {
  const all = given === undefined ? [] : [given].flat();
  if (type === 'flag') return all.length > 0;
  return type === 'list' ? all : all.at(-1);
}
