import {
  ALLOTMENTS,
  type Allotments,
  type Allotted,
  type Change,
  COMMANDS,
  type Commands,
  ENGINES,
  type Engines,
  type Diagnostic,
  EXECUTOR,
  type Executor,
  type HostTarget,
  isRef,
  JOURNAL,
  type Journal,
  LEDGER,
  type Ledger,
  type LedgerEntry,
  LOCK,
  type Lock,
  type Model,
  PipewrightError,
  REPORTER,
  type Reporter,
  type Resource,
  type Survey,
  type SurveyRequest,
  type Unfinished,
  warning,
} from '@pipewright/plugin';
import { forgetAllotted, keepAllotted, readAllotted } from './allotments.js';
import { apply, type ApplyParts } from './apply/apply.js';
import { restartsOf, withBystanders } from './apply/bystanders.js';
import { runCommands } from './apply/commands.js';
import { byKey } from './apply/ours.js';
import { prepare } from './apply/prepare.js';
import { makingOf, ranBy } from './apply/ran.js';
import { replacedBy } from './apply/replaced.js';
import { startOf } from './apply/start.js';
import { forwardBatches } from './apply/undo.js';
import { whyGone } from './apply/why-gone.js';
import { findGuest, type FoundGuest, hostOfGuest } from './attach/find-guest.js';
import { knownOf } from './attach/known.js';
import { linkedInput, type LinkRequest, unlinkedInput, type UnlinkRequest } from './attach/link-guests.js';
import { planAttach } from './attach/plan-attach.js';
import { planDetach } from './attach/plan-detach.js';
import type { AttachRequest, DetachRequest, PlannedNic } from './attach/request.js';
import { environmentOf } from './compile/compile.js';
import { deepEqual } from './diff/compare.js';
import { inject, injectable } from './di.js';
import { hostsIn, type Source } from './parse/index.js';
import {
  asksForListeners,
  downRequest,
  draft,
  outline,
  type PipelineParts,
  placesOf,
  planDown,
  planUp,
  upRequest,
} from './pipeline.js';
import { Registries } from './registry/registry.js';
import { accept, recover, type Recovery, type RecoveryParts } from './recover/recover.js';
import { HAD_NOTHING, inUseOf } from './resolve/in-use.js';
import { NO_FACTS } from './resolve/hosts.js';
import { findPlaced, withPlaced } from './resolve/placed.js';
import { PLACED_NOWHERE, type Placing } from './resolve/placement.js';
import { resolve } from './resolve/resolve.js';
import { unknownImages } from './resolve/shipped.js';
import type { ApplyReport, Draft, Outline, Planned, TopologyInput } from './stages.js';

/** Topologies on this host: planned, applied, taken down. */
@injectable()
export class Topologies {
  /** Of texts that say nothing of hosts. */
  readonly #drafts = new WeakMap<Source, { readonly placing: Placing; readonly drafted: Draft }>();

  constructor(
    @inject(Registries) readonly registries: Registries,
    @inject(EXECUTOR) private readonly executor: Executor,
    @inject(JOURNAL) private readonly journal: Journal,
    @inject(LEDGER) private readonly ledger: Ledger,
    @inject(ALLOTMENTS) private readonly allotments: Allotments,
    @inject(COMMANDS) private readonly commands: Commands,
    @inject(ENGINES) private readonly engines: Engines,
    @inject(LOCK) private readonly lock: Lock,
    @inject(REPORTER) private readonly reporter: Reporter,
  ) {}

  /** Runs what plans and changes while no other command does. `waiting` hears who has to end first. */
  exclusively<T>(run: () => Promise<T>, waiting: (holder: string) => void): Promise<T> {
    this.executor.exclude?.();
    return this.lock.exclusively(run, waiting);
  }

  /** Throws all mistakes of the text at once. Touches nothing, asks nobody. */
  check({ source }: TopologyInput): Draft {
    return draft(source, this.registries, PLACED_NOWHERE);
  }

  /** The same with nodes where they were put before. */
  async draft(input: TopologyInput): Promise<Draft> {
    return this.#draftOnce(input.source, (await this.#placing(input)) ?? PLACED_NOWHERE);
  }

  /** No more of it than what `planDown` needs. */
  async outline(input: TopologyInput): Promise<Outline> {
    return outline(input.source, this.registries, (await this.#placing(input)) ?? PLACED_NOWHERE);
  }

  /** Undefined for a text that says nothing of hosts. */
  async #placing({ source, onto }: TopologyInput): Promise<Placing | undefined> {
    const name = source.valueAt(['name']);
    const isHere = onto === undefined && source.valueAt(['hosts']) === undefined;
    if (isHere || typeof name !== 'string') return undefined;
    const last = await this.ledger.read(name);
    return { standing: new Map(Object.entries(last?.placed ?? {})), onto };
  }

  /** A command asks more than once: to find hosts to lock, to plan, to show. */
  #draftOnce(source: Source, placing: Placing): Draft {
    const known = this.#drafts.get(source);
    if (known && isSamePlacing(known.placing, placing)) return known.drafted;
    const drafted = draft(source, this.registries, placing);
    this.#drafts.set(source, { placing, drafted });
    return drafted;
  }

  /** What there would be of it on the hosts that were looked at, whether it can be planned or not. */
  modelOn({ topology }: Draft, survey: Survey): Model {
    return resolve(topology, this.registries, survey, HAD_NOTHING).model;
  }

  /** The environment of what is run in a node, with the addresses as they were applied last. Asks no host. */
  async environment({ topology }: Draft, node: string): Promise<Readonly<Record<string, string>>> {
    const last = await this.ledger.read(topology.name);
    const { allotted } = await readAllotted(this.allotments, topology.name);
    const had = { inUse: inUseOf(last?.resources ?? []), allotted, shipped: last?.shipped, actual: [] };
    const { model, contextOn } = resolve(topology, this.registries, { facts: NO_FACTS }, had);
    return environmentOf(node, model, this.registries, { topology: topology.name, on: contextOn });
  }

  async plan(input: TopologyInput): Promise<Planned> {
    const remembered = await this.draft(input);
    const { name } = remembered.topology;
    const { allotted, warnings } = await readAllotted(this.allotments, name);
    const { forget, partly, recreate } = input;
    const without = leftOutBy(input);
    const parts = {
      ...(await this.#parts(name, asksForListeners(remembered.model, this.registries) || isAmongOthers(remembered))),
      without,
      partly,
      recreate,
    };
    const drafted = parts.last ? remembered : await this.#found(input, remembered);
    const planned = await planUp(drafted, parts, allotted);
    this.#drafts.delete(input.source); // the plan says all that it did: of thousands of nodes it need not be there twice
    return { ...planned, ...forgetting(forget), warnings: [...planned.warnings, ...warnings] };
  }

  /** Whether all is as declared, and nothing new has to be remembered of it either. */
  async isCurrent({ source, base }: TopologyInput, planned: Planned): Promise<boolean> {
    const { plan, draft: drafted, shipped } = planned;
    if (plan.changes.length > 0) return false;
    const last = await this.ledger.read(plan.topology);
    const { forget } = planned;
    if (forget && last?.resources.some(({ on }) => forget.has(on.host))) return false;
    const placed = drafted ? withPlaced(source.tree, drafted.placed) : {};
    const kept = { source: source.tree, ...placed, shipped, ...containersOf(planned) };
    const known = { source: last?.source, placed: last?.placed, shipped: last?.shipped, containers: last?.containers };
    return last?.base === base && deepEqual(JSON.parse(JSON.stringify(known)), JSON.parse(JSON.stringify(kept)));
  }

  /** Of a topology that nobody remembers: nodes are where they are found. */
  async #found(input: TopologyInput, drafted: Draft): Promise<Draft> {
    const standing = await findPlaced(drafted, leftOutBy(input), this.executor);
    return standing.size === 0 ? drafted : draft(input.source, this.registries, { standing, onto: input.onto });
  }

  /** `drafted` lets nodes be found that carry no mark of ours: those of pids. */
  async planDown(
    name: string,
    drafted?: Outline,
    { partly, ...leaving }: Pick<TopologyInput, 'without' | 'forget' | 'partly'> = {},
  ): Promise<Planned> {
    const parts = { ...(await this.#parts(name)), without: leftOutBy(leaving), partly };
    return { ...(await planDown(name, drafted, parts)), ...forgetting(leaving.forget) };
  }

  async up(input: TopologyInput, shown: Planned, signal: AbortSignal): Promise<ApplyReport> {
    const planned = await this.#informed(input, shown, signal);
    const { topology } = planned.plan;
    const { placed, ...kept } = withPlaced(input.source.tree, planned.draft?.placed ?? new Map());
    const origin = { ...kept, base: input.base };
    let commands: ApplyReport['commands'] = [];
    const finish = async (): Promise<LedgerEntry> => {
      const { commands: programs, engines, executor } = this;
      commands = await runCommands(planned, this.registries, { commands: programs, engines, executor }, signal);
      const last = await this.ledger.read(topology);
      const leftOut = last?.resources.filter(({ on }) => staysLeft(planned, on.host)) ?? [];
      const resources = [...planned.desired, ...leftOut];
      const others = await this.#replacedBesides(topology, resources);
      const replaced = replacedBy({ ...planned, desired: resources }, planned.last, others, this.registries.types);
      const { shipped } = planned;
      return {
        topology,
        ...origin,
        resources,
        replaced,
        ...(shipped ? { shipped } : {}),
        ...(placed ? { placed } : {}),
        ...containersOf(planned),
        ...machinesOf(planned),
        ran: ranBy(planned.draft?.topology.nodes ?? [], planned.last, makingOf(planned)),
      };
    };
    const unsettled = await this.#apply(planned, { command: 'up', origin, signal, finish });
    const unkept = await keepAllotted(this.allotments, topology, planned.allotted);
    return { topology, changes: planned.plan.changes, commands, warnings: [...unsettled, ...unkept] };
  }

  async down(planned: Planned, signal: AbortSignal): Promise<ApplyReport> {
    const { topology } = planned.plan;
    const origin = await this.ledger.read(topology);
    const rest = leftOf(planned, origin);
    const finish = () => Promise.resolve(rest);
    const unsettled = await this.#apply(planned, { command: 'down', origin, signal, finish });
    const unforgotten = rest ? [] : await forgetAllotted(this.allotments, topology);
    return { topology, changes: planned.plan.changes, commands: [], warnings: [...unsettled, ...unforgotten] };
  }

  /** What a word for a guest means; throws where it means nothing that is there. */
  async findGuest(topology: string, guest: string): Promise<FoundGuest> {
    const { registries, executor, last } = await this.#parts(topology);
    return findGuest(guest, { registries, executor, known: knownOf(topology, last, registries) });
  }

  /** The topology with more service links of a guest, for `plan` and `up`. */
  async linked(asked: LinkRequest): Promise<TopologyInput> {
    return linkedInput(asked, await this.#parts(asked.topology));
  }

  /** The topology with fewer; undefined: nothing is left of it, for `planDown` and `down`. */
  async unlinked(asked: UnlinkRequest): Promise<TopologyInput | undefined> {
    return unlinkedInput(asked, await this.#parts(asked.topology));
  }

  /** The machine that a nic is attached or detached on, where it is not this one. */
  async hostOf(asked: Pick<DetachRequest, 'topology' | 'guest' | 'host'>): Promise<readonly HostTarget[]> {
    const { topology, guest, host } = asked;
    const last = await this.ledger.read(topology);
    if (host || hostsIn(last?.source).length === 0) return host ? [host] : [];
    const { registries } = this;
    const own = hostOfGuest(guest, { registries, known: knownOf(topology, last, registries) });
    return own ? [own] : [];
  }

  async planAttach(asked: AttachRequest): Promise<PlannedNic> {
    const { allotted, warnings } = await readAllotted(this.allotments, asked.topology);
    const others = (names?: readonly string[]) => (names ? this.#read(names) : this.applied(asked.topology));
    const planned = await planAttach(asked, await this.#parts(asked.topology), allotted, others);
    return { ...planned, warnings: [...planned.warnings, ...warnings] };
  }

  async planDetach(asked: DetachRequest): Promise<PlannedNic> {
    const { allotted } = await readAllotted(this.allotments, asked.topology);
    return planDetach(asked, await this.#parts(asked.topology), allotted);
  }

  /** One nic more, or as it should be now; nothing else of the topology is touched. */
  attach(planned: PlannedNic, signal: AbortSignal): Promise<ApplyReport> {
    return this.#applyNic(planned, 'attach', signal);
  }

  detach(planned: PlannedNic, signal: AbortSignal): Promise<ApplyReport> {
    return this.#applyNic(planned, 'detach', signal);
  }

  /** What commands began on this host and did not finish: killed, left with something they could not undo, or at work. */
  unfinished(): Promise<readonly Unfinished[]> {
    return this.journal.unfinished();
  }

  /** What other machines keep of what was begun on them from elsewhere. Within `exclusively`. */
  async unfinishedOn(hosts: readonly HostTarget[]): Promise<readonly Unfinished[]> {
    const found = await this.journal.unfinishedOn(hosts);
    // Each is undone with the plugins of its topology, and takes the locks of its hosts for that.
    if (found.length > 0) await this.executor.close();
    return found;
  }

  /** The other machines that an `up` will change. What its plan asks of them goes along with what they are asked first. */
  async foreseeUp(drafted: Draft, leaving: Leaving = {}): Promise<readonly HostTarget[]> {
    const last = await this.ledger.read(drafted.topology.name);
    const places = placesOf(last, drafted, this.registries);
    return this.#foresee(upRequest(drafted, places, this.registries, leftOutBy(leaving)));
  }

  /** The same of a `down`. */
  async foreseeDown(name: string, drafted?: Outline, leaving: Leaving = {}): Promise<readonly HostTarget[]> {
    const last = await this.ledger.read(name);
    return this.#foresee(downRequest(name, drafted, { last, left: [] }, leftOutBy(leaving)));
  }

  /** What was applied last of the topologies that are up, but for one. */
  async applied(except?: string): Promise<readonly LedgerEntry[]> {
    return this.#read((await this.ledger.topologies()).filter((it) => it !== except));
  }

  async #read(names: readonly string[]): Promise<readonly LedgerEntry[]> {
    const entries = await Promise.all(names.map((it) => this.ledger.read(it)));
    return entries.flatMap((it) => it ?? []);
  }

  /** Machines by what topologies that are up call them; of several that are called so those of `topology`, or all. */
  async knownHosts(topology?: string): Promise<ReadonlyMap<string, readonly HostTarget[]>> {
    const own = topology === undefined ? undefined : await this.ledger.read(topology);
    const known = new Map<string, readonly HostTarget[]>();
    for (const host of (await this.applied(topology)).flatMap(({ source }) => hostsIn(source))) {
      const others = known.get(host.name) ?? [];
      if (!others.some(({ ssh }) => ssh === host.ssh)) known.set(host.name, [...others, host]);
    }
    for (const host of hostsIn(own?.source)) known.set(host.name, [host]);
    return known;
  }

  /** Undoes or completes what a command that is gone had begun. Within `exclusively`. */
  async recover(it: Unfinished): Promise<Recovery> {
    this.executor.exclude?.();
    return recover(it, this.#state()).finally(() => this.executor.close());
  }

  /** Takes the host as such a command left it. Within `exclusively`. */
  accept(it: Unfinished): Promise<Recovery> {
    return accept(it, this.#state());
  }

  #foresee(request: SurveyRequest): readonly HostTarget[] {
    this.executor.foresee?.(request);
    return request.hosts ?? [];
  }

  /** With what could not be known before images were here. */
  async #informed(input: TopologyInput, planned: Planned, signal: AbortSignal): Promise<Planned> {
    if (unknownImages(planned.request, planned.survey).length === 0) return planned;
    this.#needRights(planned);
    await prepare(planned.plan.changes, this.registries.types, this.executor, signal);
    return this.plan(input);
  }

  #needRights({ plan }: Planned): void {
    this.executor.needRights?.(plan.stages.flatMap(forwardBatches));
  }

  async #applyNic(planned: PlannedNic, command: string, signal: AbortSignal): Promise<ApplyReport> {
    const { remembered, allotted, plan } = planned;
    const { topology, changes } = plan;
    const origin = remembered ?? (await this.ledger.read(topology));
    const finish = () => Promise.resolve(remembered);
    const unsettled = await this.#apply(planned, { command, origin, signal, finish });
    const unkept = await this.#keepOf(topology, remembered, allotted);
    return { topology, changes, commands: [], warnings: [...unsettled, ...unkept] };
  }

  /** Most attached nics are allotted nothing. */
  async #keepOf(
    topology: string,
    remembered: LedgerEntry | undefined,
    allotted: Allotted,
  ): Promise<readonly Diagnostic[]> {
    if (!remembered) return forgetAllotted(this.allotments, topology);
    return allotted.size > 0 ? keepAllotted(this.allotments, topology, allotted) : [];
  }

  async #parts(name: string, asks = false): Promise<PipelineParts> {
    const last = await this.ledger.read(name);
    const matters = asks || isMadeOnShared(last) || this.#lastingOnHost(last?.resources ?? []).length > 0;
    const others = matters ? await this.applied(name) : [];
    return { registries: this.registries, executor: this.executor, last, others };
  }

  /** What things that last on the host, and are of several topologies, were before the first of them. */
  async #replacedBesides(name: string, desired: readonly Resource[]): Promise<readonly Resource[]> {
    const lasting = new Set(this.#lastingOnHost(desired).map(({ key }) => key));
    if (lasting.size === 0) return [];
    return (await this.applied(name)).flatMap((it) => it.replaced.filter(({ key }) => lasting.has(key)));
  }

  /** Types of plugins that are not loaded are none of these. */
  #lastingOnHost(all: readonly Resource[]): readonly Resource[] {
    const types = new Set(this.registries.types.all().flatMap(({ type, lasting }) => (lasting ? [type] : [])));
    return all.filter(({ on, type }) => on.node === undefined && types.has(type));
  }

  #state(): RecoveryParts {
    const { executor, journal, ledger } = this;
    return { executor, journal, ledger };
  }

  /** Returns what is to be told though all is done. */
  async #apply(planned: Planned, work: Work): Promise<readonly Diagnostic[]> {
    const { command, origin, ...rest } = work;
    const { reporter } = this;
    this.#needRights(planned);
    await prepare(planned.plan.changes, this.registries.types, this.executor, work.signal);
    const start = startOf(command, planned, origin, this.registries);
    // What has its place again is nobody's, as it was before ours had it.
    const returned = new Set(planned.plan.changes.filter(isReturning).map(({ key }) => key));
    const had = planned.request.applied.filter(({ key }) => !returned.has(key));
    // As the next command looks: nothing else says whose a route without a device is, where the namespace is not ours.
    const request = { ...planned.request, applied: [...byKey([...had, ...planned.desired]).values()] };
    let later = planned.survey;
    const remaining = async (): Promise<readonly Change[]> => {
      const found = await this.executor.survey(request);
      const { changes, diagnostics } = planned.left(found);
      const wrong = diagnostics.find(({ severity }) => severity === 'error');
      if (wrong) throw new PipewrightError(wrong);
      if (changes.length > 0) later = found;
      return changes;
    };
    const why = (missing: Change) => whyGone(missing, this.registries.types, planned.survey, later);
    const faults = await apply(withBystanders(planned, this.registries), {
      ...this.#state(),
      deviceKinds: this.registries.deviceKinds,
      reporter,
      start,
      desired: planned.desired,
      remaining,
      restarts: (left) => restartsOf(left, planned.plan, this.registries),
      whyGone: why,
      ...rest,
    });
    return faults.map((it) => warning(it, []));
  }
}

/** Ids of the nodes that are containers of others; on hosts that nobody looked at, as they were. */
function containersOf({ model, survey, last, without }: Planned): Pick<LedgerEntry, 'containers'> {
  const found = new Map(survey.nodes.map(({ name, container }) => [name, container]));
  const ids = (model?.nodes ?? []).flatMap(({ name, host, managed }) => {
    const id = managed ? undefined : without?.has(host) ? last?.containers?.[name] : found.get(name);
    return id === undefined ? [] : [[name, id] as const];
  });
  return ids.length > 0 ? { containers: Object.fromEntries(ids) } : {};
}

/** Of the hosts that were looked at, and of those left out as they were. */
function machinesOf({ request, survey, last }: Planned): Pick<LedgerEntry, 'machines'> {
  const seen = (request.hosts ?? []).flatMap(({ name }) => {
    const id = survey.elsewhere?.[name]?.machineId ?? '';
    return id === '' ? [] : [[name, id] as const];
  });
  const machines = { ...last?.machines, ...Object.fromEntries(seen) };
  return Object.keys(machines).length > 0 ? { machines } : {};
}

const isSamePlacing = (one: Placing, other: Placing): boolean =>
  deepEqual([[...one.standing], one.onto], [[...other.standing], other.onto]);

/** Hosts that are not looked at, for whatever reason. */
const leftOutBy = ({ without, forget }: Leaving): ReadonlySet<string> =>
  new Set([...(without ?? []), ...(forget ?? [])]);

const forgetting = (forget: TopologyInput['forget']): Pick<Planned, 'forget'> =>
  forget && forget.size > 0 ? { forget } : {};

/** What stands there is still remembered. */
const staysLeft = ({ without, forget }: Leaving, host: string): boolean =>
  without?.has(host) === true && forget?.has(host) !== true;

type Leaving = Pick<Planned, 'without' | 'forget'>;

/** Those that something of it stands on. */
export const hostsOfEntry = ({ resources }: LedgerEntry): readonly string[] => [
  ...new Set(resources.map(({ on }) => on.host)),
];

/** What is still to be known of a topology that is taken down in part: what stands on hosts left out, or may stay. */
function leftOf(planned: Planned, last: LedgerEntry | undefined): LedgerEntry | undefined {
  const isLeft = ({ on, key }: Resource): boolean => staysLeft(planned, on.host) || planned.staying?.has(key) === true;
  const resources = last?.resources.filter(isLeft) ?? [];
  return last && resources.length > 0 ? { ...last, resources, replaced: last.replaced.filter(isLeft) } : undefined;
}

/** Whether others may be on the devices that its nics are on. */
const isAmongOthers = ({ desired }: Draft): boolean =>
  desired.some(({ type, shared, adopt }) => type === 'device' && (shared ?? adopt) === true);

/** Something shared may go that nics in other namespaces are made on; who is on a bridge shows on the host. */
const isMadeOnShared = (last: LedgerEntry | undefined): boolean =>
  !last || last.resources.some(({ shared, attrs }) => shared === true && isRef(attrs['link']));

/** A change of a host as a command wants it. */
interface Work extends Pick<ApplyParts, 'finish' | 'signal'> {
  /** Its name, for people. */
  readonly command: string;
  readonly origin: Pick<LedgerEntry, 'source' | 'base'> | undefined;
}

const isReturning = ({ from, before }: Change): boolean => from !== undefined && before?.owner === undefined;
