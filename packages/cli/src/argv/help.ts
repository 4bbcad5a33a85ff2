import { type CommandSpec, type Example, GROUPS, type PositionalSpec } from '../spec/command.js';
import type { OptionSpec, OptionSpecs } from '../spec/option.js';
import { topologyOptions } from '../spec/shared-options.js';
import type { Paint } from '../output/paint.js';

const EXAMPLES: readonly Example[] = [
  { line: 'pipewright up', does: 'bring up what pipewright.yaml declares' },
  { line: 'pipewright status', does: 'see what is there, and what is not as declared' },
  { line: 'pipewright exec web -- ip addr', does: 'run a command in a node' },
  { line: 'pipewright down', does: 'take it all away again' },
];

export const EXITS =
  'Exit codes: 0 done, 1 failed and put back, 2 bad input, 3 not as declared (--check), 4 the host lacks something, 5 could not be put back, 130 interrupted.';

/** All commands, a line each. */
export function overview(commands: readonly CommandSpec[], paint: Paint): string {
  const width = Math.max(...commands.map((it) => it.name.length));
  return [
    'Connects containers and network namespaces to networks and to each other.',
    '',
    `${paint('bold', 'Usage:')} pipewright COMMAND [options]`,
    ...Object.entries(GROUPS).flatMap(([group, title]) => [
      '',
      paint('bold', title),
      ...commands.filter((it) => it.group === group).map((it) => `  ${it.name.padEnd(width)}  ${it.summary}`),
    ]),
    ...exampleLines(EXAMPLES, paint),
    '',
    'The topology is the file given with -f, else the nearest pipewright.yaml; `pipewright COMMAND --help` tells more.',
    EXITS,
  ].join('\n');
}

/** One command. */
export function commandHelp(spec: CommandSpec, paint: Paint): string {
  const own = ownOptions(spec);
  return [
    `${capital(spec.summary)}.`,
    ...(spec.details === undefined ? [] : ['', spec.details]),
    '',
    `${paint('bold', 'Usage:')} ${usage(spec)}`,
    ...section(
      'Arguments',
      spec.positionals.map((it) => [shownPositional(it), it.summary]),
      paint,
    ),
    ...section('Options', Object.entries(own).map(optionRow), paint),
    ...section(
      'Where the topology comes from, and how much is said',
      Object.entries(sharedOptions(spec)).map(optionRow),
      paint,
    ),
    ...exampleLines(spec.examples, paint),
  ].join('\n');
}

export const usage = (spec: CommandSpec): string =>
  ['pipewright', spec.name, ...spec.positionals.map(shownPositional), '[options]'].join(' ');

const shared = (spec: CommandSpec, name: string): boolean =>
  spec.options[name] === (topologyOptions as OptionSpecs)[name];

export const ownOptions = (spec: CommandSpec): OptionSpecs =>
  Object.fromEntries(Object.entries(spec.options).filter(([name]) => !shared(spec, name)));

const sharedOptions = (spec: CommandSpec): OptionSpecs =>
  Object.fromEntries(Object.entries(spec.options).filter(([name]) => shared(spec, name)));

export function shownPositional({ name, required, many }: PositionalSpec): string {
  const word = many ? `${name}…` : name;
  return required ? word : `[${word}]`;
}

export const shownOption = (name: string, { alias, value, choices }: OptionSpec): string => {
  const word = choices ? choices.join('|') : value;
  return `${alias === undefined ? '' : `-${alias}, `}--${name}${word === undefined ? '' : ` ${word}`}`;
};

const optionRow = ([name, spec]: readonly [string, OptionSpec]): readonly [string, string] => [
  `${spec.alias === undefined ? '    ' : ''}${shownOption(name, spec)}`,
  spec.summary,
];

function section(title: string, rows: readonly (readonly [string, string])[], paint: Paint): readonly string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.length === 0
    ? []
    : ['', paint('bold', title), ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)];
}

const exampleLines = (examples: readonly Example[], paint: Paint): readonly string[] =>
  section(
    'Examples',
    examples.map(({ line, does }) => [line, does] as const),
    paint,
  );

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
