import type * as Fs from 'node:fs';
import type { DecodeContext, NetlinkMessage, NetlinkRequest } from '@pipewright/kernel';
import type { NetlinkDump } from '@pipewright/plugin';
import type { Syscalls } from '../sys/syscalls.js';
import { answered, codeOf, type FileAnswer, FILE_CALLS, type FileQuestion, spelled } from './file-question.js';

/** A path of a network namespace; empty for the one that we began in. */
export type PlacePath = string;

export interface FileAsked extends FileQuestion {
  /** Where the thread was: some files of the kernel are of its namespace. */
  readonly place: PlacePath;
  readonly answer: FileAnswer;
  /** Those that were looked at. */
  readonly fields: Set<string>;
}

export interface DumpAsked {
  readonly place: PlacePath;
  readonly protocol: number;
  readonly request: NetlinkRequest;
  readonly datagrams: readonly Uint8Array[];
  readonly messages: readonly NetlinkMessage[];
}

/** The number that one namespace has for another. */
export interface NumberAsked {
  readonly place: PlacePath;
  readonly of: PlacePath;
  readonly number: number | undefined;
}

/** How a dump was read. */
export interface Decoding {
  readonly dumps: Set<NetlinkDump>;
  readonly context: DecodeContext;
}

type Call = (...args: readonly unknown[]) => unknown;

/** Of Node, what asks nobody anything. */
const PURE: ReadonlySet<string> = new Set([
  ...['buffer', 'constants', 'crypto', 'events', 'path', 'process', 'querystring', 'string_decoder', 'timers'],
  ...['timers/promises', 'url', 'util', 'v8', 'vm'],
]);
/** All that it does goes through `watching`. */
const KOFFI = '@koromix/koffi-';
const QUESTIONS: ReadonlySet<string> = new Set(FILE_CALLS);
/** Beside these there is nothing that could be asked again: nothing of them comes back. */
const SILENT: ReadonlySet<string> = new Set(['closeSync', 'mkdirSync']);
/** Into what nobody reads: the hint of who has the lock, and what we say. */
const WRITING: ReadonlySet<string> = new Set(['ftruncateSync', 'writeSync']);
/** Classes of what is read. */
const DATA: ReadonlySet<string> = new Set(['Dirent', 'Stats']);
const OF_SYSTEM: ReadonlySet<string> = new Set(['arch', 'endianness', 'homedir', 'platform', 'release', 'tmpdir']);
const OF_SOCKETS: ReadonlySet<string> = new Set(['flock', 'makeRoom', 'recv', 'setsockopt']);
/** By such a path another process, or the next one of us, reaches something else. */
const FLEETING = /^\/proc\/(self\/fd\/|self\/task\/|\d+\/fd\/)/;

/**
 * All that a command asks, and what it is told: of files, of the environment and of the kernel. It stands between the
 * command and Node: what it does not know how to ask again spoils it, so that nothing can be forgotten.
 */
export class Recording {
  readonly files = new Map<string, FileAsked>();
  readonly variables = new Map<string, string | undefined>();
  readonly dumps: DumpAsked[] = [];
  /** By both places. */
  readonly numbers = new Map<string, NumberAsked>();
  /** By the messages of a dump. */
  readonly decodings = new Map<readonly NetlinkMessage[], Decoding>();
  #spoiled: string | undefined;
  /** Of descriptors. */
  readonly #paths = new Map<number, PlacePath>();
  readonly #sockets = new Map<number, { readonly place: PlacePath; readonly protocol: number }>();
  readonly #wrapped = new Map<unknown, unknown>();
  #place: PlacePath = '';
  #isAsking = false;

  /** Why it is worth nothing. */
  get spoiled(): string | undefined {
    return this.#spoiled;
  }

  /** Nothing more is recorded, and what was is let go. */
  spoil(by: string): void {
    if (this.#spoiled !== undefined) return;
    this.#spoiled = by;
    if (current === this) current = undefined;
    this.dumps.length = 0;
    for (const it of [this.files, this.numbers, this.decodings]) it.clear();
  }

  /** What the modules of Node are taken through. */
  requiring(require: NodeJS.Require): NodeJS.Require {
    const watched = (id: string): unknown => this.#module(id.replace(/^node:/, ''), require(id));
    return Object.assign(watched, require);
  }

  environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return new Proxy(env, {
      get: (of, name) => {
        const value: unknown = Reflect.get(of, name);
        if (typeof name === 'string' && !this.variables.has(name)) this.variables.set(name, of[name]);
        return value;
      },
      has: (of, name) => {
        if (typeof name === 'string') this.variables.set(name, of[name]);
        return Reflect.has(of, name);
      },
      getOwnPropertyDescriptor: (of, name) => {
        if (typeof name === 'string') this.variables.set(name, of[name]);
        return Reflect.getOwnPropertyDescriptor(of, name);
      },
      ownKeys: (of) => {
        this.spoil('the whole environment');
        return Reflect.ownKeys(of);
      },
    });
  }

  watching(sys: Syscalls): Syscalls {
    const known: Partial<Record<string, Call>> = {
      socket: (...args) => {
        const fd = sys.socket(...(args as Parameters<Syscalls['socket']>));
        this.#sockets.set(fd, { place: this.#place, protocol: args[2] as number });
        return fd;
      },
      setns: (...args) => {
        sys.setns(...(args as Parameters<Syscalls['setns']>));
        this.#place = this.#placeOf(args[0] as number);
      },
      send: (...args) => {
        if (!this.#isAsking) this.spoil('send');
        sys.send(...(args as Parameters<Syscalls['send']>));
      },
    };
    const all: readonly (readonly [string, Call])[] = Object.entries(sys);
    const watched: unknown = Object.fromEntries(
      all.map(([name, call]) => [name, known[name] ?? (OF_SOCKETS.has(name) ? call : this.#spoiling(name, call))]),
    );
    return watched as Syscalls;
  }

  /** What `work` sends is a question that will be told of. */
  asking<T>(work: () => T): T {
    const before = this.#isAsking;
    this.#isAsking = true;
    try {
      return work();
    } finally {
      this.#isAsking = before;
    }
  }

  dumped(socket: number, it: Omit<DumpAsked, 'place' | 'protocol'>): void {
    const from = this.#sockets.get(socket);
    if (from) this.dumps.push({ ...from, ...it });
    else this.spoil('a socket of somebody else');
  }

  decoded(messages: readonly NetlinkMessage[], dump: NetlinkDump, context: DecodeContext): void {
    const known = this.decodings.get(messages);
    if (known) known.dumps.add(dump);
    else this.decodings.set(messages, { dumps: new Set([dump]), context });
  }

  numbered(socket: number, fd: number, number: number | undefined): void {
    const from = this.#sockets.get(socket);
    if (!from) {
      this.spoil('a socket of somebody else');
      return;
    }
    const it = { place: from.place, of: this.#placeOf(fd), number };
    const key = `${it.place} ${it.of}`;
    const known = this.numbers.get(key) ?? it;
    if (known.number !== number) this.spoil(`${key} changed`);
    this.numbers.set(key, known);
  }

  #placeOf(fd: number): PlacePath {
    const path = this.#paths.get(fd);
    if (path === undefined || FLEETING.test(path)) this.spoil(`the namespace ${String(path)}`);
    return path === undefined || path === '/proc/thread-self/ns/net' ? '' : path;
  }

  #module(id: string, it: unknown): unknown {
    if (PURE.has(id) || id.startsWith(KOFFI)) return it;
    if (id === 'fs') return this.#once(it, () => this.#files(it as typeof Fs));
    if (id === 'fs/promises') return this.#once(it, () => this.#promises(it as object));
    if (id === 'os') return this.#once(it, () => this.#calls(it as object, (name, call) => this.#system(name, call)));
    this.spoil(`the module ${id}`);
    return it;
  }

  #once(it: unknown, wrap: () => unknown): unknown {
    if (!this.#wrapped.has(it)) this.#wrapped.set(it, wrap());
    return this.#wrapped.get(it);
  }

  /** The object with other functions. What is made with a class of it, nobody hears of. */
  #calls<T extends object>(real: T, wrap: (name: string, call: Call) => Call): T {
    return new Proxy(real, {
      get: (of, name) => {
        const it: unknown = Reflect.get(of, name);
        if (typeof it !== 'function') return it;
        const word = String(name);
        if (!/^[a-z]/.test(word)) {
          if (!DATA.has(word)) this.spoil(word);
          return it;
        }
        return this.#once(it, () => this.#withOwn(it as Call, wrap(word, it as Call)));
      },
    });
  }

  /** With what hangs on the function: `realpathSync.native`. */
  #withOwn(real: Call, wrapped: Call): Call {
    for (const key of Reflect.ownKeys(real)) {
      const own: unknown = Reflect.get(real, key);
      if (typeof own === 'function')
        Reflect.defineProperty(wrapped, key, { value: this.#spoiling(String(key), own as Call) });
    }
    return wrapped;
  }

  #files(real: typeof Fs): typeof Fs {
    const sync = this.#calls(real, (name, call) => this.#file(name, call));
    return new Proxy(sync, {
      get: (of, name) =>
        (name === 'promises'
          ? this.#once(real.promises, () => this.#promises(real.promises))
          : Reflect.get(of, name)) as unknown,
    });
  }

  #promises<T extends object>(real: T): T {
    return this.#calls(real, (name, call) => {
      if (!QUESTIONS.has(`${name}Sync`)) return this.#spoiling(`fs.promises.${name}`, call);
      return async (...args) => {
        try {
          return this.#noted(`${name}Sync`, args, answered(`${name}Sync`, await call(...args)));
        } catch (error) {
          this.#noted(`${name}Sync`, args, { error: codeOf(error) });
          throw error;
        }
      };
    });
  }

  #file(name: string, call: Call): Call {
    if (SILENT.has(name)) return call;
    if (WRITING.has(name)) return this.#writing(name, call);
    if (name === 'openSync') return this.#opening(call);
    if (!QUESTIONS.has(name) && name !== 'fstatSync') return this.#spoiling(`fs.${name}`, call);
    return (...args) => {
      try {
        return this.#noted(name, args, this.#answered(name, args, call(...args)));
      } catch (error) {
        this.#noted(name, args, { error: codeOf(error) });
        throw error;
      }
    };
  }

  #opening(call: Call): Call {
    return (path, ...more) => {
      let fd: unknown;
      try {
        return (fd = call(path, ...more));
      } finally {
        if (typeof fd === 'number' && typeof path === 'string') this.#paths.set(fd, path);
        else this.spoil(`open ${String(path)}`);
      }
    };
  }

  #writing(name: string, call: Call): Call {
    return (fd, ...more) => {
      const isKnown = fd === 1 || fd === 2 || this.#paths.get(fd as number)?.endsWith('/lock') === true;
      if (!isKnown) this.spoil(`fs.${name}`);
      return call(fd, ...more);
    };
  }

  #system(name: string, call: Call): Call {
    return OF_SYSTEM.has(name) ? call : this.#spoiling(`os.${name}`, call);
  }

  #spoiling(name: string, call: Call): Call {
    return (...args) => {
      this.spoil(name);
      return call(...args);
    };
  }

  /** Of one of our own descriptors it is what its path would say. */
  #answered(name: string, [asked]: readonly unknown[], it: unknown): FileAnswer {
    return answered(typeof asked === 'number' && asked > 2 ? 'statSync' : name, it);
  }

  /** What the command gets of an answer. */
  #noted(name: string, [asked, options]: readonly unknown[], answer: FileAnswer): unknown {
    const question = this.#spoiled === undefined ? this.#question(name, asked, options) : undefined;
    if (!question || ('all' in answer && !isPlain(answer.all))) {
      this.spoil(`fs.${name} ${String(asked)}`);
      return 'all' in answer ? answer.all : 'fields' in answer ? answer.fields : undefined;
    }
    const key = JSON.stringify([this.#place, question]);
    const known = this.files.get(key) ?? { ...question, place: this.#place, answer, fields: new Set<string>() };
    this.files.set(key, known);
    if (!('fields' in answer)) {
      this.#alike(known, answer);
      return 'all' in answer ? answer.all : undefined;
    }
    return new Proxy(answer.fields, {
      get: (its, field) => {
        const value: unknown = Reflect.get(its, field);
        if (typeof field === 'string' && typeof value !== 'function') {
          known.fields.add(field);
          if (!('fields' in known.answer) || Reflect.get(known.answer.fields, field) !== value)
            this.spoil(`${key} changed`);
        }
        return value;
      },
    });
  }

  /** A question that was answered in two ways has no answer. */
  #alike({ answer, ...question }: FileAsked, now: FileAnswer): void {
    if (spelled(answer, []) !== spelled(now, [])) this.spoil(`${String(question.path)} changed`);
  }

  #question(name: string, asked: unknown, options: unknown): FileQuestion | undefined {
    const path = typeof asked === 'number' && asked > 2 ? this.#paths.get(asked) : asked;
    const isFile = typeof path === 'string' && !FLEETING.test(path);
    if (name === 'fstatSync')
      return isFile
        ? { call: 'statSync', path, options }
        : typeof path === 'number'
          ? { call: 'fstatSync', path, options }
          : undefined;
    // What a descriptor stands at is nothing that another process could ask for.
    return isFile && typeof asked === 'string' ? { call: name as FileQuestion['call'], path, options } : undefined;
  }
}

/** All of it is in how it is spelled: an entry of a folder hides its type. */
const isPlain = (it: unknown): boolean =>
  typeof it !== 'object' || Buffer.isBuffer(it) || (Array.isArray(it) && it.every((one) => typeof one === 'string'));

/** Of the command that runs; undefined where nobody wants to know. */
export let current: Recording | undefined;

/** From here on all is recorded. */
export function begin(): Recording {
  current = new Recording();
  process.env = current.environment(process.env);
  return current;
}
