import type { Plan } from '@pipewright/core';
import type { ApplyEvent } from '@pipewright/plugin';
import type { ListrTask, ListrTaskWrapper } from 'listr2';
import { standardError } from './channel.js';
import { eventLines, type Progress, Tally } from './progress.js';
import { count } from './text.js';

/** More rows than this scroll off many a terminal. */
const MOST_ROWS = 16;

type Wrapper = ListrTaskWrapper<unknown, never, never>;

/** A row that goes on until it is told its end. */
class Row {
  #wrapper: Pick<Wrapper, 'title'> | undefined;
  readonly #ended: Promise<void>;
  finish: () => void = () => undefined;
  fail: (words: string) => void = () => undefined;

  constructor(private text: string) {
    this.#ended = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = (words) => reject(new Error(words));
    });
    this.#ended.catch(() => undefined); // it may fail before the list looks at it
  }

  set title(text: string) {
    this.text = text;
    if (this.#wrapper) this.#wrapper.title = text;
  }

  task(): ListrTask {
    return {
      title: this.text,
      task: async (_, wrapper) => {
        this.#wrapper = wrapper;
        wrapper.title = this.text;
        await this.#ended;
      },
    };
  }
}

/** A live list on a terminal: a row a place, and one for the looking afterwards. listr2 only draws it. */
export class LiveProgress implements Progress {
  #tally = new Tally([]);
  readonly #rows = new Map<string, Row>();
  #verify = new Row('verify');
  #drawn: Promise<unknown> = Promise.resolve();

  async begin({ changes }: Plan): Promise<void> {
    this.#tally = new Tally(changes);
    for (const place of this.#tally.places()) this.#rows.set(place, new Row(place));
    const tasks = [...this.#rows.values(), this.#verify].slice(0, MOST_ROWS).map((row) => row.task());
    const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
    const output = new ProcessOutput(process.stderr, process.stderr);
    this.#drawn = new Listr(tasks, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false, logger: new ListrLogger({ processOutput: output }) },
    }).run();
  }

  event(event: ApplyEvent): void {
    // Notes come before there is a list to draw.
    if (event.type === 'note') for (const line of eventLines(event, this.#tally)) standardError.write(`${line}\n`);
    if (event.type === 'done') this.#count(event);
    if (event.type === 'undoing') this.#stop(eventLines(event, this.#tally).join());
    if (event.type === 'finished') this.#verify.finish();
  }

  async end(): Promise<void> {
    this.#stop('stopped');
    await this.#drawn;
  }

  #count({ changes }: Extract<ApplyEvent, { type: 'done' }>): void {
    for (const { place, done, all } of this.#tally.done(changes)) {
      const row = this.#rows.get(place);
      if (!row) continue;
      row.title = `${place}: ${done === all ? count(all, 'change') : `${String(done)} of ${count(all, 'change')}`}`;
      if (done === all) row.finish();
    }
  }

  #stop(words: string): void {
    for (const row of [...this.#rows.values(), this.#verify]) row.fail(words);
  }
}
