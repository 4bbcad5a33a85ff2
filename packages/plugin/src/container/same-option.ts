import type { Creation } from './attrs.js';
import { canonicalText } from './canonical-text.js';

/**
 * Whether a container that is made by the one value of an option is what it would be by the other. One that is there was
 * made by words that are kept as they were, and does not go because they are put in another way since.
 */
export const isSameOption = (option: string, one: unknown, other: unknown): boolean => {
  const plain = PLAIN[option] ?? ((value) => value);
  return canonicalText(plain(one)) === canonicalText(plain(other));
};

type Plain = (value: unknown) => unknown;

const sortedBy =
  (textOf: (part: unknown) => string): Plain =>
  (value) =>
    Array.isArray(value) ? value.toSorted((a, b) => inOrder(textOf(a), textOf(b))) : value;

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const inAnyOrder = sortedBy(canonicalText);

const PLAIN: Readonly<Record<string, Plain>> = {
  mounts: inAnyOrder,
  ports: inAnyOrder,
  expose: inAnyOrder,
  devices: inAnyOrder,
  'group-add': inAnyOrder,
  hosts: sortedBy((line) => String(line).replace(/:.*/, '')), // of several addresses of one name the first counts
  'stop-signal': (signal) => (typeof signal === 'string' ? signal.replace(/^SIG/, '') : signal),
} satisfies Partial<Record<keyof Creation, Plain>>;
