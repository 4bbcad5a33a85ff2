import { expect, test } from 'vitest';
import { withMeant } from './meant.js';

const fault = { code: 'PW_NONE', message: 'There is none.', fix: 'Give one.', exit: 2 } as const;
const there = [
  { name: 'blue' },
  { name: 'shop-web-1', engine: 'Docker', service: 'web' },
  { name: 'shop-web-2', engine: 'Docker', service: 'web' },
  { name: 'shop-db-1', engine: 'Docker', service: 'db' },
];

test.each([
  ['bleu', 'There is none. Did you mean "blue"?', 'Give one.'],
  ['docker:shop-bd-1', 'There is none. Did you mean "docker:shop-db-1"?', 'Give one.'],
  ['db', 'There is none. Compose has a service of that name.', 'Give its container: shop-db-1.'],
  [
    'docker:web',
    'There is none. Compose has a service of that name.',
    'Give its container: docker:shop-web-1 or docker:shop-web-2.',
  ],
  ['other', 'There is none.', 'Give one.'],
])('who wrote %s is told what is there', (word, message, fix) => {
  const [, kind, text = word] = /^(?:(\w+):)?(.*)$/.exec(word) ?? [];
  const reference = kind === undefined ? { form: 'name' as const, text } : { form: 'kind' as const, kind, text };
  expect(withMeant(fault, reference, there)).toEqual({ ...fault, message, fix });
});
