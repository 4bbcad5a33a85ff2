import type { Position } from '@pipewright/plugin';
import { hasControl } from './control-character.js';
import { type Env, substitute } from './env.js';
import { plainScalar } from './scalar.js';
import { emptyMap, type Mark, type Marks, MOST_LEVELS } from './source.js';
import { type Built, markOf } from './yaml-tree.js';

type Part = Omit<Built, 'size'>;

const STRING = /"(?:[^"\\\0-\x1f]|\\.)*"/y;
const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y;
const BEGINS_A_MAP = /^[ \t\r\n]*\{/;

/** What is written in JSON, with what is in it and where. */
export interface JsonTree extends Part {
  readonly marks: Marks;
}

/**
 * What programs write, by a tenth of the time that the parser of YAML takes, which is not even loaded for it. Undefined for
 * what is no JSON, and for what has anything wrong with it: that parser has the words for it.
 */
export function readJson(text: string, file: string, env: Env): JsonTree | undefined {
  if (!BEGINS_A_MAP.test(text)) return undefined;
  try {
    return new JsonReader(text, file, env).read();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class JsonReader {
  readonly #marks: Marks = new WeakMap();
  #at = 0;
  #line = 1;
  /** Where the line begins. */
  #begin = 0;
  #level = 0;

  constructor(
    readonly text: string,
    readonly file: string,
    readonly env: Env,
  ) {}

  read(): JsonTree {
    const built = this.#value();
    this.#skipSpace();
    if (this.#at < this.text.length) throw new SyntaxError();
    return { ...built, marks: this.#marks };
  }

  #value(): Part {
    this.#skipSpace();
    const value = this.#position();
    const first = this.text[this.#at];
    if (first === '{') return this.#map(value);
    if (first === '[') return this.#list(value);
    if (first === '"') return this.#text(value);
    const written = this.#token(PLAIN);
    return { tree: plainScalar(written), value, written };
  }

  #text(value: Position): Part {
    const written = this.#string();
    const { text, faults } = substitute(written, this.env);
    if (faults.length > 0 || hasControl(text)) throw new SyntaxError();
    return text === written ? { tree: text, value } : { tree: text, value, written };
  }

  #map(value: Position): Part {
    const tree = emptyMap();
    const marks = new Map<string, Mark>();
    for (const _ of this.#items('}')) {
      this.#skipSpace();
      const key = this.#position();
      const name = this.#string();
      if (name in tree || hasControl(name)) throw new SyntaxError();
      this.#expect(':');
      const item = this.#value();
      tree[name] = item.tree;
      marks.set(name, { key, ...markOf(item) });
    }
    this.#marks.set(tree, marks);
    return { tree, value };
  }

  #list(value: Position): Part {
    const items: Part[] = [];
    for (const _ of this.#items(']')) items.push(this.#value());
    const tree = items.map((it) => it.tree);
    this.#marks.set(tree, new Map(items.map((it, index) => [String(index), markOf(it)])));
    return { tree, value };
  }

  /** Stands at each item, up to what ends them. */
  *#items(end: string): Generator<undefined, void> {
    if (++this.#level > MOST_LEVELS) throw new SyntaxError();
    this.#at++;
    for (let isFirst = true; !this.#isNext(end); isFirst = false) {
      if (!isFirst) this.#expect(',');
      yield;
    }
    this.#at++;
    this.#level--;
  }

  #isNext(character: string): boolean {
    this.#skipSpace();
    return this.text[this.#at] === character;
  }

  #expect(character: string): void {
    if (!this.#isNext(character)) throw new SyntaxError();
    this.#at++;
  }

  #string(): string {
    const written = this.#token(STRING);
    return written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
  }

  #token(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [token] = pattern.exec(this.text) ?? [];
    if (token === undefined) throw new SyntaxError();
    this.#at += token.length;
    return token;
  }

  /** Only between tokens there are line breaks. */
  #skipSpace(): void {
    for (; ; this.#at++) {
      const character = this.text[this.#at];
      if (character === '\n') {
        this.#line++;
        this.#begin = this.#at + 1;
      } else if (character !== ' ' && character !== '\t' && character !== '\r') return;
    }
  }

  #position(): Position {
    return { file: this.file, line: this.#line, column: this.#at - this.#begin + 1 };
  }
}
