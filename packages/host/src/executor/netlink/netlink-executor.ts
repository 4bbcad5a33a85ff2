import {
  type Batch,
  type Executor,
  type Listening,
  type Op,
  type OpFailure,
  type Pinger,
  type Placement,
  placeKey,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { Namespaces } from '../../sys/namespaces.js';
import { Notifications } from '../../sys/notifications.js';
import type { Syscalls } from '../../sys/syscalls.js';
import { awaitGone } from '../await-gone.js';
import { placesOpened } from '../engine-op.js';
import type { ExecutorParts } from '../parts.js';
import { ShellAsker } from '../shell/shell-asker.js';
import { rootOf } from '../file-block-op.js';
import { fileOf, wayOf } from '../survey/locate.js';
import { type Located, release } from '../survey/located.js';
import { type Machine, needRoot, thisMachine } from '../survey/machine.js';
import { outsideEnds } from '../survey/outside.js';
import { sideBySide } from '../survey/side-by-side.js';
import { surveyHost } from '../survey/survey.js';
import { NamespaceNames } from './namespace-names.js';
import { NetlinkAsker } from './netlink-asker.js';
import { announce } from './announcer.js';
import { dumpLinks } from './dump-all.js';
import { type FoundLink, type Retraced, retraceMoves, untraced } from '../find-moved.js';
import { IcmpPinger } from './icmp-pinger.js';
import { Places } from './places.js';
import { runBatch } from './run-batch.js';

const LOOK_EVERY_MS = 5;

/** Reads and changes this host by rtnetlink, in process. */
export class NetlinkExecutor implements Executor {
  readonly #sys: Syscalls;
  readonly #namespaces: Namespaces;
  readonly #places: Places;
  readonly #parts: ExecutorParts;
  readonly #machine: Machine;
  readonly #pinger: Pinger;
  #located: readonly Located[] = [];
  readonly #files = new Map<string, string>();
  /** Places whose namespace ended: the way to it may lead elsewhere by now. */
  readonly #gone = new Set<string>();
  #ended = false;
  #outside: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(sys: Syscalls, parts: ExecutorParts) {
    this.#sys = sys;
    this.#namespaces = new Namespaces(sys);
    this.#places = new Places(sys, this.#namespaces);
    this.#parts = parts;
    this.#machine = thisMachine(parts);
    this.#pinger = new IcmpPinger({ sys, places: this.#places, clock: parts.clock });
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    this.#release();
    this.#places.refresh();
    this.#places.expect(request.nodes.length);
    const { commands, kinds } = this.#parts;
    const names = new NamespaceNames(this.#places, request);
    const programs = new ShellAsker(commands);
    const asker = new NetlinkAsker({
      sys: this.#sys,
      places: this.#places,
      namespaces: this.#namespaces,
      names,
      programs,
      kinds,
    });
    const { survey, located } = await surveyHost(request, { machine: this.#machine, asker, kinds });
    this.#located = located;
    for (const it of located) this.#learn(it);
    this.#outside = outsideEnds(survey);
    return survey;
  }

  async run(asked: readonly Batch[], { undo, stop }: RunOptions): Promise<readonly OpFailure[]> {
    needRoot();
    const { batches, failures: lost } = undo ? await this.#retraced(this.#stillThere(asked)) : untraced(asked);
    const ops = batches.flatMap((it) => it.ops);
    const { commands, engines, clock, kinds } = this.#parts;
    // A place that nobody has seen stops it before anything runs.
    const opened = placesOpened(ops);
    for (const { on } of ops) if (on.node !== undefined && !opened.has(placeKey(on))) this.#places.wayTo(placeKey(on));
    this.#ended ||= ops.some(ends);
    const at = {
      sys: this.#sys,
      places: this.#places,
      namespaces: this.#namespaces,
      ended: this.#ended,
      commands,
      engines,
      clock,
      stop,
      file: (on: Placement) => this.#files.get(placeKey(on)),
      opened: (located: Located) => {
        this.#keep(located);
      },
      deviceKind: (kind: string) => kinds.deviceKinds.get(kind),
      rootOf: (on: Placement) => rootOf(on, this.#located),
    };
    if (undo) this.#places.forgetIndexes(); // what was to be made may have failed
    const failures = await sideBySide(batches, async ({ ops }) => runBatch(ops, at, undo));
    if (ops.some(removes)) this.#places.forgetIndexes();
    const anyLeft = (names: readonly string[]) => this.#anyLeft(names);
    await awaitGone(ops, { outside: this.#outside, anyLeft, clock, everyMs: LOOK_EVERY_MS });
    return [...lost, ...failures.flatMap((it) => (undo ? it : it.slice(0, 1)))];
  }

  announce(batches: readonly Batch[]): Promise<readonly Batch[]> {
    return Promise.resolve(announce(batches, { sys: this.#sys, places: this.#places }));
  }

  /** Of what is to be undone: with a namespace that ended all went that was in it, and none of it can come back. */
  #stillThere(batches: readonly Batch[]): readonly Batch[] {
    const opened = placesOpened(batches.flatMap((it) => it.ops));
    const isThere = ({ on }: Op): boolean => !this.#gone.has(placeKey(on)) || opened.has(placeKey(on));
    return batches.map(({ on, ops }) => ({ on, ops: ops.filter(isThere) }));
  }

  #retraced(batches: readonly Batch[]): Promise<Retraced> {
    return retraceMoves(batches, (on) => Promise.resolve(this.#linksIn(on)));
  }

  #linksIn(on: Placement): readonly FoundLink[] | undefined {
    try {
      return dumpLinks(this.#places.at(on), () => undefined).map(({ ifname: name, address: mac }) => ({ name, mac }));
    } catch {
      return undefined;
    }
  }

  way(on: Placement): string | undefined {
    return on.node === undefined ? undefined : this.#places.wayTo(placeKey(on));
  }

  listen(): Listening {
    return new Notifications(this.#sys);
  }

  pinger(on: Placement): Pinger | undefined {
    try {
      this.#places.at(on);
    } catch {
      return undefined; // gone, or not to be entered
    }
    return this.#pinger;
  }

  close(): Promise<void> {
    this.#release();
    this.#places.leaveAll();
    return Promise.resolve();
  }

  /** What a namespace stood at before is another's now, or nobody's. */
  #keep(located: Located): void {
    this.#located = [...this.#located, located];
    this.#learn(located);
  }

  #learn(located: Located): void {
    const { state, on } = located.node;
    const key = placeKey(on);
    this.#gone.delete(key);
    if (state === 'absent' && on.node !== undefined && wayOf(located).length === 0) {
      this.#gone.add(key);
      this.#places.unlearn(key);
    }
    this.#learnWays(located);
  }

  #learnWays(located: Located): void {
    for (const [key, path] of wayOf(located)) if (path !== undefined) this.#places.learn(key, path);
    for (const [key, file] of fileOf(located)) this.#files.set(key, file);
  }

  #release(): void {
    this.#located.forEach(release);
    this.#located = [];
  }

  #anyLeft(names: readonly string[]): Promise<boolean> {
    const { host } = this.#places;
    host.forgetAll();
    return Promise.resolve(names.some((name) => host.indexOf(name) !== undefined));
  }
}

const removes = (op: Op): boolean => op.op === 'netlink' && op.object === 'link' && op.verb === 'del';

/** What may be the end of a namespace. */
const ends = (op: Op): boolean =>
  (op.op === 'namespace' && op.verb === 'del') || (op.op === 'process' && op.verb === 'stop');
