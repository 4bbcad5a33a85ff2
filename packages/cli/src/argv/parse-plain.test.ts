import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands } from '../commands/index.js';
import type { CommandSpec } from '../spec/command.js';
import { withValuesApart } from './apart.js';
import { parseAny } from './parse-any.js';
import { parsePlain } from './parse-plain.js';

const words = fc.oneof(
  fc.constantFrom(
    'web',
    'a:x',
    '10.0.0.1/24@10.0.0.254',
    'up',
    'help',
    '-',
    '--',
    '-1',
    '1.10',
    'true',
    '',
    'ä',
    '__proto__',
  ),
  fc.string({ maxLength: 4 }),
);

/** An option of the command, or some other, spelled in one of the ways there are. */
const option = ({ options }: CommandSpec): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(fc.constantFrom(...Object.entries(options), ['other', { alias: 'o' }] as const), words)
    .chain(([[name, { alias = 'z' }], value]) =>
      fc.constantFrom(
        [`--${name}`],
        [`--${name}`, value],
        [`--${name}=${value}`],
        [`--no-${name}`],
        [`-${alias}`],
        [`-${alias}`, value],
        [`-${alias}${value}`],
        [`-q${alias}`, value],
        [`--${name.slice(0, -1)}`],
      ),
    );

const commandLine = fc.constantFrom(...commands).chain((command) =>
  fc
    .array(
      fc.oneof(
        option(command),
        words.map((it) => [it]),
      ),
      { maxLength: 6 },
    )
    .map((parts) => [command.name, ...parts.flat()]),
);

test('what it takes means the same to yargs', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(commandLine, async (argv) => {
      const apart = withValuesApart(argv, commands);
      const plain = parsePlain(apart, commands);
      if (!plain) return;
      taken++;
      expect(plain).toEqual(await parseAny(apart, commands));
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(20);
});

test.each([
  ['up -yqfshop.yaml', 'up -y -q -f shop.yaml'],
  ['up -yqf shop.yaml -v', 'up -y -q -f shop.yaml -v'],
  ['up -fyq', 'up -f yq'],
  ['up -f -yq', 'up -f -yq'],
  ['up -yzq - -f=x', 'up -yzq - -f=x'],
  ['exec web -yq', 'exec web -yq'],
])('letters that are written together: %s', (line, apart) =>
  expect(withValuesApart(line.split(' '), commands).join(' ')).toBe(apart),
);

test('it takes what help shows', () => {
  const lines = commands.flatMap(({ examples }) => examples.map(({ line }) => line.replace(/^sudo | [|>].*$/g, '')));
  for (const line of lines) expect(parsePlain(line.split(' ').slice(1), commands), line).toBeDefined();
});

test.each([
  [''],
  ['--version'],
  ['--help'],
  ['help'],
  ['up --help'],
  ['upp'],
  ['-f shop.yaml up'],
  ['up --yess'],
  ['up --no-yes'],
  ['up --json=false'],
  ['up -f'],
  ['up -f --json'],
  ['up -f=shop.yaml'],
  ['up --file='],
  ['up -f a -f b'],
  ['up shop'],
  ['graph --format png'],
  ['exec web'],
  ['exec web ip -br addr'],
])('it leaves to yargs: %s', (line) => expect(parsePlain(line.split(' '), commands)).toBeUndefined());
