import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import type * as V8 from 'node:v8';
import { Script } from 'node:vm';
import { cacheFolder, CodeCache } from './code-cache.js';
import { isTried, Thrift } from './thrift.js';

/** The first runs of a command take different ways through the program: each adds what it compiled. */
const LEARNING_RUNS = 3;

/** Commands of one nic are over before V8 optimizes much, and to load node:v8 would take longer than that. */
const BRIEF: ReadonlySet<string> = new Set(['attach', 'detach', 'pipework']);

interface Module {
  exports: unknown;
}

type Require = (id: string) => unknown;

/**
 * The file that a package comes to. By its name Node would load what reads the exports of packages, and read those; where
 * it is not there, Node still finds out by itself.
 */
const FILES: Readonly<Record<string, string>> = { koffi: 'koffi/index.cjs' };

type Compiled = (exports: unknown, require: Require, module: Module, path: string, folder: string) => void;

/**
 * The CommonJS files in `folder`, loaded as Node does it but for this: what V8 compiled of them in an earlier run it
 * need not compile again.
 */
export class Program {
  readonly #modules = new Map<string, Module>();
  readonly #others = new Map<string, unknown>();
  readonly #caches: string | undefined;
  readonly #command: string;
  readonly #thrift: Thrift | undefined;

  /** A cache a command, as each compiles other parts and what is kept is read as a whole. */
  constructor(
    private readonly folder: string,
    private readonly outer: NodeJS.Require,
    command = '',
    /** What is loaded already, by the names of its files. */
    loaded: Readonly<Record<string, unknown>> = {},
  ) {
    for (const [name, exports] of Object.entries(loaded)) this.#modules.set(name, { exports });
    this.#caches = cacheFolder(process.env, process.geteuid?.() === 0);
    this.#command = /^[a-z]{1,20}$/.test(command) ? command : 'other';
    const isThrifty = !BRIEF.has(this.#command) && isTried(process.versions.node);
    this.#thrift = isThrifty ? new Thrift(() => outer('node:v8') as typeof V8) : undefined;
  }

  /** What the file exports. */
  readonly load = (name: string): unknown => {
    const known = this.#modules.get(name);
    if (known) return known.exports;
    const module: Module = { exports: {} };
    this.#modules.set(name, module);
    const path = `${this.folder}/${name}`;
    this.#loading(() => {
      this.#compiled(name, path)(module.exports, this.#require, module, path, this.folder);
    });
    return module.exports;
  };

  readonly #require: Require = (id) => {
    if (id.startsWith('./')) return this.load(id.slice(2));
    // Nearly each of our modules asks for node:fs, and Node finds out anew each time what that is.
    if (!this.#others.has(id))
      this.#others.set(
        id,
        this.#loading(() => this.outer(this.#file(id) ?? id) as unknown),
      );
    return this.#others.get(id);
  };

  #loading<T>(work: () => T): T {
    return this.#thrift ? this.#thrift.loading(work) : work();
  }

  #file(id: string): string | undefined {
    const file = FILES[id];
    const folders = file === undefined ? [] : (this.outer.resolve.paths(id) ?? []);
    return folders.map((it) => `${it}/${file}`).find((it) => existsSync(it));
  }

  #compiled(name: string, path: string): Compiled {
    const { source, state, bytes } = readSource(path);
    const cache =
      this.#caches === undefined ? undefined : new CodeCache(this.#caches, `${this.#command}-${name}`, state);
    const kept = cache?.read(bytes);
    const script = new Script(source, { filename: path, ...(kept ? { cachedData: kept.code } : {}) });
    const runs = kept && script.cachedDataRejected !== true ? kept.runs : 0;
    if (cache && runs < LEARNING_RUNS)
      process.on('exit', (code) => {
        if (code === 0) cache.write({ code: this.#loading(() => script.createCachedData()), runs: runs + 1 });
      });
    return script.runInThisContext() as Compiled;
  }
}

interface Source {
  /** A function around it, as Node makes one. */
  readonly source: string;
  /** Another one where the file is another. */
  readonly state: string;
  /** Where it was read into, free again: to touch new memory is what takes most of the time of reading. */
  readonly bytes: Buffer;
}

/** For the code that is kept of it: that is larger than the source. */
const ROOM = 2.5;

const HEAD = Buffer.from('(function (exports, require, module, __filename, __dirname) {');
const TAIL = Buffer.from('\n})');

/** The build sees to it that it is ASCII, of which Latin-1 makes a text without decoding. */
function readSource(path: string): Source {
  const file = openSync(path, 'r');
  try {
    const { size, mtimeMs, ctimeMs } = fstatSync(file);
    const bytes = Buffer.allocUnsafeSlow(HEAD.length + Math.ceil(size * ROOM) + TAIL.length);
    HEAD.copy(bytes);
    const read = readSync(file, bytes, HEAD.length, size, 0);
    TAIL.copy(bytes, HEAD.length + read);
    return {
      source: bytes.toString('latin1', 0, HEAD.length + read + TAIL.length),
      state: [path, size, mtimeMs, ctimeMs].join(' '),
      bytes,
    };
  } finally {
    closeSync(file);
  }
}
