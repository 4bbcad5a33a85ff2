import { didYouMean } from '@pipewright/core';
import { fail } from '@pipewright/plugin';
import type { Argv, Options as YargsOptions } from 'yargs';
import type { CommandSpec } from '../spec/command.js';
import type { OptionSpec, OptionSpecs } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { errors } from '../errors.js';
import { isLikeFile } from '../read/like-file.js';
import type { Asked } from './asked.js';

/** Any command line, by yargs. Throws for one that means nothing, naming what is wrong as it was typed. */
export async function parseAny(argv: readonly string[], commands: readonly CommandSpec[]): Promise<Asked> {
  const { own, rest } = splitAtDashes(argv);
  const { default: parser } = await import('yargs');
  const { spec, parsed } = read(parser(), own, commands);
  const [word, ...words] = parsed._.map(String);
  if (word === 'help') return { help: words[0] === undefined ? undefined : named(words[0], commands) };
  if (parsed['help'] === true) return { help: spec };
  if (!spec) return word === undefined ? { help: undefined } : unknown(word, commands);
  const options = optionsOf(spec, parsed, own);
  const all = [...ownWords(spec, words), ...takeRest(spec, rest)];
  const missing = spec.positionals[all.length];
  if (missing?.required) fail(errors.missingArgument(spec.name, missing.name));
  return { command: spec, options, words: all };
}

/** What follows `--` belongs to the command that is run, whatever it looks like. */
function splitAtDashes(argv: readonly string[]): { readonly own: readonly string[]; readonly rest: readonly string[] } {
  const dashes = argv.indexOf('--');
  return dashes === -1 ? { own: argv, rest: [] } : { own: argv.slice(0, dashes), rest: argv.slice(dashes + 1) };
}

interface Parsed {
  readonly _: readonly (string | number)[];
  readonly [option: string]: unknown;
}

/** yargs finds the command and reads its options. It would report an unknown one in another spelling: those are left to us. */
function read(
  parser: Argv,
  argv: readonly string[],
  commands: readonly CommandSpec[],
): { spec?: CommandSpec; parsed: Parsed } {
  let spec: CommandSpec | undefined;
  parser
    .scriptName('pipewright')
    .locale('en')
    .version(false)
    .help(false)
    .exitProcess(false)
    .parserConfiguration({
      'unknown-options-as-args': true,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .option('help', { alias: 'h', type: 'boolean' })
    .options(yargsOptions(globalOptions))
    // One that does not throw would let the command run all the same.
    .fail((message: string, error: Error | undefined) => {
      throw error ?? new Error(message);
    });
  for (const it of commands)
    parser.command({ command: it.name, builder: yargsOptions(it.options), handler: () => void (spec = it) });
  const parsed = parser.parse([...argv]) as Parsed;
  return { ...(spec ? { spec } : {}), parsed };
}

const yargsOptions = (specs: OptionSpecs): Record<string, YargsOptions> =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { type, alias }]) => [
      name,
      { type: type === 'flag' ? 'boolean' : 'string', ...(alias === undefined ? {} : { alias }) },
    ]),
  );

function optionsOf(spec: CommandSpec, parsed: Parsed, argv: readonly string[]): Readonly<Record<string, unknown>> {
  for (const word of argv) checkFlag(word, spec.options);
  return Object.fromEntries(Object.entries(spec.options).map(([name, it]) => [name, valueOf(name, it, parsed[name])]));
}

/** yargs takes any value of a flag but `true` for false: `--dry-run=yes` would not be a dry run. */
function checkFlag(word: string, options: OptionSpecs): void {
  const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
  if (options[name]?.type === 'flag' && !['true', 'false'].includes(value))
    fail(errors.optionValue(`--${name}`, 'true or false', value));
}

function valueOf(name: string, { type, choices, value: word = 'a value' }: OptionSpec, given: unknown): unknown {
  if (type === 'flag') return Array.isArray(given) ? given.at(-1) === true : given === true;
  const all = (given === undefined ? [] : [given].flat()).map(String);
  const allowed = choices ? `one of ${choices.join(', ')}` : word;
  for (const it of all)
    if (it === '' || (choices && !choices.includes(it))) fail(errors.optionValue(`--${name}`, allowed, it));
  if (type === 'text' && all.length > 1) fail(errors.oneValue(`--${name}`, word, all));
  return type === 'list' ? all : all.at(-1);
}

/** The words of the command line that are the command's own. Options after the first word of a `many` are that's. */
function ownWords(spec: CommandSpec, words: readonly string[]): readonly string[] {
  const most = spec.positionals.some((it) => it.many) ? Infinity : spec.positionals.length;
  const free = spec.positionals.findIndex((it) => it.many);
  const checked = words.slice(0, free === -1 ? words.length : free + 1);
  for (const word of checked) if (word.startsWith('-') && word !== '-') unknownOption(word, spec);
  const extra = words[most];
  return extra === undefined ? words : refuse(extra, spec);
}

function refuse(extra: string, { name, options }: CommandSpec): never {
  return fail(errors.extraArgument(name, extra, 'file' in options && isLikeFile(extra)));
}

function takeRest(spec: CommandSpec, rest: readonly string[]): readonly string[] {
  const [extra] = rest;
  if (extra !== undefined && !spec.positionals.some((it) => it.many)) refuse(extra, spec);
  return rest;
}

function unknownOption(word: string, spec: CommandSpec): never {
  const typed = word.split('=')[0] ?? word;
  const known = Object.entries(spec.options).flatMap(([name, { alias }]) => [
    `--${name}`,
    ...(alias === undefined ? [] : [`-${alias}`]),
  ]);
  return fail(errors.unknownOption(typed, spec.name, typed.startsWith('--') ? didYouMean(typed, known) : undefined));
}

const named = (word: string, commands: readonly CommandSpec[]): CommandSpec =>
  commands.find((it) => it.name === word) ?? unknown(word, commands);

function unknown(word: string, commands: readonly CommandSpec[]): never {
  if (word.startsWith('-')) return fail(errors.optionBeforeCommand(word));
  if (word === 'version') return fail(errors.unknownCommand(word, '--version'));
  const called = commands.find(({ otherWords = [] }) => otherWords.includes(word))?.name;
  const known = commands.map((it) => it.name);
  return fail(errors.unknownCommand(word, called ?? didYouMean(word, known)));
}
