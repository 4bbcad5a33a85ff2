import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { readProcesses } from '@pipewright/kernel';
import { type Found, type KernelView, type ReadQuery } from '@pipewright/plugin';
import type { Namespaces } from '../../sys/namespaces.js';
import { needOpenFiles } from '../../sys/open-files.js';
import type { Syscalls } from '../../sys/syscalls.js';
import { type Answers, questionOf } from '../survey/answers.js';
import type { Asked, Asker, Point } from '../survey/asker.js';
import { carefully } from '../survey/carefully.js';
import type { Kinds } from '../survey/observe.js';
import { helpersFolder } from '../survey/read.js';
import { AT_ONCE } from '../survey/side-by-side.js';
import { dumpAll } from './dump-all.js';
import { askEthtool } from './ethtool.js';
import { readFilterTable } from './filter-tables.js';
import { readNftTables } from './nft-tables.js';
import type { NamespaceNames } from './namespace-names.js';
import type { Place, Places } from './places.js';

interface AskerParts {
  readonly sys: Syscalls;
  readonly places: Places;
  readonly namespaces: Namespaces;
  readonly names: NamespaceNames;
  /** For what is no dump. */
  readonly programs: Asker;
  readonly kinds: Kinds;
}

/** Asks the kernel in process, by one dump a question. What is no dump is asked of its program. */
export class NetlinkAsker implements Asker {
  readonly label = 'The host';
  readonly atOnce = AT_ONCE;
  readonly makeSure = needOpenFiles;
  readonly #places: Places;
  readonly #namespaces: Namespaces;
  readonly #programs: Asker;
  readonly #kinds: Kinds;
  readonly #names: NamespaceNames;
  readonly #sys: Syscalls;
  readonly #view: KernelView = {
    text: textOf,
    ethtool: (device, command) => askEthtool(this.#sys, device, command),
    nftTables: () => readNftTables(this.#sys),
  };

  constructor({ sys, places, namespaces, names, programs, kinds }: AskerParts) {
    this.#sys = sys;
    this.#places = places;
    this.#namespaces = namespaces;
    this.#names = names;
    this.#programs = programs;
    this.#kinds = kinds;
  }

  async ask(queries: readonly ReadQuery[], of: Asked): Promise<Answers> {
    const answers = carefully(of, (): Map<string, unknown> => {
      const place = this.#place(of);
      return dumpAll(queries, place, this.#kinds, (wanted) => this.#names.idsIn(place, of.on, wanted));
    });
    for (const query of queries) {
      const answer = query.helpers ? readHelpers() : query.filters && readFilterTable(query.filters, this.#sys);
      if (answer !== undefined) answers.set(questionOf(query), answer);
    }
    const others = queries.filter((it) => !it.dump && !answers.has(questionOf(it)));
    if (others.length > 0)
      for (const [question, answer] of await this.#programs.ask(others, of)) answers.set(question, answer);
    return answers;
  }

  async point(point: Point, of: Asked): Promise<readonly Found[]> {
    const { direct } = point;
    const found = direct && carefully(of, () => this.#namespaces.within(this.#place(of).fd, () => direct(this.#view)));
    return found ?? this.#programs.point(point, of);
  }

  async pointAnew(point: Point): Promise<readonly Found[]> {
    const { direct } = point;
    const found =
      direct &&
      this.#namespaces.make((fd) => {
        closeSync(fd);
        return direct(this.#view);
      });
    return found ?? this.#programs.pointAnew(point);
  }

  /** Nothing that is done in process depends on it. */
  ipVersion(): Promise<string> {
    return Promise.resolve('');
  }

  #place({ path }: Asked): Place {
    return path === undefined ? this.#places.host : this.#places.byPath(path);
  }
}

const readHelpers = (): string => readProcesses({ text: textOf, end: endOf, names: namesIn, helpers: helpersFolder() });

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** The last bytes of a file that may be long. */
function endOf(path: string, bytes: number): string {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    const end = Buffer.alloc(Math.min(size, bytes));
    return end.toString('utf8', 0, readSync(fd, end, 0, end.length, size - end.length));
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
