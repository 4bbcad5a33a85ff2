import { existsSync } from 'node:fs';
import { type Engines, fail, LOCAL_HOST, type NodeTarget, type SurveyedNode } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { textOf } from '../../text-of.js';
import type { Asker } from './asker.js';
import { type BareFacts, readFacts } from './facts.js';
import { inspectionOf } from './list-containers.js';
import { type Finders, locate, type NamedNamespaces, namedNamespaces } from './locate.js';
import type { Located } from './located.js';
import type { Kinds } from './observe.js';
import { identityHere, pidsHere, withProcesses } from './processes.js';
import { sideBySide } from './side-by-side.js';

/** What is to be told of a machine besides what is asked of its programs and its kernel. */
export interface Sought {
  readonly nodes: readonly NodeTarget[];
  /** Of these whether they are there. */
  readonly paths: readonly string[];
  /** Of these the text. */
  readonly files: readonly string[];
  /** The same of files in nodes that have a root of their own; of which nodes, by their names. */
  readonly inside: { readonly files: readonly string[]; readonly nodes: ReadonlySet<string> };
}

export interface Look {
  readonly facts: BareFacts;
  readonly named: NamedNamespaces;
  readonly isRoot: boolean;
  /** The nodes, in the order that they were asked for. */
  readonly located: readonly Located[];
  readonly exists: (path: string) => boolean;
  /** Empty where there is none. */
  readonly textOf: (file: string) => string;
}

/** What of a look tells where to read on. */
export type Guess = Pick<Look, 'named' | 'isRoot' | 'located' | 'exists'>;

/** The machine that a host is, seen by its files and processes. */
export interface Machine {
  /** What topologies call the host. */
  readonly host: string;
  /** Whose engines are asked. */
  readonly engines: Engines;
  look(sought: Sought, asker: Asker): Promise<Look>;
  /** What it will most likely tell, where that takes long. */
  guess?(sought: Sought): Guess;
  /** Tells of each named namespace which processes are in it. */
  withProcesses(nodes: readonly SurveyedNode[]): Promise<readonly SurveyedNode[]>;
  /** Throws. */
  needRoot(): never;
}

/** The machine that we run on. What it is, is read once: looks at it follow each other within one command. */
export function thisMachine({ kinds, ...finders }: Finders & { readonly kinds: Kinds }): Machine {
  let facts: BareFacts | undefined;
  return {
    host: LOCAL_HOST,
    engines: finders.engines,
    look: async ({ nodes }, asker) => {
      facts ??= await readFacts(asker, kinds);
      const named = namedNamespaces();
      const inspect = await inspectionOf(nodes, finders.engines);
      const located = await sideBySide(nodes, async (node) => locate(node, { ...finders, inspect }));
      return { facts, named, isRoot: isRoot(), located, exists: existsSync, textOf };
    },
    withProcesses: (nodes) => Promise.resolve(withProcesses(nodes, pidsHere(), identityHere)),
    needRoot: () => fail(errors.needsRoot()),
  };
}

const isRoot = (): boolean => process.geteuid?.() === 0;

export function needRoot(): void {
  if (!isRoot()) fail(errors.needsRoot());
}
