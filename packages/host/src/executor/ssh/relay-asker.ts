import { dumpRequests } from '@pipewright/kernel';
import { fail, type Found, type NetlinkDump, PipewrightError, placeKey, type ReadQuery } from '@pipewright/plugin';
import type { SurveyRequest } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { NO_RELAY, RELAY_ENDED } from '../../ssh/relay.js';
import { answersIn } from '../netlink/dump-all.js';
import { likelyNames } from '../netlink/namespace-names.js';
import { ShellAsker, type Subject } from '../shell/shell-asker.js';
import type { Answers } from '../survey/answers.js';
import type { Asked, Asker, Point } from '../survey/asker.js';
import type { Kinds } from '../survey/observe.js';
import type { FarCommands } from './far-commands.js';
import { dumpIn, linesOf, lookLine, namesIn } from './relay-lines.js';

/** Whether a host has a relay: nobody knows before the first answer. */
export interface RelayState {
  known: 'there' | 'missing' | undefined;
}

interface RelayAskerParts {
  readonly commands: FarCommands;
  readonly subject: Subject;
  readonly relay: RelayState;
  readonly kinds: Kinds;
  readonly request: SurveyRequest;
}

/**
 * Asks another host's kernel by the relay, where there is one; what is no dump is asked of its program. As long as nobody
 * knows, programs are to be asked by who finds none there, in the same trip.
 */
export class RelayAsker implements Asker {
  readonly label: string;
  readonly atOnce: number;
  readonly #commands: FarCommands;
  readonly #programs: ShellAsker;
  readonly #unrelayed: ShellAsker;
  readonly #relay: RelayState;
  readonly #kinds: Kinds;
  readonly #likely: ReadonlyMap<string, ReadonlySet<string>>;

  constructor({ commands, subject, relay, kinds, request }: RelayAskerParts) {
    this.label = subject.label;
    this.atOnce = subject.atOnce;
    this.#commands = commands;
    this.#programs = new ShellAsker(commands, subject);
    this.#unrelayed = new ShellAsker(commands.onlyIf('pw_unrelayed'), subject);
    this.#relay = relay;
    this.#kinds = kinds;
    this.#likely = likelyNames(request);
  }

  async ask(queries: readonly ReadQuery[], of: Asked): Promise<Answers> {
    if (this.#relay.known === 'missing') return this.#programs.ask(queries, of);
    const dumps = queries.filter(({ dump }) => dump);
    const others = queries.filter(({ dump }) => !dump);
    const [dumped, told] = await Promise.all([this.#look(dumps, of), this.#programs.ask(others, of)]);
    return new Map([...dumped, ...told]);
  }

  point(point: Point, of: Asked): Promise<readonly Found[]> {
    return this.#programs.point(point, of);
  }

  pointAnew(point: Point): Promise<readonly Found[]> {
    return this.#programs.pointAnew(point);
  }

  ipVersion(): Promise<string> {
    return this.#programs.ipVersion();
  }

  async #look(queries: readonly ReadQuery[], of: Asked): Promise<Answers> {
    const objects = objectsOf(queries);
    const requests = objects.flatMap((object) => dumpRequests({ object }));
    const names = queries.some(({ dump }) => dump?.object === 'netns');
    const likely = names ? (this.#likely.get(placeKey(of.on)) ?? []) : undefined;
    const looked = this.#commands.own('pw_netlink', lookLine(of.path, requests, likely));
    const instead = this.#relay.known ? undefined : this.#unrelayed.ask(queries, of);
    instead?.catch(() => undefined); // it is of no account where there is a relay
    const { code, stdout, stderr } = await looked;
    this.#relay.known = code === NO_RELAY || code === RELAY_ENDED ? 'missing' : 'there';
    if (this.#relay.known === 'missing')
      return code === NO_RELAY && instead ? instead : this.#programs.ask(queries, of);
    return this.#carefully(of, () => {
      if (code !== 0) throw new Error(stderr.trim());
      return this.#answers(queries, objects, linesOf(stdout));
    });
  }

  #answers(
    queries: readonly ReadQuery[],
    objects: readonly NetlinkDump['object'][],
    lines: readonly string[],
  ): Answers {
    const lineOf = new Map(objects.map((object, index) => [object, lines[index] ?? '']));
    return answersIn(
      {
        messages: ({ object }) => dumpIn(lineOf.get(object) ?? ''),
        names: () => namesIn(lines[objects.length] ?? ''),
      },
      queries,
      this.#kinds,
    );
  }

  /** What the kernel refuses is that namespace's trouble, in words. */
  #carefully<T>(of: Asked, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof PipewrightError) throw error;
      return fail(errors.surveyFailed(of.label, 'rtnetlink', String(error)), { cause: error });
    }
  }
}

/** Each once; devices in any case, as all else names them by their numbers. */
const objectsOf = (queries: readonly ReadQuery[]): readonly NetlinkDump['object'][] => [
  ...new Set([
    'link' as const,
    ...queries.flatMap(({ dump }) => (dump && dump.object !== 'netns' ? [dump.object] : [])),
  ]),
];
