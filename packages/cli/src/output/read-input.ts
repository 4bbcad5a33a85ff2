import { readFileSync, statSync } from 'node:fs';

const MOST_BYTES = 8 * 1024 * 1024;

/** The text of an input that a message points into; undefined for what is no file: the command line, standard input. */
export function readInput(file: string): string | undefined {
  try {
    const { size } = statSync(file);
    return size > 0 && size <= MOST_BYTES ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
