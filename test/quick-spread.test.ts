// The program's objects begin with nothing (scripts/quick-spread.mjs): whatever is in one, and in which order, is the same.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runInNewContext } from 'node:vm';

const { quickSpread } = (await import(new URL('../scripts/quick-spread.mjs', import.meta.url).href)) as {
  readonly quickSpread: (text: string) => string;
};

const name = fc.constantFrom('a', 'b', 'c', '0');
/** TypeScript has no key twice, of which V8 does not always make what the standard says: `{ ...{}, c: 0, a: {}, c: {} }`. */
const keyOf = (part: string): string => (part.startsWith('...') ? part : part.replace(/^["[]+/, '').charAt(0));

const { literal } = fc.letrec<{ literal: string; part: string }>((tie) => ({
  literal: fc.uniqueArray(tie('part'), { maxLength: 4, selector: keyOf }).map((parts) => `{${parts.join(',')}}`),
  part: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(name, fc.integer({ min: 0, max: 9 })).map(([key, value]) => `${key}: ${value}`),
    fc.constantFrom('...undefined', '...[7]', '...(() => ({ a: 1 }))()', '["c"]: 3'),
    tie('literal').map((it) => `...${it}`),
    fc.tuple(name, tie('literal')).map(([key, it]) => `${key}: ${it}`),
  ),
}));

test('an object has the same in it, in the same order', () => {
  const valueOf = (text: string): unknown => runInNewContext(`JSON.stringify(${text})`);
  fc.assert(
    fc.property(literal, (text) => {
      expect(valueOf(quickSpread(`(${text})`))).toBe(valueOf(`(${text})`));
    }),
  );
});

test.each([
  ['more follows', 'f({ ...it, more })', 'f({ ...void 0,...it, more })'],
  ['one in another', '({...a,b:{...c,d:1}})', '({...void 0,...a,b:{...void 0,...c,d:1}})'],
  ['a copy', '({ ...it })', '({ ...it })'],
  ['what comes last', '({ more, ...it })', '({ more, ...it })'],
  ['a pattern', 'const { ...rest } = it, f = ({ ...all }) => all;', 'const { ...rest } = it, f = ({ ...all }) => all;'],
  ['text', '"{ ...a, b }"; `{ ...a, b }`; /{ ...a, b }/;', '"{ ...a, b }"; `{ ...a, b }`; /{ ...a, b }/;'],
])('it begins with nothing where more follows: %s', (_, text, expected) => expect(quickSpread(text)).toBe(expected));
