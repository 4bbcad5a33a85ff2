import { dumpRequests } from '@pipewright/kernel';
import { type Found, type KernelView, type NetlinkDump, placeKey, type ReadQuery } from '@pipewright/plugin';
import type { SurveyRequest } from '@pipewright/plugin';
import { NO_RELAY, RELAY_ENDED } from '../../ssh/relay.js';
import { answersIn } from '../netlink/dump-all.js';
import { likelyNames } from '../netlink/namespace-names.js';
import { ShellAsker, type Subject } from '../shell/shell-asker.js';
import type { Answers } from '../survey/answers.js';
import type { Asked, Asker, Point } from '../survey/asker.js';
import { carefully } from '../survey/carefully.js';
import type { Kinds } from '../survey/observe.js';
import type { FarCommands } from './far-commands.js';
import {
  dumpIn,
  linesOf,
  lookLine,
  namesIn,
  noneLine,
  programLine,
  readLine,
  requestWord,
  tablesLine,
  textIn,
} from './relay-lines.js';

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
  readonly #subject: Subject;
  readonly #kinds: Kinds;
  readonly #likely: ReadonlyMap<string, ReadonlySet<string>>;

  constructor({ commands, subject, relay, kinds, request }: RelayAskerParts) {
    this.label = subject.label;
    this.atOnce = subject.atOnce;
    this.#commands = commands;
    this.#programs = new ShellAsker(commands, subject);
    this.#unrelayed = new ShellAsker(commands.onlyIf('pw_unrelayed'), subject);
    this.#relay = relay;
    this.#subject = subject;
    this.#kinds = kinds;
    this.#likely = likelyNames(request);
  }

  async ask(queries: readonly ReadQuery[], of: Asked): Promise<Answers> {
    if (this.#relay.known === 'missing') return this.#programs.ask(queries, of);
    const dumps = queries.filter(({ dump }) => dump);
    const others = queries.filter(({ dump }) => !dump);
    const spared = new Map(others.flatMap((it) => withLine(it, noneLine(it))));
    const asked = others.filter((it) => !spared.has(it));
    const answers = await Promise.all([
      this.#look(dumps, of),
      this.#programs.ask(asked, of),
      ...[...spared].map(([query, line]) => this.#sparing(line).ask([query], of)),
    ]);
    return new Map(answers.flatMap((it) => [...it]));
  }

  /** Programs that are asked unless the relay sees that they have nothing to tell. */
  #sparing(line: string): ShellAsker {
    return new ShellAsker(this.#commands.relaying(line), this.#subject);
  }

  async point(point: Point, of: Asked): Promise<readonly Found[]> {
    const { direct, files, tables } = point;
    if (tables) return this.#sparing(tablesLine(of.path, tables)).point(point, of);
    if (!direct || !files || this.#relay.known === 'missing') return this.#programs.point(point, of);
    const told = await this.#ask(readLine(of.path, files), of, {
      instead: (programs) => programs.point(point, of),
      read: (stdout) => direct(viewOf(files, linesOf(stdout))),
    });
    return told ?? this.#programs.point(point, of);
  }

  pointAnew(point: Point): Promise<readonly Found[]> {
    return this.#programs.pointAnew(point);
  }

  /** What the relay does does not depend on it, but that it is there is what we rely on for the rest. */
  ipVersion(): Promise<string> {
    return this.#sparing(programLine('ip')).ipVersion();
  }

  #look(queries: readonly ReadQuery[], of: Asked): Promise<Answers> {
    const objects = objectsOf(queries);
    const names = queries.some(({ dump }) => dump?.object === 'netns');
    const likely = names ? (this.#likely.get(placeKey(of.on)) ?? []) : undefined;
    return this.#ask(lookLine(of.path, objects.flatMap(dumpWords), likely), of, {
      instead: (programs) => programs.ask(queries, of),
      read: (stdout) => this.#answers(queries, objects, linesOf(stdout)),
    });
  }

  async #ask<T>(line: string, of: Asked, { instead, read }: Ways<T>): Promise<T> {
    const asked = this.#commands.own('pw_ask', line);
    const told = this.#relay.known ? undefined : instead(this.#unrelayed);
    told?.catch(() => undefined); // it is of no account where there is a relay
    const { code, stdout, stderr } = await asked;
    this.#relay.known = code === NO_RELAY || code === RELAY_ENDED ? 'missing' : 'there';
    if (this.#relay.known === 'missing') return code === NO_RELAY && told ? told : instead(this.#programs);
    return carefully(of, () => {
      if (code !== 0) throw new Error(stderr.trim());
      return read(stdout);
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
}

const withLine = (query: ReadQuery, line: string | undefined): readonly (readonly [ReadQuery, string])[] =>
  line === undefined ? [] : [[query, line]];

/** Of an answer: by programs, or out of what the relay said. */
interface Ways<T> {
  readonly instead: (programs: ShellAsker) => Promise<T>;
  readonly read: (stdout: string) => T;
}

/** Of a kernel of which some files are known. */
function viewOf(files: readonly string[], lines: readonly string[]): KernelView {
  const texts = new Map(files.map((file, index) => [file, textIn(lines[index] ?? '!')]));
  return { text: (file) => texts.get(file), ethtool: () => undefined, nftTables: () => undefined };
}

/** The same for each of many namespaces. */
const dumpWords = (object: NetlinkDump['object']): readonly string[] => {
  const words = wordsOf.get(object) ?? dumpRequests({ object }).map(requestWord);
  wordsOf.set(object, words);
  return words;
};

const wordsOf = new Map<NetlinkDump['object'], readonly string[]>();

/** Each once; devices in any case, as all else names them by their numbers. */
const objectsOf = (queries: readonly ReadQuery[]): readonly NetlinkDump['object'][] => [
  ...new Set([
    'link' as const,
    ...queries.flatMap(({ dump }) => (dump && dump.object !== 'netns' ? [dump.object] : [])),
  ]),
];
