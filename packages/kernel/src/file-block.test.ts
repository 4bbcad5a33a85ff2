import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileBlock, madeWithBlock, ownFoldersOf, withBlock, withoutBlock } from './file-block.js';

const LINES = ['10.0.0.2\tdb redis', 'fd00::2\tdb redis'];
const BLOCK = '# BEGIN pipewright:shop\n10.0.0.2\tdb redis\nfd00::2\tdb redis\n# END pipewright:shop\n';

const read = (text: string) =>
  fileBlock
    .parse([[{ path: '/etc/hosts', text }]], { on: { host: 'local' }, nodes: [], deviceKind: () => undefined })
    .map((it) => it.attrs);

describe('a block in a text', () => {
  test.each([
    ['an empty one', '', BLOCK],
    ['at its end', '127.0.0.1 localhost\n', `127.0.0.1 localhost\n${BLOCK}`],
    ['of lines that end in CRLF, which stay', '::1 localhost\r\n', `::1 localhost\r\n${BLOCK}`],
    ['without a line break at its end', '::1 localhost', `::1 localhost\n${BLOCK.replace('shop\n', 'shop joined\n')}`],
    [
      'where it was, whatever came after it',
      '::1 a\n# BEGIN pipewright:shop\n10.0.0.9\tdb\n# END pipewright:shop\n::1 b',
      `::1 a\n${BLOCK}::1 b`,
    ],
    [
      "beside another topology's",
      '# BEGIN pipewright:other\n1.1.1.1\tdb\n# END pipewright:other\n',
      `# BEGIN pipewright:other\n1.1.1.1\tdb\n# END pipewright:other\n${BLOCK}`,
    ],
    ['over a beginning that has no end', '# BEGIN pipewright:shop\n::1 a\n', `${BLOCK}::1 a\n`],
    [
      'over a copy of it, which goes',
      `::1 a\n${BLOCK}::1 b\n${BLOCK.replace('10.0.0.2', '10.0.0.9')}::1 c\n`,
      `::1 a\n${BLOCK}::1 b\n::1 c\n`,
    ],
    ['not in what only looks like one', '## BEGIN pipewright:shop\n', `## BEGIN pipewright:shop\n${BLOCK}`],
  ])('%s', (_, text, expected) => {
    expect(withBlock(text, 'shop', LINES)).toBe(expected);
    expect(read(expected)).toContainEqual({ path: '/etc/hosts', topology: 'shop', lines: LINES });
  });

  const foreign = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '#', '\t', 'é', '\0') });
  const lines = fc.array(fc.stringMatching(/^[a-z0-9 .:\t]{0,12}$/));

  test('written twice it is the same; taken out, all else is as it was', () =>
    fc.assert(
      fc.property(foreign, lines, lines, (text, one, other) => {
        const once = withBlock(text, 'shop', one);
        expect(withBlock(once, 'shop', one)).toBe(once);
        expect(withBlock(once, 'shop', other)).toBe(withBlock(text, 'shop', other));
        expect(withoutBlock(once, 'shop')).toBe(text);
        expect(read(once)).toEqual([{ path: '/etc/hosts', topology: 'shop', lines: one }]);
      }),
    ));

  test('with copies it is one that has their lines too, and all goes together', () => {
    const text = `${BLOCK}::1 a\n${BLOCK}`;
    expect(read(text)).toEqual([{ path: '/etc/hosts', topology: 'shop', lines: [...LINES, ...LINES] }]);
    expect(withoutBlock(text, 'shop')).toBe('::1 a\n');
  });

  test('of many blocks, in whatever order they go', () =>
    fc.assert(
      fc.property(foreign, fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 4 }), (text, order) => {
        const all = ['a', 'b', 'c', 'd'].reduce((it, topology) => withBlock(it, topology, LINES), text);
        expect(order.reduce((it, topology) => withoutBlock(it, topology) ?? '', all)).toBe(text);
      }),
    ));

  test('a file that we made goes with it, as long as nobody else wrote to it', () =>
    fc.assert(
      fc.property(foreign, lines, lines, (base, one, other) => {
        const made = madeWithBlock(base, 'shop', one, '/etc/hosts');
        expect(read(made)).toEqual([{ path: '/etc/hosts', topology: 'shop', lines: one, copyOf: '/etc/hosts' }]);
        expect(withoutBlock(withBlock(made, 'shop', other), 'shop')).toBeUndefined();
        expect(withoutBlock(`${made}1.1.1.1 x`, 'shop')).toMatch(/1\.1\.1\.1 x$/);
      }),
    ));
});

test('what a program has printed of files', () => {
  const text =
    '/etc/netns/a/hosts:::1 a\n/etc/netns/a/hosts:# BEGIN pipewright:t\n/etc/netns/a/hosts:::2 b\n/etc/netns/a/hosts:# END pipewright:t\n';
  const context = { on: { host: 'far' }, nodes: [], deviceKind: () => undefined };
  expect(fileBlock.parse([text], context)).toEqual([
    { attrs: { path: '/etc/netns/a/hosts', topology: 't', lines: ['::2 b'] } },
  ]);
});

test('folders that are there for such files alone', () => {
  expect(ownFoldersOf('/etc/netns/shop-web/hosts')).toEqual(['/etc/netns/shop-web', '/etc/netns']);
  expect(ownFoldersOf('/run/pipewright/links.env')).toEqual(['/run/pipewright']);
  expect(ownFoldersOf('/etc/hosts')).toEqual([]);
});
