import type { Change, Stage } from './change.js';
import type { Engines, EngineSpec } from './engine.js';
import type { Fault } from './errors.js';
import type { HostFacts, Shipped } from './model.js';
import type { NodeTarget } from './node-target.js';
import type { Op } from './op.js';
import type { Observed, Placement, Resource } from './resource.js';

/** A machine that is reached by ssh. */
export interface HostTarget {
  /** What the topology calls it, and places on it say. */
  readonly name: string;
  /** Where ssh finds it. */
  readonly ssh: string;
}

export interface SurveyRequest {
  readonly topology: string;
  /** Machines to look at besides this one. */
  readonly hosts?: readonly HostTarget[];
  readonly nodes: readonly NodeTarget[];
  /** Resources whose types answer only pointed questions (sysctls) are asked for these. */
  readonly wanted: readonly Resource[];
  /** What we applied last, as the ledger has it: owner of what the kernel cannot mark. */
  readonly applied: readonly Resource[];
  /**
   * Nobody remembers the topology: whatever carries its mark is looked for with container engines, too. All that are there
   * `must` answer, or `may`: of one that has nothing else to do with the topology it is no harm to miss something.
   */
  readonly search?: 'must' | 'may';
  /** Ask only which of the nodes are there: nothing is looked at in them, nor on the host. */
  readonly nodesOnly?: true;
  /** With `nodesOnly`: name what else there is that a word for such nodes could have meant. */
  readonly around?: true;
  /** Look at the host and at these nodes alone: at no other namespace that may be the topology's, of which it can have hundreds. */
  readonly alone?: true;
  /** Ask which processes are in the nodes' namespaces, too. */
  readonly processes?: true;
  /** Ask which ports of the host are listened to, too. */
  readonly listeners?: true;
  /** Ask what these bring of their own, too. */
  readonly shipped?: readonly ShippedQuestion[];
  /** An engine that does not answer keeps nobody from looking at all else: it is named. */
  readonly partly?: true;
}

/** A node that is a container, and what there is to ask of it: the image where one is to be made of it. */
export interface ShippedQuestion {
  readonly node: string;
  readonly engine: EngineSpec;
  /** Its name. */
  readonly container: string;
  readonly image?: string;
}

export interface SurveyedNode extends NodeTarget {
  /**
   * `absent`: no such namespace; `refused`: there, but not to be entered, `fault` says why. One that is `present` and has a
   * fault is entered to take things away only.
   */
  readonly state: 'present' | 'absent' | 'refused';
  readonly fault?: Fault;
  /** There is such a thing, but it does not run: it has no namespace now. */
  readonly stopped?: true;
  /** The name of the container that it is, where it was looked for by its id. */
  readonly called?: string;
  /** The id that its engine gave the container, which stays where its name is changed. */
  readonly container?: string;
  /** Another node, found before it, whose namespace this is too: what is in there is that one's. */
  readonly same?: string;
  /** Pids in its namespace, where they were asked for. */
  readonly processes?: readonly number[];
  /** That namespace as `stat -L` tells one from another, DEVICE:INODE: good as long as a process is in it. */
  readonly namespace?: string;
}

/** One read of all hosts. Everything after it is pure. */
export interface Survey {
  readonly facts: HostFacts;
  /** Of the other machines, by their names. */
  readonly elsewhere?: Readonly<Record<string, HostFacts>>;
  /** Those asked for, then those found by our marks. */
  readonly nodes: readonly SurveyedNode[];
  /** By node; absent is one of which nothing is there yet. */
  readonly shipped?: Readonly<Record<string, Shipped>>;
  readonly actual: readonly Observed[];
  /** Addresses that container engines have given on networks whose bridges are adopted. */
  readonly given?: readonly string[];
  /** Named namespaces, and containers that run, of the engines that the nodes asked for are of; where that is asked. */
  readonly around?: readonly NamedGuest[];
  /** Where that may be: of their containers, and of what is in those, nobody knows. */
  readonly silent?: readonly SilentEngine[];
  /** Of the lasting things asked for by name: what they will be by themselves in namespaces that are still to be made. */
  readonly initial: readonly Resource[];
}

/** Something with a network namespace, by the name that people write. */
export interface NamedGuest {
  readonly name: string;
  /** The title of the engine whose container it is; absent: a named namespace. */
  readonly engine?: string;
  /** What Compose calls it: it makes containers of names that nobody wrote. */
  readonly service?: string;
}

/** A container engine of a host that did not answer, and why. */
export interface SilentEngine {
  readonly host: string;
  /** Its title. */
  readonly engine: string;
  readonly fault: Fault;
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
  /**
   * Undoing: go on after a failure, and take "there is none" of a removal and "exists" of a creation for success. Of the
   * removal of a device that is always one.
   */
  readonly undo: boolean;
  /** Once it is aborted nobody waits any more until something is ready: that has failed then. */
  readonly stop?: AbortSignal;
}

/** What the kernel tells while somebody waits. */
export interface Listening {
  /** Whether devices, addresses, routes or rules changed since it was asked last. Waits for nothing. */
  heard(): boolean;
  close(): void;
}

/** An address, as a place asks it for an echo. */
export interface Echo {
  readonly on: Placement;
  readonly family: 4 | 6;
  /** A link-local one is followed by its device: `fe80::2%eth0`. */
  readonly address: string;
}

/** The round trip, null where nobody measured it; or what ping(8) says where there was none. */
export type Echoed = { readonly ms: number | null } | { readonly message: string };

export interface Pinger {
  /**
   * Asks all side by side, each of them up to three times, a second apart or as soon as it is told of an error. Resolves to
   * what became of each; of several tries an error says more than silence.
   */
  ping(echoes: readonly Echo[]): Promise<readonly Echoed[]>;
}

/** Reads and changes one host. Remembers the namespaces it surveyed and made until it is closed. */
export interface Executor {
  survey(request: SurveyRequest): Promise<Survey>;
  /** A look that will be asked for: of a machine that is far, what it takes may go along with what is asked first. */
  foresee?(request: SurveyRequest): void;
  /** Throws where we have not the rights to run these. Absent: `run` tells. */
  needRights?(batches: readonly Batch[]): void;
  /** Resolves to the failures: at most one a batch, none where all was done. */
  run(batches: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]>;
  /**
   * Tells the neighbours of devices that these gave addresses to at which MAC address that is now. Resolves to what may
   * have been lost, as a device has no carrier yet. Nothing depends on it, and it never rejects; absent: nobody tells.
   */
  announce?(batches: readonly Batch[]): Promise<readonly Batch[]>;
  /**
   * The file of a namespace that was surveyed, or opened since, for programs we start; it is good until the next survey.
   * Undefined: the host's own.
   */
  way(on: Placement): string | undefined;
  /** Hears, from now on, what the kernel tells of this host. Absent, or undefined: nobody tells, one has to look. */
  listen?(): Listening | undefined;
  /** Pings in process, from a place that was surveyed. Absent, or undefined: a program has to. */
  pinger?(on: Placement): Pinger | undefined;
  /** From now on, as long as it is open, nobody else changes the other machines that it looks at. */
  exclude?(): void;
  /**
   * What other machines keep of what was begun on them, by their names: of those that nobody else changes, as `exclude`
   * says. Rejects where one of them is not reached.
   */
  notes?(hosts: readonly HostTarget[]): Promise<ReadonlyMap<string, HostNotes>>;
  /** The words that run a program on another machine, for programs we start. */
  reach?(host: HostTarget, argv: readonly string[], how?: { readonly tty?: boolean }): readonly string[];
  /** Another machine, until this is closed; rejects where it is not reached. */
  other?(host: HostTarget): Promise<OtherMachine>;
  close(): Promise<void>;
}

/** Another machine, as somebody sees it who looks at no topology. */
export interface OtherMachine {
  readonly commands: Commands;
  readonly engines: Engines;
}

/** Small files of another machine, in the folder in which a pipewright of its own has its journal. */
export interface HostNotes {
  /** Who writes there: this boot of it, this network namespace, the process that lives as long as we are connected. */
  readonly by: Whereabouts;
  /** By their names. */
  read(): Promise<ReadonlyMap<string, string>>;
  /** A whole one, or none; durable when it resolves. */
  write(name: string, text: string): Promise<void>;
  /** Missing is fine. */
  remove(name: string): Promise<void>;
}

/** Where something was begun, and by whom. */
export interface Whereabouts {
  readonly boot: string | undefined;
  readonly namespace: string | undefined;
  readonly pid: number;
  /** When the process began, as pids are used again. */
  readonly started: string | undefined;
}

export interface CommandOptions {
  readonly input?: string;
  /** The child has our own standard streams, and its output is not captured. */
  readonly inherit?: boolean;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Takes what the program prints, as it comes, in place of `stdout`; resolves when it takes more, to whether anybody reads it: where
   * nobody does the program is ended.
   */
  readonly take?: (bytes: Uint8Array) => Promise<boolean>;
  /** Once it is aborted the program is asked to end, and is killed if it does not. */
  readonly stop?: AbortSignal;
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
  /** Ends early, and in peace, when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Keeps commands that change a host apart: one at a time, whoever runs them. */
export interface Lock {
  /** Runs when nobody else does. `waiting` hears, at most once, who has it now: a pid, as far as known. */
  exclusively<T>(run: () => Promise<T>, waiting: (holder: string) => void): Promise<T>;
}

/** Small state files. What is written, renamed or added is durable when that resolves. */
export interface FileSystem {
  read(path: string): Promise<string | undefined>;
  /** Writes a whole file, and makes its folder. Readers see the old text or the new; where it rejects, the old one. */
  write(path: string, text: string): Promise<void>;
  /** Gives a file a name in the same folder, in the place of whatever has it. */
  rename(from: string, to: string): Promise<void>;
  /** Opens a file that exists to add to it. */
  open(path: string): Promise<GrowingFile>;
  /** Removes a file or an empty folder; missing is fine. */
  remove(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  /** Equal for one file, whatever it is called; undefined where there is none. */
  identity(path: string): Promise<string | undefined>;
}

/** A file that text is added to. */
export interface GrowingFile {
  /** Where it rejects, nothing of the text is in the file, as far as that can be. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
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
  /** What nodes brought of their own, where that made a difference. */
  readonly shipped?: Readonly<Record<string, Shipped>>;
  /** The host of each node that was put there as it said none; `source` has them all written out. */
  readonly placed?: Readonly<Record<string, string>>;
  /** The id of each node that is a container which was there before us: its name may be another's by now. */
  readonly containers?: Readonly<Record<string, string>>;
  /** What each other host calls itself (machine-id(5)): its name in the topology may be another's by now. */
  readonly machines?: Readonly<Record<string, string>>;
  /** What commands ran in each node, in short, since it was made; of one that is not here, none. Absent: nobody knows. */
  readonly ran?: Readonly<Record<string, string>>;
}

/**
 * What topologies left behind, changed in two phases: what is prepared is not known to anybody before it is settled, and
 * both may be done again.
 */
export interface Ledger {
  read(topology: string): Promise<LedgerEntry | undefined>;
  /** Keeps what is to be known of a topology, undefined for nothing, beside what is known. */
  prepare(topology: string, entry: LedgerEntry | undefined): Promise<void>;
  /** What was prepared is known from now on. Fine where nothing was. */
  settle(topology: string): Promise<void>;
  /** What was prepared is dropped. Fine where nothing was. */
  discard(topology: string): Promise<void>;
  /** Known and prepared, all goes. */
  remove(topology: string): Promise<void>;
  topologies(): Promise<readonly string[]>;
}

/** What a command begins, with all that undoing it later takes. A value of JSON. */
export interface TransactionStart {
  readonly topology: string;
  /** The command, for people: `up`. */
  readonly command: string;
  /** Which plugins know the kinds of it, where that is known: as in the ledger. */
  readonly origin?: Pick<LedgerEntry, 'source' | 'base'>;
  /** The look that shows what there is of it. */
  readonly request: SurveyRequest;
  /** What there was of all that it concerns. */
  readonly before: readonly Observed[];
}

/** Stages that hold all in the end, or none. */
export interface Transaction {
  /** Durable when it resolves: then the stage, which is given without its `forward` ops, may run. */
  intend(stage: Stage): Promise<void>;
  /** Durable when it resolves: nothing of it will be undone any more. */
  commit(): Promise<void>;
  /** Nothing is left to do about it. */
  forget(): Promise<void>;
  /** Lets go of it as it is: it stays unfinished. */
  close(): Promise<void>;
}

/** A transaction that was begun and not forgotten. */
export interface Unfinished extends TransactionStart {
  /** The name of its record: a path, where it is a file. */
  readonly record: string;
  /** When it began: milliseconds since the epoch. */
  readonly since: number;
  /** Those that ran or may have run, in order; without `forward` ops. */
  readonly stages: readonly Stage[];
  readonly committed: boolean;
  /** `elsewhere`: in another network namespace. `before-boot`: all it tells of went with the last boot. */
  readonly where: 'here' | 'elsewhere' | 'before-boot';
  /** Whoever began it is at it still. */
  readonly running: boolean;
  /** Not all of its record can be read: stages may have run of which nothing is known. */
  readonly damaged: boolean;
  /** The other machine that keeps this record: of what was begun on it from elsewhere. */
  readonly keptBy?: HostTarget;
}

/** Knows what was begun on this host and is not finished, whatever became of who began it. */
export interface Journal {
  /** Durable when it resolves. `ahead` tells, if somebody asks, all stages that are to come if nothing fails. */
  begin(start: TransactionStart, ahead: () => readonly Stage[]): Promise<Transaction>;
  /** The latest first. */
  unfinished(): Promise<readonly Unfinished[]>;
  /** What other machines keep of what was begun on them from elsewhere. The latest first. */
  unfinishedOn(hosts: readonly HostTarget[]): Promise<readonly Unfinished[]>;
  /** What of it is still to be undone. */
  standing(it: Unfinished): Promise<Standing>;
  /** `away`: these hosts keep what they have of it. */
  forget(it: Unfinished, away?: readonly string[]): Promise<void>;
}

/** What is left of a transaction. */
export interface Standing {
  /** Without what is of other machines that know nothing of it any more, as somebody else has undone it there. */
  readonly stages: readonly Stage[];
  /** Names of the hosts that are not reached, whose part is not among the stages: they keep it themselves. */
  readonly away: readonly string[];
}

/** Addresses with prefix length that were allotted, not written: by the id of the nic, `web/eth0`. */
export type Allotted = ReadonlyMap<string, readonly string[]>;

/** Who was allotted which address, kept where a reboot does not reach: so that nobody moves. */
export interface Allotments {
  /** Empty where nothing is known. */
  read(topology: string): Promise<Allotted>;
  /** In place of all that was known of the topology. */
  write(topology: string, allotted: Allotted): Promise<void>;
  remove(topology: string): Promise<void>;
}

export type ApplyEvent =
  | { readonly type: 'started'; readonly changes: readonly Change[] }
  | { readonly type: 'done'; readonly changes: readonly Change[] }
  | { readonly type: 'failed'; readonly fault: Fault; readonly changes: readonly Change[] }
  | { readonly type: 'undoing' }
  | { readonly type: 'undone'; readonly left: readonly Fault[] }
  | { readonly type: 'verifying' }
  | { readonly type: 'finished' }
  /** Worth knowing, and no failure. */
  | { readonly type: 'note'; readonly text: string };

/** Hears what happens while it happens. */
export interface Reporter {
  event(event: ApplyEvent): void;
}
