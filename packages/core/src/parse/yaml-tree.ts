import { type Diagnostic, type Fault, type Position, problem } from '@pipewright/plugin';
import {
  type Alias,
  isAlias,
  isMap as isYamlMap,
  isScalar,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { hasControl } from './control-character.js';
import { type Env, isReference, substitute } from './env.js';
import { errors } from './errors.js';
import { plainScalar } from './scalar.js';
import { show } from './show.js';
import { emptyMap, isList, isMap, type Mark, type Marks, MOST_LEVELS, type Tree } from './source.js';

/** A value with its place, and how many values it unfolds to. */
interface Built {
  readonly tree: Tree;
  readonly value: Position;
  readonly written?: string;
  readonly text?: string;
  readonly size: number;
}

const MOST_UNFOLDED = 1_000_000;

/** Makes plain values of YAML nodes and remembers where each was written. */
export class YamlTree {
  readonly marks: Marks = new WeakMap();
  readonly diagnostics: Diagnostic[] = [];
  readonly #anchors = new Map<string, Built | 'open'>();
  #unfolded = 0;
  #level = 0;

  constructor(
    readonly file: string,
    readonly at: (offset: number) => Position,
    readonly env: Env,
    /** Of text that the parser found, what was written. */
    readonly reveal: (text: string) => string,
  ) {}

  build(node: Node): Built {
    if (isAlias(node)) return this.#alias(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, 'open');
    const built = this.#fresh(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, built);
    return built;
  }

  #fresh(node: Exclude<Node, Alias>): Built {
    const value = this.#place(node);
    if (isScalar(node)) return { ...this.#scalar(node, value), value, size: 1 };
    if (this.#level >= MOST_LEVELS) return this.#complain(errors.tooDeep(this.file), value);
    this.#level++;
    const built = isYamlMap<Node, Node | null>(node) ? this.#map(node, value) : this.#seq(node as YAMLSeq<Node>, value);
    this.#level--;
    return built;
  }

  #scalar(node: Scalar, at: Position): Pick<Built, 'tree' | 'written' | 'text'> {
    const source = this.reveal(node.source ?? '');
    const isPlain = node.type === 'PLAIN' && node.tag === undefined;
    const found = isPlain ? plainScalar(source) : (node.value as Tree);
    const value = typeof found === 'string' ? this.reveal(found) : found;
    if (typeof value !== 'string') return { tree: value, written: source, ...(value === null ? {} : { text: source }) };
    const { text, faults } = substitute(value, this.env);
    for (const fault of faults) this.#complain(fault, at);
    if (hasControl(text)) this.#complain(errors.controlCharacter(value), at);
    const tree = isPlain && isReference(value) && faults.length === 0 ? plainScalar(text) : text;
    return text === value ? { tree } : { tree, written: value, ...(typeof tree === 'string' ? {} : { text }) };
  }

  #seq(node: YAMLSeq<Node>, value: Position): Built {
    const items = node.items.map((item) => this.build(item));
    const tree = items.map((item) => item.tree);
    this.marks.set(tree, new Map(items.map((item, index) => [String(index), markOf(item)])));
    return { tree, value, size: items.reduce((sum, item) => sum + item.size, 1) };
  }

  #map(node: YAMLMap<Node, Node | null>, value: Position): Built {
    const tree = emptyMap();
    const marks = new Map<string, Mark>();
    const merged: Built[] = [];
    let size = 1;
    for (const pair of node.items) {
      const key = this.#place(pair.key);
      const name = this.#keyText(pair.key);
      const item: Built = pair.value ? this.build(pair.value) : { tree: null, value: key, size: 1 };
      size += item.size;
      if (isMergeKey(pair.key)) merged.push(item);
      else if (name === undefined) this.#complain(errors.badKey(), key);
      else if (name in tree) this.#complain(errors.duplicateKey(name, marks.get(name)?.key?.line ?? 0), key);
      else {
        if (hasControl(name)) this.#complain(errors.controlCharacter(name), key);
        tree[name] = item.tree;
        marks.set(name, { key, ...markOf(item) });
      }
    }
    for (const item of merged) this.#merge(item, tree, marks);
    this.marks.set(tree, marks);
    return { tree, value, size };
  }

  /** Keys of the map itself win over merged ones, earlier merged ones over later: yaml.org/type/merge.html */
  #merge(from: Built, tree: Record<string, Tree>, marks: Map<string, Mark>): void {
    for (const source of isList(from.tree) ? from.tree : [from.tree]) {
      if (!isMap(source)) {
        this.#complain(errors.badMerge(show(source)), from.value);
        continue;
      }
      for (const [key, mark] of this.marks.get(source) ?? []) {
        if (key in tree) continue;
        tree[key] = source[key] ?? null;
        marks.set(key, mark);
      }
    }
  }

  #alias(node: Alias): Built {
    const target = this.#anchors.get(node.source);
    if (target === undefined) return this.#complain(errors.unknownAlias(node.source), this.#place(node));
    if (target === 'open') return this.#complain(errors.aliasInItself(node.source), this.#place(node));
    const before = this.#unfolded;
    this.#unfolded += target.size;
    if (this.#unfolded <= MOST_UNFOLDED) return target;
    const value = this.#place(node);
    return before > MOST_UNFOLDED ? blank(value) : this.#complain(errors.tooManyAliases(MOST_UNFOLDED), value);
  }

  /** `0123:` is the key `0123`, though the scalar is the number 123. */
  #keyText(key: Node): string | undefined {
    if (!isScalar(key)) return undefined;
    return this.reveal(typeof key.value === 'string' ? key.value : (key.source ?? ''));
  }

  #place(node: Node): Position {
    return this.at(node.range?.[0] ?? 0);
  }

  #complain(fault: Fault, at: Position): Built {
    this.diagnostics.push({ ...problem(fault, []), at });
    return blank(at);
  }
}

const blank = (value: Position): Built => ({ tree: '', value, size: 1 });

function markOf({ value, written, text }: Built): Mark {
  if (written === undefined) return { value };
  return text === undefined ? { value, written } : { value, written, text };
}

const isMergeKey = (key: Node): boolean => isScalar(key) && key.type === 'PLAIN' && key.value === '<<';
