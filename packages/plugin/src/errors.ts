import type { Key } from './resource.js';

/** What is wrong in the user's words, and what to type. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly exit: ExitCode;
}

/** 0 done, 1 failed and rolled back, 2 bad input, 3 drift found, 4 host lacks something, 5 could not be undone, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130;

type FaultMaker<P extends readonly unknown[]> = ((...args: P) => Fault) & { readonly code: string };

/** One row of a package's table of errors. */
export function defineError<P extends readonly unknown[]>(
  code: string,
  text: (...args: P) => { readonly message: string; readonly fix: string },
  exit: ExitCode = 2,
): FaultMaker<P> {
  return Object.assign((...args: P): Fault => ({ code, exit, ...text(...args) }), { code });
}

/** A place in an input: 1-based, as editors count. A word of a command line, in place of a file, has line and column 0. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Steps from the top of a topology to a value: `['nodes', 'web', 'networks', 0]`. */
export type Path = readonly (string | number)[];

/** One complaint about the input. Stages gather them and go on, so that all are shown at once. */
export interface Diagnostic extends Fault {
  readonly severity: 'error' | 'warning';
  /** Where in the topology; the parser turns it into `at`. */
  readonly path: Path;
  readonly at?: Position;
  /** A secret stands there: the line in the file is not shown. */
  readonly secret?: true;
  /** What should be there and is not, where it is that: nobody else says so again. */
  readonly missing?: Key;
}

export const problem = (fault: Fault, path: Path): Diagnostic => ({ ...fault, severity: 'error', path });

export const warning = (fault: Fault, path: Path): Diagnostic => ({ ...fault, severity: 'warning', path });

export const isDiagnostic = (it: object): it is Diagnostic => 'severity' in it && 'path' in it;

interface FailureDetails {
  readonly cause?: unknown;
  readonly at?: Position | undefined;
  /** Failures met while undoing this one. */
  readonly suppressed?: readonly Fault[];
  /** Complaints about the input, where that is what failed. */
  readonly diagnostics?: readonly Diagnostic[];
  /** What went wrong on each host, where it is known on which. */
  readonly byHost?: ReadonlyMap<string, Fault>;
}

/** The one class of error that leaves a command. */
export class PipewrightError extends Error implements Fault {
  override readonly name = 'PipewrightError';
  readonly code: string;
  readonly fix: string;
  readonly exit: ExitCode;
  readonly at: Position | undefined;
  readonly suppressed: readonly Fault[];
  readonly diagnostics: readonly Diagnostic[];
  readonly byHost: ReadonlyMap<string, Fault>;

  constructor(fault: Fault, details: FailureDetails = {}) {
    super(fault.message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = fault.code;
    this.fix = fault.fix;
    this.exit = fault.exit;
    this.at = details.at;
    this.suppressed = details.suppressed ?? [];
    this.diagnostics = details.diagnostics ?? [];
    this.byHost = details.byHost ?? new Map();
  }
}

export const fail = (fault: Fault, details?: FailureDetails): never => {
  throw new PipewrightError(fault, details);
};
