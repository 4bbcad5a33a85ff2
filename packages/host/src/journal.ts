import { basename, join } from 'node:path';
import { inject, injectable } from '@pipewright/core';
import {
  CLOCK,
  type Clock,
  EXECUTOR,
  type Executor,
  fail,
  FILE_SYSTEM,
  type FileSystem,
  type GrowingFile,
  type HostTarget,
  type Journal,
  type Stage,
  type Standing,
  type Transaction,
  type TransactionStart,
  type Unfinished,
  type Whereabouts,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { FarRecords, type FarWork } from './far-records.js';
import { uniqueWord } from './file-system.js';
import { FORMAT, type JournalRecord, lineOf, recordsIn } from './journal-records.js';
import { wordsOf } from './words.js';
import { stateFolder } from './state-folder.js';

/**
 * One file a transaction, one JSON record a line, each with a checksum of its own text: a record that was torn by the
 * end of its writer is told from one that is whole.
 */
@injectable()
export class FileJournal implements Journal {
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #far: FarRecords;

  constructor(
    @inject(FILE_SYSTEM) files: FileSystem,
    @inject(CLOCK) clock: Clock,
    @inject(EXECUTOR) executor: Pick<Executor, 'notes'>,
  ) {
    this.#files = files;
    this.#clock = clock;
    this.#far = new FarRecords(executor);
  }

  async begin(start: TransactionStart, ahead: () => readonly Stage[]): Promise<Transaction> {
    const since = this.#clock.now();
    const path = join(journalFolder(), `${since}-${uniqueWord()}.jsonl`);
    const by = await this.#whereabouts();
    return written(path, async () => {
      // Whole or not at all, so that a record to begin with is always there.
      await this.#files.write(path, lineOf({ type: 'begin', format: FORMAT, since, by, ...start }));
      const far = { records: this.#far, work: { name: basename(path), since, start, ahead } };
      return new FileTransaction(this.#files, path, await this.#files.open(path), far);
    });
  }

  async unfinished(): Promise<readonly Unfinished[]> {
    const names = (await this.#files.list(journalFolder())).filter((name) => /^\d.*\.jsonl$/.test(name));
    if (names.length === 0) return [];
    const here = await this.#whereabouts();
    const read = await Promise.all(names.map(async (name) => this.#read(join(journalFolder(), name), here)));
    return read.flatMap((it) => it ?? []).sort((a, b) => b.since - a.since);
  }

  unfinishedOn(hosts: readonly HostTarget[]): Promise<readonly Unfinished[]> {
    return this.#far.unfinishedOn(hosts);
  }

  standing(it: Unfinished): Promise<Standing> {
    return this.#far.standing(it);
  }

  /** On other machines first: as long as the record is here, all is done again. */
  async forget({ record, request, keptBy }: Unfinished, away: readonly string[] = []): Promise<void> {
    const hosts = (request.hosts ?? []).filter(({ name }) => !away.includes(name));
    await this.#far.remove(hosts, basename(record));
    if (!keptBy) await this.#files.remove(record);
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

/** What other machines are to keep of a transaction. */
interface FarPart {
  readonly records: FarRecords;
  readonly work: FarWork;
}

class FileTransaction implements Transaction {
  #isKept = false;

  constructor(
    private readonly files: FileSystem,
    private readonly path: string,
    private readonly file: GrowingFile,
    private readonly far: FarPart,
  ) {}

  async intend(stage: Stage): Promise<void> {
    await this.#add({ type: 'intent', stage });
    if (this.#isKept) return;
    this.#isKept = true;
    await this.far.records.write(this.far.work);
  }

  async commit(): Promise<void> {
    await this.#add({ type: 'commit' });
  }

  async forget(): Promise<void> {
    await this.close();
    const { records, work } = this.far;
    if (this.#isKept) await records.remove(work.start.request.hosts ?? [], work.name);
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
