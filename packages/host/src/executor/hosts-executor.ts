import { readFileSync, statSync } from 'node:fs';
import { inject, injectable, Registries } from '@pipewright/core';
import {
  type Batch,
  CLOCK,
  type Clock,
  COMMANDS,
  type Commands,
  ENGINES,
  type Engines,
  type Executor,
  fail,
  type HostNotes,
  type HostTarget,
  type Listening,
  LOCAL_HOST,
  type OpFailure,
  type OtherMachine,
  type Pinger,
  type Placement,
  REPORTER,
  type Reporter,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { eachHost } from '../each-host.js';
import { errors } from '../errors.js';
import { farLine, sshWords } from '../ssh/destination.js';
import { LocalExecutor } from './local-executor.js';
import { SshExecutor } from './ssh/ssh-executor.js';
import type { Kinds } from './survey/observe.js';

/**
 * This host and those that topologies name, as one: all are read and changed side by side. Each has its own executor, so
 * that what is of one host never waits for what is of another.
 */
@injectable()
export class HostsExecutor implements Executor {
  readonly #local: Executor;
  readonly #openFar: (target: HostTarget) => SshExecutor;
  readonly #reporter: Reporter;
  readonly #far = new Map<string, SshExecutor>();
  #excludes = false;

  constructor(
    @inject(COMMANDS) commands: Commands,
    @inject(ENGINES) engines: Engines,
    @inject(CLOCK) clock: Clock,
    @inject(Registries) kinds: Kinds,
    @inject(REPORTER) reporter: Reporter,
  ) {
    this.#local = new LocalExecutor(commands, engines, clock, kinds, reporter);
    this.#openFar = (target) => new SshExecutor(target, { clock, kinds });
    this.#reporter = reporter;
  }

  foresee({ hosts = [], ...request }: SurveyRequest): void {
    for (const it of hosts) this.#opened(it).foresee(partOf(request, it.name));
  }

  async survey({ hosts = [], ...request }: SurveyRequest): Promise<Survey> {
    const far = hosts.map((it) => [it.name, this.#opened(it)] as const);
    for (const { on } of request.nodes) this.#on(on.host); // one that nobody knows stops it here
    await this.#meet(far);
    const [here, ...there] = await eachHost(
      [LOCAL_HOST, ...far.map(([name]) => name)],
      [
        this.#local.survey(partOf(request, LOCAL_HOST)),
        ...far.map(async ([name, it]) => it.survey(partOf(request, name))),
      ],
    );
    if (there.length === 0) return here;
    return merged(here, new Map(far.map(([name], index) => [name, there[index] as Survey])), request);
  }

  /** Who logs in as root on another has them there. */
  needRights(batches: readonly Batch[]): void {
    this.#local.needRights?.(batches.filter(({ on }) => on.host === LOCAL_HOST));
  }

  async run(batches: readonly Batch[], options: RunOptions): Promise<readonly OpFailure[]> {
    const hosts = [...new Set(batches.map(({ on }) => on.host))];
    const failures = await eachHost(
      hosts,
      hosts.map(async (host) =>
        this.#on(host).run(
          batches.filter(({ on }) => on.host === host),
          options,
        ),
      ),
    );
    return failures.flat();
  }

  async announce(batches: readonly Batch[]): Promise<readonly Batch[]> {
    const hosts = [...new Set(batches.map(({ on }) => on.host))];
    const lost = await Promise.all(
      hosts.map(async (host) => this.#on(host).announce?.(batches.filter(({ on }) => on.host === host))),
    );
    return lost.flatMap((it) => it ?? []);
  }

  way(on: Placement): string | undefined {
    return this.#on(on.host).way(on);
  }

  async notes(hosts: readonly HostTarget[]): Promise<ReadonlyMap<string, HostNotes>> {
    const far = hosts.map((it) => [it.name, this.#opened(it)] as const);
    await this.#meet(far);
    return new Map(far.flatMap(([name, { ownNotes }]) => (ownNotes ? [[name, ownNotes] as const] : [])));
  }

  /** Of other hosts nobody tells. */
  listen(): Listening | undefined {
    return this.#local.listen?.();
  }

  pinger(on: Placement): Pinger | undefined {
    return this.#on(on.host).pinger?.(on);
  }

  exclude(): void {
    this.#excludes = true;
  }

  reach(
    host: HostTarget,
    argv: readonly string[],
    { tty = false }: { readonly tty?: boolean } = {},
  ): readonly string[] {
    return sshWords(host, farLine(argv), { tty, socket: this.#far.get(host.name)?.socket });
  }

  other(host: HostTarget): Promise<OtherMachine> {
    return this.#opened(host).asOther();
  }

  async close(): Promise<void> {
    const far = [...this.#far.values()];
    this.#far.clear();
    await Promise.all([this.#local, ...far].map((it) => it.close()));
  }

  #on(host: string): Executor {
    return host === LOCAL_HOST ? this.#local : (this.#far.get(host) ?? fail(errors.unknownHost(host)));
  }

  #opened(target: HostTarget): SshExecutor {
    const executor = this.#far.get(target.name) ?? this.#openFar(target);
    this.#far.set(target.name, executor);
    return executor;
  }

  /** Each is another machine; and where only one may change them, that is us. */
  async #meet(far: readonly (readonly [string, SshExecutor])[]): Promise<void> {
    const fresh = new Set(far.flatMap(([, it]) => (it.isLocked ? [] : [it])));
    const met = await eachHost(
      far.map(([name]) => name),
      far.map(async ([name, executor]) => ({ name, executor, machine: await executor.meet(this.#excludes) })),
    );
    const names = new Map(met.length > 0 ? [[thisMachine(), LOCAL_HOST]] : []);
    for (const { name, machine } of met) {
      const other = names.get(machine);
      if (other !== undefined) fail(other === LOCAL_HOST ? errors.hostIsLocal(name) : errors.hostTwice(name, other));
      names.set(machine, name);
    }
    if (!this.#excludes || far.every(([, it]) => it.isLocked)) return;
    // Another command has one. All are let go of, and taken in one order, so that no two commands wait for each other.
    await Promise.all([...fresh].map((it) => it.close()));
    for (const { name, executor } of met.filter((it) => fresh.has(it.executor)).sort(byMachine))
      await eachHost([name], [this.#lock(name, executor)]);
  }

  #lock(name: string, executor: SshExecutor): Promise<void> {
    return executor.lock((holder) =>
      this.#reporter.event({
        type: 'note',
        text: `waiting for another pipewright to end on host ${name}${holder && ` (its pid there: ${holder})`}`,
      }),
    );
  }
}

const byMachine = (a: { readonly machine: string }, b: { readonly machine: string }): number =>
  a.machine < b.machine ? -1 : 1;

function partOf(request: SurveyRequest, host: string): SurveyRequest {
  const isOn = ({ on }: { readonly on: Placement }): boolean => on.host === host;
  const nodes = request.nodes.filter(isOn);
  const names = new Set(nodes.map(({ name }) => name));
  return {
    ...request,
    nodes,
    wanted: request.wanted.filter(isOn),
    applied: request.applied.filter(isOn),
    ...(request.shipped ? { shipped: request.shipped.filter(({ node }) => names.has(node)) } : {}),
  };
}

/** Nodes stand as they were asked for, then those that were found by marks. */
function merged(here: Survey, there: ReadonlyMap<string, Survey>, { nodes }: SurveyRequest): Survey {
  const all = [here, ...there.values()];
  const silent = all.flatMap((it) => it.silent ?? []);
  const given = all.flatMap((it) => it.given ?? []);
  const around = all.flatMap((it) => it.around ?? []);
  const order = new Map(nodes.map(({ name }, index) => [name, index]));
  const placeOf = ({ name }: Survey['nodes'][number]): number => order.get(name) ?? nodes.length;
  return {
    facts: here.facts,
    elsewhere: Object.fromEntries([...there].map(([name, { facts }]) => [name, facts])),
    ...(here.shipped
      ? { shipped: Object.assign({}, ...all.map((it) => it.shipped)) as NonNullable<Survey['shipped']> }
      : {}),
    nodes: all.flatMap((it) => it.nodes).sort((a, b) => placeOf(a) - placeOf(b)),
    actual: all.flatMap((it) => it.actual),
    ...(given.length > 0 ? { given } : {}),
    ...(around.length > 0 ? { around } : {}),
    ...(silent.length > 0 ? { silent } : {}),
    initial: all.flatMap((it) => it.initial),
  };
}

/** As far machines tell what they are: a boot of a kernel, and a network namespace of it. */
const thisMachine = (): string =>
  `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${statSync('/proc/self/ns/net').ino}`;
