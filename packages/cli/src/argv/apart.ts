import type { CommandSpec } from '../spec/command.js';
import type { OptionSpecs } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { takesNext } from './takes-next.js';

/** `-yqfFILE` as `-y -q -f FILE`, up to where the words of another program begin: of the two parsers each makes something else of it. */
export function withValuesApart(argv: readonly string[], commands: readonly CommandSpec[]): readonly string[] {
  const { options = globalOptions, positionals = [] } = commands.find((it) => it.name === argv[0]) ?? {};
  const free = positionals.findIndex((it) => it.many);
  const apart: string[] = [];
  let words = -1; // the command's name is none
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at] ?? '';
    if (arg === '--' || (free !== -1 && words > free)) return [...apart, ...argv.slice(at)];
    const letters = lettersApart(arg, options);
    apart.push(...letters);
    if (takesNext(letters.at(-1) ?? '', options)) apart.push(...argv.slice(++at, at + 1));
    if (!arg.startsWith('-')) words++;
  }
  return apart;
}

/** Of letters together, the first that takes a value takes the rest as such (getopt(3)). */
function lettersApart(arg: string, options: OptionSpecs): readonly string[] {
  if (!arg.startsWith('-') || arg.startsWith('--') || arg === '-') return [arg];
  const letters: string[] = [];
  for (let at = 1; at < arg.length; at++) {
    const letter = `-${arg.charAt(at)}`;
    const option = Object.values(options).find(({ alias }) => alias === arg[at]);
    if (!option) return [arg];
    const rest = arg.slice(at + 1);
    if (option.type !== 'flag' && rest !== '') return rest.startsWith('=') ? [arg] : [...letters, letter, rest];
    letters.push(letter);
  }
  return letters;
}
