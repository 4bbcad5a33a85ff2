import { readFileSync } from 'node:fs';

/** A small file of the kernel or of a system; empty where there is none that may be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
