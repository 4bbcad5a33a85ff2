import type { CommandSpec } from '../spec/command.js';
import type { OptionSpecs } from '../spec/option.js';
import { takesNext } from './takes-next.js';

/** With `--` where a command says that what follows is another program's. */
export function withDashes(argv: readonly string[], commands: readonly CommandSpec[]): readonly string[] {
  const [name = '', ...args] = argv;
  const { endsAfter, options } = commands.find((it) => it.name === name) ?? {};
  const end = endsAfter && options && endOf(args, options, endsAfter);
  return end === undefined ? argv : [name, ...args.slice(0, end), '--', ...args.slice(end)];
}

/** How many arguments are the command's own; undefined: all of them, or `--` says it. */
function endOf(
  args: readonly string[],
  options: OptionSpecs,
  endsAfter: (words: readonly string[]) => boolean,
): number | undefined {
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return undefined;
    if (takesNext(arg, options)) at++;
    else if (!arg.startsWith('-')) words.push(arg);
    if (endsAfter(words)) return args[at + 1] === '--' ? undefined : at + 1;
  }
  return undefined;
}
