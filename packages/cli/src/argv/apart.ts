import type { CommandSpec } from '../spec/command.js';
import type { OptionSpecs } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { takesNext } from './takes-next.js';

/** `-fFILE` as `-f FILE`, up to where the words of another program begin: of the two parsers each makes something else of it. */
export function withValuesApart(argv: readonly string[], commands: readonly CommandSpec[]): readonly string[] {
  const { options = globalOptions, positionals = [] } = commands.find((it) => it.name === argv[0]) ?? {};
  const free = positionals.findIndex((it) => it.many);
  const apart: string[] = [];
  let words = -1; // the command's name is none
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at] ?? '';
    if (arg === '--' || (free !== -1 && words > free)) return [...apart, ...argv.slice(at)];
    if (takesNext(arg, options)) apart.push(arg, ...argv.slice(++at, at + 1));
    else apart.push(...valueApart(arg, options));
    if (!arg.startsWith('-')) words++;
  }
  return apart;
}

/** Of letters together, the first that takes a value takes the rest as such (getopt(3)). */
function valueApart(arg: string, options: OptionSpecs): readonly string[] {
  if (!arg.startsWith('-') || arg.startsWith('--')) return [arg];
  for (let at = 1; at < arg.length - 1; at++) {
    const option = Object.values(options).find(({ alias }) => alias === arg[at]);
    if (!option) return [arg];
    if (option.type !== 'flag') return arg[at + 1] === '=' ? [arg] : [arg.slice(0, at + 1), arg.slice(at + 1)];
  }
  return [arg];
}
