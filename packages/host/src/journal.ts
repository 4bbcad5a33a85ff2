import { join } from 'node:path';
import { inject, injectable } from '@pipewright/core';
import {
  CLOCK,
  type Clock,
  fail,
  FILE_SYSTEM,
  type FileSystem,
  type GrowingFile,
  type Journal,
  type Stage,
  type Transaction,
  type TransactionStart,
  type Unfinished,
} from '@pipewright/plugin';
import { crc32 } from './crc32.js';
import { errors } from './errors.js';
import { uniqueWord } from './file-system.js';
import { stateFolder, wordsOf } from './ledger.js';

const FORMAT = 1;

/** The first record: where and by whom it was written decides who may act on it. */
interface Begin extends TransactionStart {
  readonly type: 'begin';
  readonly format: number;
  readonly since: number;
  readonly by: Whereabouts;
}

type JournalRecord = Begin | { readonly type: 'intent'; readonly stage: Stage } | { readonly type: 'commit' };

/** This boot, this network namespace, this process. */
interface Whereabouts {
  readonly boot: string | undefined;
  readonly namespace: string | undefined;
  readonly pid: number;
  /** When the process began, as pids are used again. */
  readonly started: string | undefined;
}

/**
 * One file a transaction, one JSON record a line, each with a checksum of its own text: a record that was torn by the
 * end of its writer is told from one that is whole.
 */
@injectable()
export class FileJournal implements Journal {
  readonly #files: FileSystem;
  readonly #clock: Clock;

  constructor(@inject(FILE_SYSTEM) files: FileSystem, @inject(CLOCK) clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  async begin(start: TransactionStart): Promise<Transaction> {
    const since = this.#clock.now();
    const path = join(journalFolder(), `${since}-${uniqueWord()}.jsonl`);
    const by = await this.#whereabouts();
    return written(path, async () => {
      // Whole or not at all, so that a record to begin with is always there.
      await this.#files.write(path, lineOf({ type: 'begin', format: FORMAT, since, by, ...start }));
      return new FileTransaction(this.#files, path, await this.#files.open(path));
    });
  }

  async unfinished(): Promise<readonly Unfinished[]> {
    const names = (await this.#files.list(journalFolder())).filter((name) => /^\d.*\.jsonl$/.test(name));
    if (names.length === 0) return [];
    const here = await this.#whereabouts();
    const read = await Promise.all(names.map(async (name) => this.#read(join(journalFolder(), name), here)));
    return read.flatMap((it) => it ?? []).sort((a, b) => b.since - a.since);
  }

  async forget({ record }: Unfinished): Promise<void> {
    await this.#files.remove(record);
  }

  async #read(path: string, here: Whereabouts): Promise<Unfinished | undefined> {
    const text = await this.#files.read(path);
    if (text === undefined) return undefined; // it was finished meanwhile
    const { records, damaged } = recordsIn(text);
    const [begin, ...rest] = records;
    if (begin?.type !== 'begin') return fail(errors.badJournal(path, 'its first record is damaged'));
    const { type: _type, format, by, ...start } = begin;
    if (format !== FORMAT) return fail(errors.badJournal(path, `it is of format ${String(format)}`));
    return {
      ...start,
      record: path,
      stages: rest.flatMap((it) => (it.type === 'intent' ? [it.stage] : [])),
      committed: rest.some((it) => it.type === 'commit'),
      where: by.boot !== here.boot ? 'before-boot' : by.namespace !== here.namespace ? 'elsewhere' : 'here',
      running: by.started !== undefined && (await this.#startOf(by.pid)) === by.started,
      damaged,
    };
  }

  async #whereabouts(): Promise<Whereabouts> {
    const [boot, namespace, started] = await Promise.all([
      this.#files.read('/proc/sys/kernel/random/boot_id'),
      this.#files.identity('/proc/self/ns/net'),
      this.#startOf(process.pid),
    ]);
    return { boot: boot?.trim(), namespace, pid: process.pid, started };
  }

  /** Field 22 of proc_pid_stat(5); the second, the program's name, may hold blanks and parentheses. */
  async #startOf(pid: number): Promise<string | undefined> {
    const text = await this.#files.read(`/proc/${pid}/stat`).catch(() => undefined); // ESRCH, if it ends just now
    return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  }
}

const journalFolder = (): string => join(stateFolder(), 'journal');

class FileTransaction implements Transaction {
  constructor(
    private readonly files: FileSystem,
    private readonly path: string,
    private readonly file: GrowingFile,
  ) {}

  async intend(stage: Stage): Promise<void> {
    await this.#add({ type: 'intent', stage });
  }

  async commit(): Promise<void> {
    await this.#add({ type: 'commit' });
  }

  async forget(): Promise<void> {
    await this.close();
    await this.files.remove(this.path);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async #add(record: JournalRecord): Promise<void> {
    await written(this.path, async () => this.file.append(lineOf(record)));
  }
}

async function written<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    return fail(errors.notWritten(path, wordsOf(error)), { cause: error });
  }
}

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** `{"crc":"0a1b2c3d","type":…}`: the sum is of the record as it is without. */
function lineOf(record: JournalRecord): string {
  const text = JSON.stringify(record);
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
function recordsIn(text: string): { readonly records: readonly JournalRecord[]; readonly damaged: boolean } {
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
