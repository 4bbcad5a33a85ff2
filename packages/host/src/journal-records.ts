import type { Stage, TransactionStart, Whereabouts } from '@pipewright/plugin';
import { crc32 } from './crc32.js';
import type { Replacer } from './renamed-host.js';

export const FORMAT = 1;

/** The first record: where and by whom it was written decides who may act on it. */
interface Begin extends TransactionStart {
  readonly type: 'begin';
  readonly format: number;
  readonly since: number;
  readonly by: Whereabouts;
  /** The name of the machine that began it, where that is another. */
  readonly from?: string;
}

export type JournalRecord = Begin | { readonly type: 'intent'; readonly stage: Stage } | { readonly type: 'commit' };

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** `{"crc":"0a1b2c3d","type":…}`: the sum is of the record as it is without. */
export function lineOf(record: JournalRecord, replacer?: Replacer): string {
  const text = JSON.stringify(record, replacer);
  return `{"crc":"${sumOf(text)}",${text.slice(1)}\n`;
}

/** Undefined where it is not as it was written. */
function recordOf(line: string): JournalRecord | undefined {
  const [, sum, rest = ''] = /^\{"crc":"([0-9a-f]{8})",(.*)$/s.exec(line) ?? [];
  return sum === sumOf(`{${rest}`) ? (JSON.parse(`{${rest}`) as JournalRecord) : undefined; // by its sum it is ours
}

/**
 * What can be read from the start on. A bad last record is one that was not written to its end: what it speaks of has
 * not begun. After a bad one in between nothing counts but a commit, which holds whatever was before it.
 */
export function recordsIn(text: string): { readonly records: readonly JournalRecord[]; readonly damaged: boolean } {
  const read = text
    .split('\n')
    .filter((line) => line !== '')
    .map(recordOf);
  const known = read.filter((it) => it !== undefined);
  const bad = read.indexOf(undefined);
  if (bad < 0) return { records: known, damaged: false };
  const commits = read.slice(bad).filter((it) => it?.type === 'commit');
  return { records: [...known.slice(0, bad), ...commits], damaged: bad < read.length - 1 };
}
