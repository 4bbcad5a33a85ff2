import type { Change } from './change.js';
import type { Locator } from './drivers.js';
import type { Fault } from './errors.js';
import type { HostFacts } from './model.js';
import type { Op } from './op.js';
import type { Observed, Placement, Resource } from './resource.js';

/** A node to look for. */
export interface NodeTarget {
  readonly name: string;
  readonly on: Placement;
  readonly locator: Locator;
}

export interface SurveyRequest {
  readonly topology: string;
  readonly nodes: readonly NodeTarget[];
  /** Resources whose types answer only pointed questions (sysctls) are asked for these. */
  readonly wanted: readonly Resource[];
  /** What we applied last, as the ledger has it: owner of what the kernel cannot mark. */
  readonly applied: readonly Resource[];
  /** Ask which processes are in the nodes' namespaces, too. */
  readonly processes?: true;
}

export interface SurveyedNode extends NodeTarget {
  /** `absent`: no such namespace; `refused`: there, but not to be entered, `fault` says why. */
  readonly state: 'present' | 'absent' | 'refused';
  readonly fault?: Fault;
  /** Pids in its namespace, where they were asked for. */
  readonly processes?: readonly number[];
}

/** One read of a host. Everything after it is pure. */
export interface Survey {
  readonly facts: HostFacts;
  /** Those asked for, then those found by our marks. */
  readonly nodes: readonly SurveyedNode[];
  readonly actual: readonly Observed[];
  /** Of the lasting things asked for by name: what they will be by themselves in namespaces that are still to be made. */
  readonly initial: readonly Resource[];
}

/** Ops for one namespace, run in order. The batches of a stage run side by side. */
export interface Batch {
  readonly on: Placement;
  readonly ops: readonly Op[];
}

export interface OpFailure {
  readonly op: Op;
  /** The tool's or the kernel's own words. */
  readonly message: string;
}

export interface RunOptions {
  /** Undoing: go on after a failure, and take "there is none" of a removal and "exists" of a creation for success. */
  readonly undo: boolean;
}

/** Reads and changes one host. Remembers the namespaces it surveyed and made until it is closed. */
export interface Executor {
  survey(request: SurveyRequest): Promise<Survey>;
  /** Resolves to the failures: at most one a batch, none where all was done. */
  run(batches: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]>;
  close(): Promise<void>;
}

export interface CommandOptions {
  readonly input?: string;
  /** The child has our own standard streams, and its output is not captured. */
  readonly inherit?: boolean;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  /** The exit code; 128 + n where signal n ended it, 127 where there is no such program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs: argv only, never a shell. Never rejects for what the program does. */
export interface Commands {
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Keeps commands that change a host apart: one at a time, whoever runs them. */
export interface Lock {
  /** Runs when nobody else does. `waiting` hears, at most once, who has it now: a pid, as far as known. */
  exclusively<T>(run: () => Promise<T>, waiting: (holder: string) => void): Promise<T>;
}

/** Small state files, whole. Writes are atomic: readers see the old text or the new. */
export interface FileSystem {
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  /** Removes a file or an empty folder; missing is fine. */
  remove(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
}

/** What a topology left behind for later commands. */
export interface LedgerEntry {
  readonly topology: string;
  /** The topology as it was applied, before defaults: for commands that get no file. */
  readonly source: unknown;
  /** Folder that paths in it are relative to. */
  readonly base: string;
  readonly resources: readonly Resource[];
  /** What lasting things were before us. */
  readonly replaced: readonly Resource[];
}

export interface Ledger {
  read(topology: string): Promise<LedgerEntry | undefined>;
  write(entry: LedgerEntry): Promise<void>;
  remove(topology: string): Promise<void>;
  topologies(): Promise<readonly string[]>;
}

export type ApplyEvent =
  | { readonly type: 'started'; readonly changes: readonly Change[] }
  | { readonly type: 'done'; readonly changes: readonly Change[] }
  | { readonly type: 'failed'; readonly fault: Fault; readonly changes: readonly Change[] }
  | { readonly type: 'undoing' }
  | { readonly type: 'undone'; readonly left: readonly Fault[] }
  | { readonly type: 'verifying' }
  | { readonly type: 'finished' };

/** Hears what happens while it happens. */
export interface Reporter {
  event(event: ApplyEvent): void;
}
