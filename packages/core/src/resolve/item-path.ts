import type { Path } from '@pipewright/plugin';

/** Where one of several values of a key stands; one alone may stand there without a list. */
export const itemPath = (path: Path, key: string, all: readonly unknown[], index: number): Path => [
  ...path,
  key,
  ...(all.length === 1 ? [] : [index]),
];
