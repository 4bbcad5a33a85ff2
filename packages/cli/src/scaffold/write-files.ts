import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail, PipewrightError } from '@pipewright/plugin';
import { wordsOf } from '../read/code.js';
import { errors } from './errors.js';

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** All of them or, where one is there already, none. */
export function writeNewFiles(files: readonly NewFile[]): void {
  const taken = files.map((it) => it.path).filter(isThere);
  if (taken.length > 0) fail(errors.wouldOverwrite(taken));
  for (const it of files) writeFile(it, 'wx');
}

/** A link that leads nowhere is there, too. */
export const isThere = (path: string): boolean =>
  attempt(path, () => lstatSync(path, { throwIfNoEntry: false }) !== undefined);

/** `wx`: only where there is none. */
export const writeFile = ({ path, text }: NewFile, flag: 'w' | 'wx'): void =>
  attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag });
  });

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new PipewrightError(errors.unwritable(path, wordsOf(cause)), { cause });
  }
}
