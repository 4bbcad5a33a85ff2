import { EXITS, ownOptions, shownOption, shownPositional, usage } from './argv/help.js';
import { type CommandSpec, GROUPS } from './spec/command.js';
import type { OptionSpecs } from './spec/option.js';
import { commands } from './commands/index.js';
import { globalOptions, topologyOptions } from './spec/shared-options.js';

/** docs/reference/commands.md: the same words as --help, from the same table. */
export function commandReference(): string {
  const onTopologies = Object.fromEntries(Object.entries(topologyOptions).filter(([name]) => !(name in globalOptions)));
  return [
    '# Commands',
    '',
    EXITS,
    ...Object.entries(GROUPS).flatMap(([group, title]) => [
      '',
      `## ${title}`,
      ...commands.filter((it) => it.group === group).flatMap(commandSection),
    ]),
    '',
    '## Options of all commands',
    ...optionTable(globalOptions),
    '',
    '## Options of commands that take a topology',
    ...optionTable(onTopologies),
    '',
  ].join('\n');
}

const commandSection = (spec: CommandSpec): readonly string[] => [
  '',
  `### ${spec.name}`,
  '',
  `${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.${spec.details === undefined ? '' : ` ${spec.details}`}`,
  '',
  '```',
  usage(spec),
  '```',
  ...markdownTable(
    'Argument',
    spec.positionals.map((it) => [shownPositional(it), it.summary]),
  ),
  ...optionTable(ownOptions(spec)),
  ...markdownTable(
    'Example',
    spec.examples.map(({ line, does }) => [line, does]),
  ),
];

const optionTable = (specs: OptionSpecs): readonly string[] =>
  markdownTable(
    'Option',
    Object.entries(specs).map(([name, it]) => [shownOption(name, it), it.summary]),
  );

const markdownTable = (head: string, rows: readonly (readonly [string, string])[]): readonly string[] =>
  rows.length === 0
    ? []
    : [
        '',
        `| ${head} | |`,
        '| --- | --- |',
        ...rows.map(([left, right]) => `| \`${cellText(left)}\` | ${cellText(right)} |`),
      ];

const cellText = (text: string): string => text.replaceAll('|', '\\|');
