import { type Diagnostic, type Fault, type Position, problem } from '@pipewright/plugin';
import { type Document, isMap as isYamlMap, LineCounter, type Node, parseAllDocuments, type Tags } from 'yaml';
import type { Env } from './env.js';
import { errors } from './errors.js';
import { hideReferences } from './flow-references.js';
import { plainScalar } from './scalar.js';
import { keepLetters } from './letters.js';
import { show } from './show.js';
import { isMap, Source, type Tree } from './source.js';
import { YamlTree } from './yaml-tree.js';

export interface SourceOptions {
  /** What messages call the input. */
  readonly file: string;
  readonly env: Env;
  /** The key that holds the topology, in a file of somebody else's. */
  readonly within?: string;
}

const MOST_MEGABYTES = 8;
const MEGABYTE = 1024 * 1024;

/** Reads YAML, of which JSON is a part. What is wrong with it is in the source's `diagnostics`; never throws. */
export function parseSource(text: string, options: SourceOptions): Source {
  const { file } = options;
  const megabytes = Math.ceil(text.length / MEGABYTE);
  if (megabytes > MOST_MEGABYTES) return unreadable(file, errors.tooLarge(file, megabytes, MOST_MEGABYTES));
  if (text.slice(0, 4).includes('\0')) return unreadable(file, errors.notUtf8(file)); // of UTF-16 every second byte
  try {
    return readText(text, options);
  } catch (error) {
    // The YAML parser is recursive: what nests ten thousand levels deep takes its stack.
    if (error instanceof RangeError) return unreadable(file, errors.tooDeep(file));
    throw error;
  }
}

function readText(text: string, { file, env, within }: SourceOptions): Source {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // uniqueKeys compares every key with every other; YamlTree has its own check.
  const { hidden, reveal } = hideReferences(text);
  const documents = parseAllDocuments(hidden, {
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
    schema: 'core',
    customTags: tags,
  });
  const [first, second] = documents;
  const fault = first && syntaxFault(first);
  if (fault) {
    const deep = /call stack/.test(fault.words); // the parser catches it itself, most of the time
    return unreadable(file, deep ? errors.tooDeep(file) : errors.notYaml(reveal(fault.words)), at(fault.offset));
  }
  if (second) return unreadable(file, errors.severalDocuments(), at(second.range[0]));
  const top = within === undefined ? first?.contents : valueOf(first?.contents, within);
  if (!top) return unreadable(file, errors.emptyFile(file));
  const builder = new YamlTree(file, at, env, reveal);
  const { tree, value } = builder.build(top);
  return keepLetters(new Source(file, tree, [...builder.diagnostics, ...topFaults(file, tree, value)], builder.marks));
}

const YAML = 'tag:yaml.org,2002:';

/** All but what has to be written out: every plain scalar would be tried against these, and `plainScalar` is quicker. */
const tags = (core: Tags): Tags => [
  ...core.filter((it) => typeof it === 'string' || it.collection !== undefined || it.tag === `${YAML}str`),
  ...['null', 'bool', 'int', 'float'].map((it) => ({ tag: YAML + it, default: false as const, resolve: plainScalar })),
];

/** The first only: what the parser says after it is guesses. */
function syntaxFault(document: Document.Parsed): { readonly words: string; readonly offset: number } | undefined {
  const [error] = [...document.errors, ...document.warnings];
  return error && { words: error.message.replace(/[.:\s]+$/, ''), offset: error.pos[0] };
}

const valueOf = (contents: Node | null | undefined, key: string): Node | undefined =>
  isYamlMap<unknown, Node>(contents) ? contents.get(key, true) : undefined;

export function topFaults(file: string, tree: Tree, at: Position): readonly Diagnostic[] {
  if (isMap(tree)) return [];
  return [{ ...problem(tree === null ? errors.emptyFile(file) : errors.notAMap(show(tree)), []), at }];
}

const unreadable = (file: string, fault: Fault, at: Position = { file, line: 1, column: 1 }): Source =>
  new Source(file, null, [{ ...problem(fault, []), at }], new WeakMap());
