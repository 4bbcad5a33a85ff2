import { testPlugin } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { parseSource, parseTopology } from '../parse/index.js';
import { compose } from '../registry/compose.js';
import { checkPlugins } from '../registry/plugins.js';
import { Registries } from '../registry/registry.js';
import { place, type Placing } from './placement.js';

const registries = compose([], checkPlugins([{ plugin: testPlugin, options: {}, from: 'the test' }])).resolve(
  Registries,
);

interface Asked extends Partial<Omit<Placing, 'standing'>> {
  readonly standing?: Readonly<Record<string, string>>;
}

function placed(text: string, { standing = {}, ...asked }: Asked = {}) {
  const source = parseSource(`name: t\n${text}`, { file: 't.yaml', env: {} });
  const { topology, diagnostics } = parseTopology(source, registries);
  if (!topology) throw new Error(diagnostics.map((it) => it.message).join());
  const found = place(topology, { standing: new Map(Object.entries(standing)), ...asked });
  return {
    ...found,
    where: found.topology.nodes.map(({ name, host }) => `${name}@${host}`).join(' '),
    codes: found.diagnostics.map(({ code }) => code),
  };
}

const hosts = (...weights: (number | undefined)[]): string =>
  `hosts:\n${weights.map((it, index) => `  h${index + 1}: { ssh: root@h${index + 1}${it === undefined ? '' : `, weight: ${it}`} }\n`).join('')}`;

const nodes = (names: string): string =>
  `nodes:\n${names
    .split(' ')
    .map((it) => it.split('@'))
    .map(([name, host]) => `  ${name ?? ''}: {${host === undefined ? '' : ` host: ${host} `}}\n`)
    .join('')}`;

describe('spread', () => {
  const spread = 'placement: spread\n';
  test('evens the hosts, in the order of the file', () =>
    expect(placed(`${spread}${hosts(undefined, undefined)}${nodes('a b c')}`).where).toBe('a@h1 b@h2 c@h1'));

  test('by weight', () =>
    expect(placed(`${spread}${hosts(1, 3)}${nodes('a b c d')}`).where).toBe('a@h2 b@h2 c@h1 d@h2'));

  test('counts those that say where they are', () =>
    expect(placed(`${spread}${hosts(1, 1)}${nodes('a@h1 b@h1 c d')}`).where).toBe('a@h1 b@h1 c@h2 d@h2'));

  test('puts nothing where the weight is 0, and this machine is one where it is named', () =>
    expect(placed(`${spread}${hosts(0)}  local: {}\n${nodes('a b')}`).where).toBe('a@local b@local'));
});

describe('pack', () => {
  const pack = 'placement: pack\n';
  test('fills the first', () =>
    expect(placed(`${pack}${hosts(2, undefined)}${nodes('a b c d')}`).where).toBe('a@h1 b@h1 c@h2 d@h2'));

  test('says which node finds no room', () => {
    const { codes, diagnostics } = placed(`${pack}${hosts(1, 1)}${nodes('a b c')}`);
    expect(codes).toEqual(['PW_NO_ROOM']);
    expect(diagnostics[0]?.path).toEqual(['nodes', 'c']);
  });
});

describe('who stands', () => {
  const text = (names: string): string => `placement: spread\n${hosts(1, 1)}${nodes(names)}`;
  const standing = { a: 'h1', b: 'h2' };

  test('stays, whatever comes before it', () =>
    expect(placed(text('new a b'), { standing }).where).toBe('new@h1 a@h1 b@h2'));

  test('and is known to have been put there when it is read back', () =>
    expect(placed(text('a@h1 b c@h1'), { standing }).placed).toEqual(new Map(Object.entries(standing))));

  test('stays on this machine also where only a command has named that', () =>
    expect(placed(text('a b'), { standing: { a: 'local' } }).where).toBe('a@local b@h1'));

  test('leaves a host that takes none any more', () =>
    expect(placed(`placement: spread\n${hosts(0, 1)}${nodes('a b')}`, { standing }).where).toBe('a@h2 b@h2'));

  test('stays without a word of placement, as long as the host is one of the topology', () => {
    expect(placed(`${hosts(1)}${nodes('a b c')}`, { standing }).where).toBe('a@h1 b@local c@local');
  });
});

describe('hosts of the command', () => {
  test('take what says no other', () =>
    expect(placed(`${hosts(1, 1)}${nodes('a b@h1 c')}`, { onto: ['h2'] }).where).toBe('a@h2 b@h1 c@h2'));

  test('move what stands elsewhere', () =>
    expect(placed(`${hosts(1, 1)}${nodes('a')}`, { onto: ['h2'], standing: { a: 'h1' } }).where).toBe('a@h2'));

  test.each([
    [['h3'], nodes('a'), 'PW_NO_HOST_TO_PLACE_ON'],
    [['h1'], nodes('a@h1'), 'PW_NOTHING_TO_PLACE'],
  ])('are refused where there is no such host, and where nothing is to be put: %s', (onto, written, code) =>
    expect(placed(`${hosts(1)}${written}`, { onto }).codes).toEqual([code]),
  );
});

test('what is there already is on this machine, unless it says another', () =>
  expect(placed(`placement: spread\n${hosts(1)}nodes: { a: {}, b: { kind: found } }`).where).toBe('a@h1 b@local'));
