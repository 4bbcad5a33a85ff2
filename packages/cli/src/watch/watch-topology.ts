import { type Planned, sourceOf, type TopologyInput } from '@pipewright/core';
import {
  type ContainerEvent,
  type EngineSpec,
  type Fault,
  type Listening,
  LOCAL_HOST,
  PipewrightError,
} from '@pipewright/plugin';
import { timed } from '../change.js';
import type { Engine } from '../engine.js';
import { HostOutcomes, leavingOut, outcomesOf, sayLeftOut } from '../left-out.js';
import { asFailure, failureText } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { count, duration, printable } from '../output/text.js';
import { planJson, planText } from '../views/plan.js';
import { Alarm } from './alarm.js';

/** What nobody tells of (a helper that died, a firewall rule) is found so soon. */
const LOOK_EVERY_MS = 10_000;

/** What the kernel has told is asked for so often: what waits for it would be a thread. */
const LISTEN_EVERY_MS = 200;

/** An engine that does not answer, or ended what it told, is asked again so soon. */
const FOLLOW_AGAIN_MS = 2_000;

/** After a first repair that failed; after each further one twice as long. */
const FAILED_MS = 1_000;

interface Watching {
  readonly name: string;
  readonly engine: Engine;
  readonly output: Output;
  /** Tells what is not as declared, and leaves it so. */
  readonly dryRun: boolean;
}

/** `failed`: something was begun and undone, and will most likely fail again at once. */
type Outcome = 'looked' | 'failed' | 'down';

/** Has a topology be as it was applied last, until it goes down or `signal` is aborted. */
export class TopologyWatch {
  readonly #it: Watching;
  readonly #alarm = new Alarm();
  /** What is wrong, as it was told last: once is enough. */
  #told = '';
  /** Hosts that are left out, and why: told once, too. */
  readonly #away = new Map<string, string>();
  #outcomes: { readonly of: HostOutcomes; readonly sinceMs: number } | undefined;

  constructor(it: Watching) {
    this.#it = it;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { name, engine, output } = this.#it;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    signal.addEventListener('abort', end);
    const input = await this.#input();
    const following = input ? (await this.#enginesOf(input)).map((it) => this.#follow(it, ending.signal)) : [];
    const ears: { readonly close: () => void }[] = [];
    try {
      let failures = 0;
      for (let looks = 0; !signal.aborted; looks += 1) {
        const outcome = await this.#look(signal);
        if (outcome === 'down') {
          output.say(`${printable(name)} is down; there is nothing to watch any more`);
          return;
        }
        if (looks === 0) ears.push(this.#listen(engine.executor.listen?.()));
        if (looks === 0) output.say(`watching ${printable(name)}; ^C ends it`);
        failures = outcome === 'failed' ? failures + 1 : 0;
        await this.#rest(failures, signal);
      }
    } finally {
      end();
      for (const it of ears) it.close();
      await Promise.all(following);
    }
  }

  /** What failed rang itself, and is tried again all the same: what it met may be over soon. */
  async #rest(failures: number, signal: AbortSignal): Promise<void> {
    if (failures === 0) return this.#alarm.wait(LOOK_EVERY_MS, signal);
    await new Alarm().wait(Math.min(LOOK_EVERY_MS, FAILED_MS * 2 ** (failures - 1)), signal);
    this.#alarm.hush();
  }

  /** Undefined where it is not up. */
  async #input(): Promise<TopologyInput | undefined> {
    const { name, engine } = this.#it;
    const entry = await engine.ledger.read(name);
    return entry && { source: sourceOf(entry.source, `the last up of ${name}`), base: entry.base };
  }

  async #enginesOf(input: TopologyInput): Promise<readonly EngineSpec[]> {
    const { topologies, registries } = this.#it.engine;
    const { nodes } = (await topologies.draft(input)).topology;
    const here = nodes.filter(({ host }) => host === LOCAL_HOST); // of other machines' engines nobody tells
    const all = here.flatMap(({ kind }) => registries.nodes.need(kind).engine ?? []);
    return [...new Map(all.map((it) => [it.title, it])).values()];
  }

  async #follow(engine: EngineSpec, signal: AbortSignal): Promise<void> {
    const { engine: parts, output } = this.#it;
    let told = '';
    while (!isAborted(signal)) {
      try {
        for await (const it of parts.engines.follow(engine, signal)) this.#hear(engine, it);
        told = '';
      } catch (error) {
        if (!(error instanceof PipewrightError)) throw error;
        if (!isAborted(signal) && told !== error.message) output.say(`warning: ${error.message}`);
        told = error.message;
      }
      this.#alarm.ring(); // nobody knows what it did not tell
      await new Alarm().wait(FOLLOW_AGAIN_MS, signal);
    }
  }

  #hear({ title }: EngineSpec, { name, action }: ContainerEvent): void {
    this.#sayMore(`${title} says: ${printable(name)} ${action}`);
    this.#alarm.ring();
  }

  #listen(listening: Listening | undefined): { readonly close: () => void } {
    if (!listening) return { close: () => undefined };
    const timer = setInterval(() => {
      if (!listening.heard()) return;
      this.#sayMore('the kernel says that something changed');
      this.#alarm.ring();
    }, LISTEN_EVERY_MS);
    return {
      close: () => {
        clearInterval(timer);
        listening.close();
      },
    };
  }

  /** What is away or refuses keeps no repair from the other hosts. */
  async #look(signal: AbortSignal): Promise<Outcome> {
    const { engine, output } = this.#it;
    let outcome: Outcome = 'looked';
    try {
      const outcomes = await this.#outcomesNow();
      const onLeftOut = (host: string, fault: Fault): void => this.#tellAway(host, fault);
      await leavingOut({ engine, output, outcomes, hosts: () => Promise.resolve([]), signal, onLeftOut }, async () => {
        const whole = await this.#input();
        outcome = whole ? 'looked' : 'down';
        if (!whole) return 0;
        const input = { ...whole, without: outcomes.leftOut };
        await this.#repair(input, await engine.topologies.plan(input), signal, () => (outcome = 'failed'));
        this.#tellBack(outcomes);
        return 0;
      });
    } catch (error) {
      if (!(error instanceof PipewrightError) || signal.aborted) throw error;
      this.#tellOf(error);
    } finally {
      // A namespace that we are in would not go.
      await engine.executor.close();
    }
    return outcome;
  }

  /** Who is left out is asked again no sooner than at the next look that nothing has rung for: it may cost seconds each time. */
  async #outcomesNow(): Promise<HostOutcomes> {
    const nowMs = process.uptime() * 1000;
    if (this.#outcomes && nowMs - this.#outcomes.sinceMs < LOOK_EVERY_MS) return this.#outcomes.of;
    const input = await this.#input();
    const of = input
      ? outcomesOf(await this.#it.engine.topologies.draft(input))
      : new HostOutcomes(new Set(), new Set());
    this.#outcomes = { of, sinceMs: nowMs };
    return of;
  }

  #tellAway(host: string, fault: Fault): void {
    if (this.#away.get(host) !== fault.message) sayLeftOut(this.#it.output, host, fault);
    this.#away.set(host, fault.message);
  }

  #tellBack({ leftOut }: HostOutcomes): void {
    for (const host of [...this.#away.keys()].filter((it) => !leftOut.has(it))) {
      this.#away.delete(host);
      this.#it.output.say(`host ${printable(host)} is there again`);
    }
  }

  async #repair(input: TopologyInput, planned: Planned, signal: AbortSignal, failing: () => void): Promise<void> {
    const { engine, output, dryRun } = this.#it;
    const { plan } = planned;
    if (plan.changes.length === 0) {
      if (!input.without?.size) this.#allIsWell(); // of who is left out nobody knows
      return;
    }
    if (dryRun) {
      this.#tell(
        JSON.stringify(planJson(plan)),
        `not as declared:\n${planText(plan, output.paintTalk, output.manner.verbose)}`,
      );
      return;
    }
    try {
      const { seconds } = await timed(() => engine.topologies.up(input, planned, signal));
      this.#told = '';
      const changes = count(plan.changes.length, 'change');
      output.result(
        () => ({ repaired: true, ...planJson(plan), seconds }),
        () => `${planText(plan, output.paint, output.manner.verbose)}\nrepaired: ${changes} in ${duration(seconds)}`,
      );
    } catch (error) {
      failing();
      if (!signal.aborted) await this.#takeAsItIs();
      throw error;
    }
  }

  /**
   * What could not be put back changed under our hands, as a container that was stopped while it was wired, and was not as
   * declared before: the next repair begins with the host as it is then.
   */
  async #takeAsItIs(): Promise<void> {
    const { name, engine } = this.#it;
    for (const it of await engine.topologies.unfinished()) if (it.topology === name) await engine.topologies.accept(it);
  }

  #allIsWell(): void {
    if (this.#told !== '') this.#it.output.say('all is as declared again');
    this.#told = '';
  }

  #tellOf(error: PipewrightError): void {
    const { output } = this.#it;
    const how = { paint: output.paintTalk, verbose: output.manner.verbose, read: () => undefined };
    const text = failureText(asFailure(error), how);
    this.#tell(text, `cannot repair ${printable(this.#it.name)}: ${text}`);
  }

  #tell(what: string, text: string): void {
    if (this.#told === what) return;
    this.#told = what;
    this.#it.output.say(text);
  }

  #sayMore(text: string): void {
    const { output } = this.#it;
    if (output.manner.verbose) output.say(text);
  }
}

/** It may be by now, whatever it was. */
const isAborted = ({ aborted }: AbortSignal): boolean => aborted;
