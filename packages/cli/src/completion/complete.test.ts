import { describe, expect, test } from 'vitest';
import { type CommandSpec } from '../spec/command.js';
import { flag, list, text } from '../spec/option.js';
import { complete, completionLines, type Names } from './complete.js';

const spec = (given: Partial<CommandSpec> & { readonly name: string }): CommandSpec => ({
  group: 'look',
  summary: `what ${given.name} does`,
  examples: [],
  positionals: [],
  options: {},
  run: () => Promise.resolve(0),
  ...given,
});

const commands = [
  spec({
    name: 'draw',
    options: {
      file: text('FILE', 'a file', { alias: 'f' }),
      name: text('NAME', 'a topology', { alias: 'n' }),
      format: text('FORMAT', 'a language', { choices: ['dot', 'svg'] }),
      network: list('NETWORK', 'a network'),
      mtu: text('BYTES', 'its MTU'),
      force: flag('at once', { alias: 'x' }),
    },
    positionals: [{ name: 'NODE', summary: 'a node' }],
  }),
  spec({
    name: 'run',
    options: { deep: flag('deep') },
    positionals: [
      { name: 'NODE', summary: 'a node', required: true },
      { name: 'COMMAND', summary: 'a command', many: true },
    ],
  }),
  spec({ name: 'plug', positionals: [{ name: 'GUEST', summary: 'a guest' }] }),
];

const names: Names = {
  topologies: () => Promise.resolve(['shop', 'lab']),
  nodes: ({ file, name }) => Promise.resolve(['web', `of-${file ?? name ?? 'here'}`]),
  networks: () => Promise.resolve(['lan']),
  guests: () =>
    Promise.resolve([{ name: 'web' }, { name: 'blue' }, { name: 'shop-db-1', engine: 'Docker', service: 'db' }]),
};

const completed = async (line: string): Promise<readonly string[]> => {
  const { others, candidates } = await complete(line.split(' '), commands, names);
  return [...(others === 'none' ? [] : [others]), ...candidates.map(({ word }) => word)];
};

describe('what may stand there', () => {
  test.each<[string, readonly string[]]>([
    ['', ['draw', 'run', 'plug', 'help', '--help', '--version']],
    ['d', ['draw']],
    ['help r', ['run']],
    ['help run ', []],
    ['nonsense ', []],
    ['draw --f', ['--file', '--format', '--force']],
    ['draw --format ', ['dot', 'svg']],
    ['draw --format s', ['svg']],
    ['draw --format=', ['--format=dot', '--format=svg']],
    ['draw --nonsense=', []],
    ['draw -f ', ['files']],
    ['draw -n s', ['shop']],
    ['draw --mtu ', []],
    ['draw --network ', ['lan']],
    ['draw ', ['web', 'of-here']],
    ['draw -x ', ['web', 'of-here']],
    ['draw -f a.yaml ', ['web', 'of-a.yaml']],
    ['draw --name=lab ', ['web', 'of-lab']],
    ['draw web ', []],
    ['plug ', ['web', 'of-here', 'blue', 'shop-db-1']],
    ['plug s', ['shop-db-1']],
    ['run web --', ['--deep', '--help']],
    ['run web ', ['commands']],
    ['run web -- ', ['commands']],
    ['run web ip --', ['files']],
    ['run web -- ip ', ['files']],
  ])('%j', async (line, words) => expect(await completed(line)).toEqual(words));
});

test('a name that a shell would act on is no candidate', () => {
  const candidates = ['web', 'a b', '$(x)', '`x`', 'a;b', "a'b", 'a\nb', ''].map((word) => ({ word, about: 'x' }));
  expect(completionLines({ others: 'none', candidates })).toBe('none\nweb\tx');
});
