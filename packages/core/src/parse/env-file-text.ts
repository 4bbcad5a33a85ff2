import type { Fault } from '@pipewright/plugin';
import { hasControl } from './control-character.js';
import { type Env, substitute } from './env.js';
import { errors } from './errors.js';

/** Where in a file, from 1 on. */
interface Place {
  readonly line: number;
  readonly column: number;
}

interface EnvEntry extends Place {
  readonly name: string;
  readonly value: string;
}

export interface EnvFileText {
  readonly entries: readonly EnvEntry[];
  readonly faults: readonly (Place & { readonly fault: Fault })[];
}

const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
const NAME = /[ \t]*(?:export[ \t]+)?([^\s=#'"]+)/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const LITERAL = /'([^']*)'/y;
const QUOTED = /"((?:[^"\\]|\\[^])*)"/y;
const PLAIN = /(?!['"])(?:[^ \t\r\n#]|[ \t]+(?![ \t#\r\n]|$)|(?<![ \t])#)*/y;
const REST = /[^\n]*(?:\n|$)/y;

/**
 * Lines `NAME=VALUE` as Compose reads them: comments, `export`, quotes, in which a value may go over several lines;
 * `${VARIABLE}`, but not in single quotes; a `NAME` alone, which is what it is in `env`, if it is anything there.
 */
export function readEnvFile(text: string, env: Env): EnvFileText {
  const entries: EnvEntry[] = [];
  const faults: (Place & { fault: Fault })[] = [];
  const scan = new Scanner(text);
  while (!scan.isAtEnd()) {
    if (scan.take(LINE_END)) continue;
    const place = scan.place();
    const name = scan.take(NAME)?.[1];
    const value = name === undefined ? undefined : valueOf(name, scan, env);
    if (name === undefined || value === undefined || !scan.take(LINE_END)) {
      faults.push({ ...place, fault: errors.badEnvLine() });
      scan.take(REST);
      continue;
    }
    const control = hasControl(name + (value.text ?? '')) ? [errors.controlCharacter(name)] : []; // never the value
    faults.push(...[...value.faults, ...control].map((fault) => ({ ...place, fault })));
    if (value.text !== null) entries.push({ ...place, name, value: value.text });
  }
  return { entries, faults };
}

interface Value {
  readonly text: string | null;
  readonly faults: readonly Fault[];
}

/** Undefined: it is no value. */
function valueOf(name: string, scan: Scanner, env: Env): Value | undefined {
  if (!scan.take(EQUALS)) return { text: (Object.hasOwn(env, name) ? env[name] : undefined) ?? null, faults: [] };
  const literal = scan.take(LITERAL)?.[1];
  if (literal !== undefined) return { text: literal, faults: [] };
  const quoted = scan.take(QUOTED)?.[1];
  if (quoted !== undefined) return substitute(quoted.replaceAll(/\\([^])/g, unescaped), env);
  const plain = scan.take(PLAIN)?.[0];
  return plain === undefined ? undefined : substitute(plain, env);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

const unescaped = (written: string, letter: string): string => ESCAPES[letter] ?? written;

class Scanner {
  #at: number;
  #line = 1;
  #lineStart: number;

  constructor(readonly text: string) {
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
    this.#lineStart = this.#at;
  }

  isAtEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** Of what comes next on the line. */
  place(): Place {
    const indent = /[ \t]*/y;
    indent.lastIndex = this.#at;
    const blanks = indent.exec(this.text)?.[0].length ?? 0;
    return { line: this.#line, column: this.#at + blanks - this.#lineStart + 1 };
  }

  /** What a sticky pattern finds next. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    for (let at = found[0].indexOf('\n'); at !== -1; at = found[0].indexOf('\n', at + 1)) {
      this.#line += 1;
      this.#lineStart = this.#at + at + 1;
    }
    this.#at += found[0].length;
    return found;
  }
}
