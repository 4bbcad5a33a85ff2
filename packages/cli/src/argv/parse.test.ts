import { describe, expect, test } from 'vitest';
import { commands } from '../commands/index.js';
import type { CommandSpec } from '../spec/command.js';
import { parseCommandLine } from './parse.js';

const parse = async (line: string) => parseCommandLine(line === '' ? [] : line.split(' '), commands);

async function asked(line: string) {
  const it = await parse(line);
  if (!('command' in it)) throw new Error('it asks for help');
  return { name: it.command.name, options: it.options, words: it.words };
}

describe('understood', () => {
  const cases: readonly (readonly [string, string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
    ['up', 'up', { file: undefined, yes: false, 'dry-run': false, node: [] }, []],
    ['up -f shop.yaml -y --dry-run', 'up', { file: 'shop.yaml', yes: true, 'dry-run': true }, []],
    ['-f shop.yaml up', 'up', { file: 'shop.yaml' }, []],
    ['up -f - --json', 'up', { file: '-', json: true }, []],
    ['up -fshop.yaml', 'up', { file: 'shop.yaml' }, []],
    ['up -qyfshop.yaml -nlab', 'up', { quiet: true, yes: true, file: 'shop.yaml', name: 'lab' }, []],
    ['up -f-', 'up', { file: '-' }, []],
    ['up -f=shop.yaml', 'up', { file: 'shop.yaml' }, []],
    ['-fshop.yaml up', 'up', { file: 'shop.yaml' }, []],
    ['graph -ox.svg', 'graph', { output: 'x.svg' }, []],
    ['pipework br1 -ieth2 web 10.0.0.1/24', 'pipework', { nic: 'eth2' }, ['br1', 'web', '10.0.0.1/24']],
    ['exec -uroot web curl -fsS a', 'exec', { user: 'root' }, ['web', 'curl', '-fsS', 'a']],
    ['up --node a --node b=netns --link=a:x,b:x', 'up', { node: ['a', 'b=netns'], link: ['a:x,b:x'] }, []],
    ['up -qy', 'up', { quiet: true, yes: true }, []],
    ['up --no-yes --json=false', 'up', { yes: false, json: false }, []],
    ['down shop --yes', 'down', { yes: true }, ['shop']],
    ['down 1.10', 'down', {}, ['1.10']],
    ['exec web -- ip -f inet addr', 'exec', { file: undefined }, ['web', 'ip', '-f', 'inet', 'addr']],
    ['exec -n shop web ip -br addr', 'exec', { name: 'shop' }, ['web', 'ip', '-br', 'addr']],
    ['graph --format mermaid', 'graph', { format: 'mermaid' }, []],
  ];
  for (const [line, name, options, words] of cases)
    test(line, async () => {
      const it = await asked(line);
      expect(it).toMatchObject({ name, words });
      expect(it.options).toMatchObject(options);
    });
});

describe('refused', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['upp', 'PW_UNKNOWN_COMMAND', /"upp".*"up"/],
    ['frobnicate', 'PW_UNKNOWN_COMMAND', /"frobnicate"\.$/],
    ['up --yess', 'PW_UNKNOWN_OPTION', /"--yess".*"--yes"/],
    ['up --dry-rn', 'PW_UNKNOWN_OPTION', /"--dry-rn".*"--dry-run"/],
    ['up --dryRun', 'PW_UNKNOWN_OPTION', /"--dryRun"/],
    ['up -z', 'PW_UNKNOWN_OPTION', /"-z"\.$/],
    ['up --no-such=1', 'PW_UNKNOWN_OPTION', /"--no-such"/],
    ['status --yes', 'PW_UNKNOWN_OPTION', /"--yes"/],
    ['exec -x web true', 'PW_UNKNOWN_OPTION', /"-x"/],
    ['--yes up', 'PW_OPTION_BEFORE_COMMAND', /"--yes"/],
    ['up -f', 'PW_OPTION_VALUE', /--file needs a value/],
    ['up -f --json', 'PW_OPTION_VALUE', /--file needs a value/],
    ['up --dry-run=maybe', 'PW_OPTION_VALUE', /--dry-run is "maybe"/],
    ['up -f a -f b', 'PW_ONE_VALUE', /--file is given 2 times, as "a" and "b"/],
    ['-f a up -fb', 'PW_ONE_VALUE', /--file/],
    ['graph --format png', 'PW_OPTION_VALUE', /dot, mermaid/],
    ['exec web', 'PW_MISSING_ARGUMENT', /COMMAND/],
    ['exec', 'PW_MISSING_ARGUMENT', /NODE/],
    ['up shop', 'PW_EXTRA_ARGUMENT', /"shop"/],
    ['up -- shop', 'PW_EXTRA_ARGUMENT', /"shop"/],
    ['down a b', 'PW_EXTRA_ARGUMENT', /"b"/],
    ['help upp', 'PW_UNKNOWN_COMMAND', /"upp"/],
  ];
  for (const [line, code, message] of cases)
    test(line, () =>
      expect(parse(line)).rejects.toMatchObject({ code, exit: 2, message: expect.stringMatching(message) as string }),
    );
});

test('a file that stands alone is told where it belongs', () =>
  expect(parse('up lab.yaml')).rejects.toMatchObject({ fix: expect.stringContaining('"up -f lab.yaml"') as string }));

describe('help', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['', undefined],
    ['--help', undefined],
    ['-h', undefined],
    ['help', undefined],
    ['up --help', 'up'],
    ['help up', 'up'],
    ['exec --help', 'exec'],
  ];
  for (const [line, name] of cases)
    test(line || 'nothing', async () => {
      const it = await parse(line);
      expect('help' in it ? it.help?.name : 'no help').toBe(name);
    });
});

describe('the table', () => {
  test('every option of every command is parsed as its spec says', async () => {
    for (const spec of commands) expect(await optionsGiven(spec), spec.name).toEqual(optionsMeant(spec));
  });

  test('every example is understood', async () => {
    for (const { examples } of commands)
      for (const { line } of examples) {
        const [, ...words] = line
          .replace(/^sudo /, '')
          .replace(/ [|>].*$/, '')
          .split(' ');
        await expect(parse(words.join(' ')), line).resolves.toHaveProperty('command');
      }
  });

  test('no command is what another is called elsewhere', () => {
    const all = commands.flatMap(({ name, otherWords = [] }) => [name, ...otherWords]);
    expect(all).toEqual([...new Set(all)]);
  });

  test('no two options of a command have one letter', () => {
    for (const { options, name } of commands) {
      const letters = Object.values(options).flatMap((it) => it.alias ?? []);
      expect(new Set(letters).size, name).toBe(letters.length);
    }
  });
});

const sample = (choices: readonly string[] | undefined): string => choices?.[0] ?? 'some';

async function optionsGiven({ name, options, positionals }: CommandSpec): Promise<unknown> {
  const line = Object.entries(options).flatMap(([option, { type, choices }]) =>
    type === 'flag' ? [`--${option}`] : [`--${option}`, sample(choices)],
  );
  const it = await parseCommandLine([name, ...line, ...positionals.map(() => 'word')], commands);
  return 'command' in it ? it.options : undefined;
}

const optionsMeant = ({ options }: CommandSpec): unknown =>
  Object.fromEntries(
    Object.entries(options).map(([name, { type, choices }]) => [
      name,
      type === 'flag' ? true : type === 'list' ? ['some'] : sample(choices),
    ]),
  );
