import { errnoWords, prefixOf } from '@pipewright/kernel';
import { type Clock, type Echo, type Echoed, type Pinger, placeKey } from '@pipewright/plugin';
import { EchoSocket, type Returned } from '../../sys/echo-socket.js';
import { type Syscalls, SyscallError } from '../../sys/syscalls.js';
import type { Places } from './places.js';

const TRIES = 3;
/** The kernel looks for a neighbour three times, a second apart, and then tells who asked: in all, a little longer than that. */
const WAIT_MS = 1100;
const LOOK_EVERY_MS = 5;
/** Sent in a moment: what comes back has room in a socket until it is looked at. */
const BURST = 32;

/** As ping(8) says it. */
const SILENCE = '1 packets transmitted, 0 received, 100% packet loss, time 0ms';

export interface Pinging {
  readonly sys: Syscalls;
  readonly places: Places;
  readonly clock: Clock;
}

/** What is asked, and how far that is. */
interface Question {
  readonly echo: Echo;
  tries: number;
  /** When the next try is due. */
  due: number;
  /** Of the request whose answer is waited for. */
  sequence: number | undefined;
  words: string;
  answer: Echoed | undefined;
}

/** Pings from within namespaces, by sockets of this process. */
export class IcmpPinger implements Pinger {
  readonly #at: Pinging;

  constructor(at: Pinging) {
    this.#at = at;
  }

  async ping(echoes: readonly Echo[]): Promise<readonly Echoed[]> {
    const { clock } = this.#at;
    const sockets = new EchoSockets(this.#at);
    const questions = echoes.map(asQuestion);
    try {
      while (questions.some(isOpen)) {
        for (const it of sockets.received()) hear(it, clock.now());
        const due = questions.filter((it) => isOpen(it) && it.due <= clock.now());
        for (const it of due.slice(0, BURST)) ask(it, sockets, clock.now());
        await clock.sleep(due.length > BURST ? 0 : LOOK_EVERY_MS);
      }
    } finally {
      sockets.close();
    }
    return questions.map(({ answer, words: message }) => answer ?? { message });
  }
}

const asQuestion = (echo: Echo): Question => ({
  echo,
  tries: 0,
  due: 0,
  sequence: undefined,
  words: SILENCE,
  answer: undefined,
});

const isOpen = ({ answer }: Question): boolean => answer === undefined;

/** Asks once more, or gives up. */
function ask(question: Question, sockets: EchoSockets, now: number): void {
  question.sequence = undefined;
  if (question.tries === TRIES) {
    question.answer = { message: question.words };
    return;
  }
  question.tries += 1;
  question.due = now + WAIT_MS;
  try {
    question.sequence = sockets.send(question);
    if (question.sequence === undefined)
      failed(question, `ping: ${question.echo.address}: Name or service not known`, now);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    // ping(8) looks for a way before it sends, other than to what is link-local, and says nothing of what is wrong later.
    if (deviceOf(question.echo) === undefined) failed(question, localWords(error), now);
  }
}

/** An answer to an earlier try is late, and one that comes twice is one. */
function hear(returned: Returned<Question>, now: number): void {
  const { asker, sequence, ms, error } = returned;
  if (asker.sequence !== sequence) return;
  asker.sequence = undefined;
  if (error === undefined) asker.answer = { ms: Math.round(ms * 1000) / 1000 };
  else failed(asker, `From ${senderOf(returned)} icmp_seq=1 ${error}`, now);
}

const senderOf = ({ asker, from, scope }: Returned<Question>): string =>
  scope === 0 ? from : `${from}%${deviceOf(asker.echo) ?? String(scope)}`;

const deviceOf = ({ address }: Echo): string | undefined => address.split('%')[1];

function failed(question: Question, words: string, now: number): void {
  question.words = words;
  question.due = now;
}

const localWords = ({ syscall, errno }: SyscallError): string =>
  `ping: ${syscall === 'socket' ? 'socket' : 'connect'}: ${errnoWords(errno)}`;

/** One a namespace and family, for as long as it takes. */
class EchoSockets {
  readonly #at: Pinging;
  readonly #open = new Map<string, EchoSocket<Question>>();

  constructor(at: Pinging) {
    this.#at = at;
  }

  /** Returns the number of the request; undefined where there is no such device. */
  send(question: Question): number | undefined {
    const { on, address } = question.echo;
    const [target = '', device] = address.split('%');
    const scope = device === undefined ? 0 : this.#at.places.at(on).indexOf(device);
    return scope === undefined ? undefined : this.#of(question.echo).send(question, prefixOf(target).bytes, scope);
  }

  received(): readonly Returned<Question>[] {
    return [...this.#open.values()].flatMap((it) => it.received());
  }

  close(): void {
    for (const it of this.#open.values()) it.close();
  }

  #of({ on, family }: Echo): EchoSocket<Question> {
    const { sys, places } = this.#at;
    const key = `${String(family)} ${placeKey(on)}`;
    const known = this.#open.get(key);
    if (known) return known;
    const socket = places.within(on, () => new EchoSocket<Question>(sys, family));
    this.#open.set(key, socket);
    return socket;
  }
}
