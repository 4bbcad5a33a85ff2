import type {
  Allotted,
  Change,
  Diagnostic,
  Key,
  LedgerEntry,
  Model,
  NodeTarget,
  Resource,
  Shipped,
  Stage,
  Survey,
  SurveyRequest,
} from '@pipewright/plugin';
export type { PlannedOp, Stage } from '@pipewright/plugin';
import type { Changes } from './diff/diff.js';
import type { Source } from './parse/index.js';
import type { Topology } from './topology.js';

/** A topology to bring up: its text, and the folder that paths in it are relative to. */
export interface TopologyInput {
  readonly source: Source;
  readonly base: string;
  /** The hosts to put nodes on that do not say where they are, where the command names them. */
  readonly onto?: readonly string[];
  /** Hosts that are not looked at, and where all stays as it is. */
  readonly without?: ReadonlySet<string>;
  /** Hosts that will not come back: neither looked at, and what stands there is remembered no more. */
  readonly forget?: ReadonlySet<string>;
  /** Nodes that are made anew, whether anything of them has changed or not. */
  readonly recreate?: readonly string[];
  /** Container engines may be silent: of an `up` the plan is to be shown, not to be applied; a `down` leaves what is theirs. */
  readonly partly?: true;
}

/** Where the nodes of a topology are. */
export type Outline = Pick<Draft, 'topology' | 'placed' | 'targets'>;

/** What a topology asks for, before any host was looked at: as good as `validate` gets. */
export interface Draft {
  readonly topology: Topology;
  /** The text, with defaults and groups written out: where complaints of later stages find their place. */
  readonly source: Source;
  /** The host of each node that was put there, not written there. */
  readonly placed: ReadonlyMap<string, string>;
  readonly model: Model;
  readonly desired: readonly Resource[];
  readonly targets: readonly NodeTarget[];
  readonly warnings: readonly Diagnostic[];
}

/** A running neighbour that notices an op. */
export interface Impact {
  readonly node: string;
  /** The nic through which it notices, where there is one. */
  readonly nic?: string;
  readonly change: string;
  readonly effect: string;
}

export interface Plan {
  readonly topology: string;
  readonly changes: readonly Change[];
  readonly stages: readonly Stage[];
  readonly impact: readonly Impact[];
  /** Differences that change nothing: an attribute that counts at creation only. */
  readonly notes: readonly string[];
}

/** Every stage of one run, each printable. */
export interface Planned {
  /** But for what came to more since. */
  readonly draft: Omit<Draft, 'model' | 'desired' | 'warnings'> | undefined;
  /** What was applied last, by the names that its places have today. */
  readonly last?: LedgerEntry | undefined;
  /** What was asked of the host, with what is wanted as it is known now: asked afterwards it shows what has changed. */
  readonly request: SurveyRequest;
  readonly survey: Survey;
  readonly model: Model | undefined;
  /** Addresses of it that nobody wrote. */
  readonly allotted: Allotted;
  /** What nodes bring of their own, where that makes a difference. */
  readonly shipped?: Readonly<Record<string, Shipped>>;
  readonly desired: readonly Resource[];
  /** Hosts that were left out. */
  readonly without?: ReadonlySet<string>;
  /** Those of them that are remembered no more. */
  readonly forget?: ReadonlySet<string>;
  /** What stays though it is not wanted any more: what silent engines have, and what that stands on. */
  readonly staying?: ReadonlySet<Key>;
  readonly plan: Plan;
  /** What would still have to be changed, as a later look finds it. */
  readonly left: (later: Survey) => Changes;
  readonly warnings: readonly Diagnostic[];
}

export interface ApplyReport {
  readonly topology: string;
  readonly changes: readonly Change[];
  /** Output of the nodes' own `commands`. */
  readonly commands: readonly { readonly node: string; readonly argv: readonly string[]; readonly output: string }[];
  /** What went wrong beside it. */
  readonly warnings: readonly Diagnostic[];
}
