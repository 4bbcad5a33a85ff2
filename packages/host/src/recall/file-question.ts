import * as fs from 'node:fs';

/** What may be asked of the file system and asked again: by these functions of Node. */
export const FILE_CALLS = [
  'accessSync',
  'existsSync',
  'lstatSync',
  'readFileSync',
  'readdirSync',
  'readlinkSync',
  'realpathSync',
  'statSync',
] as const;

type FileCall = (typeof FILE_CALLS)[number];

export interface FileQuestion {
  readonly call: FileCall | 'fstatSync';
  /** A number is a descriptor that we were started with. */
  readonly path: string | number;
  readonly options: unknown;
}

/** What was made of an answer: all of it, or some fields. */
export type FileAnswer = { readonly all: unknown } | { readonly error: string } | { readonly fields: object };

type Ask = (path: string | number, options: unknown) => unknown;

export function askFile({ call, path, options }: FileQuestion): FileAnswer {
  try {
    return answered(call, (fs[call] as Ask)(path, options));
  } catch (error) {
    return { error: codeOf(error) };
  }
}

export function answered(call: string, it: unknown): FileAnswer {
  if (!isStats(it)) return { all: it };
  return call === 'fstatSync' ? { fields: new Standing(it as fs.Stats) } : { fields: it };
}

/** What a command is to know of the descriptors that it was started with: which terminal it is, if it is one. */
class Standing {
  readonly isTerminal: boolean;
  readonly rdev: number;

  constructor(stats: fs.Stats) {
    this.isTerminal = stats.isCharacterDevice();
    this.rdev = this.isTerminal ? stats.rdev : 0;
  }

  isCharacterDevice(): boolean {
    return this.isTerminal;
  }
}

const isStats = (it: unknown): it is object => typeof it === 'object' && it !== null && 'ino' in it;

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);

/** Equal for answers that are: of a file's state as far as `fields` go. */
export function spelled(answer: FileAnswer, fields: readonly string[]): string {
  if ('error' in answer) return `! ${answer.error}`;
  if ('fields' in answer) return fields.map((field) => String(Reflect.get(answer.fields, field))).join(' ');
  return typeof answer.all === 'string'
    ? `= ${answer.all}`
    : `: ${answer.all === undefined ? '' : JSON.stringify(answer.all)}`;
}
