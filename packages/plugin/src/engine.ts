/** A container engine that speaks Docker's Engine API, as its plugin describes it. */
export interface EngineSpec {
  /** What people call it: `Docker`. */
  readonly title: string;
  /** Environment variables that hold its address (`unix://…`, `tcp://…`), the first that is set counts: `DOCKER_HOST`. */
  readonly variables: readonly string[];
  /** Follows the contexts of Docker's own command (`DOCKER_CONTEXT`, `~/.docker`). */
  readonly contexts?: true;
  /**
   * Unix sockets where it listens unless somebody says otherwise; the first that is there counts. One may begin with a
   * variable, as `$XDG_RUNTIME_DIR/…`, and is nowhere where that is not set.
   */
  readonly sockets: readonly string[];
  /**
   * Files with logins to registries, looked into in order, before Docker's own (`~/.docker/config.json`), which all look
   * into. They begin as `sockets` may.
   */
  readonly logins?: readonly string[];
  /** The package of Debian and Ubuntu that brings it. */
  readonly package?: string;
  /** What a user types so that it listens there: `systemctl enable --now podman.socket`. */
  readonly start?: string;
  /** Of the names of the bridges of its networks, as a regular expression: `^docker0$`. */
  readonly bridges?: string;
  /** API versions that its plugin was written for: the newest that both know is spoken. */
  readonly api: { readonly oldest: string; readonly newest: string };
}

/** The words by which containers of one engine are told from those of another. */
export interface ContainerWords {
  /** Its command, which is the kind of its nodes, too: `docker`. */
  readonly command: string;
  /** Types of resources: a container that is there, and one that runs. */
  readonly container: string;
  readonly running: string;
  /** Words for a network that are not its name, and whose name they stand for: null where that is none, or not always one. */
  readonly networks?: Readonly<Record<string, string | null>>;
  /** It takes `host-gateway` for the address by which its host is reached. */
  readonly hostGateway?: true;
  /** It writes no /etc/resolv.conf for a container that is on none of its networks. */
  readonly resolvesOnNetworks?: true;
}

/** One request of its API; `path` is without the version: `/containers/json?all=1`. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** An image: the login to its registry goes along, where one is known. It stands in no record of the request. */
  readonly login?: string;
  /** Absent: as long as any question, or any change, may take. */
  readonly timeoutMs?: number;
}

export interface EngineAnswer {
  /** HTTP's. */
  readonly status: number;
  /** JSON where it is JSON, else its text; of a stream of JSON its values. Of a failure most often `{ message }`. */
  readonly body: unknown;
}

/** A command in a container, which its engine runs; its words are never a shell's. */
export interface ContainerCommand {
  readonly engine: EngineSpec;
  /** Its name or id. */
  readonly container: string;
  readonly argv: readonly string[];
  /** Its standard input is ours. */
  readonly stdin: boolean;
  /** It has a terminal, and one stream for all that it says. */
  readonly tty: boolean;
  /** Variables that it gets besides the container's own. */
  readonly env: Readonly<Record<string, string>>;
  /** As `docker exec --user` takes it; absent: the container's own. */
  readonly user?: string;
  /** Absent: that of the container. */
  readonly workdir?: string;
}

/** What is read of what a container has said. */
export interface ContainerLog {
  readonly engine: EngineSpec;
  /** Its name or id. */
  readonly container: string;
  /** So many lines from the end; absent: all. */
  readonly tail?: number;
  /** It goes on with what the container says, until it ends or this is aborted. */
  readonly follow?: AbortSignal;
}

/** Which of a command's two streams bytes are of; with a terminal all are of the first. */
export type OutputStream = 'stdout' | 'stderr';

/** Where a command in a container reads, writes and is seen. */
export interface CommandStreams {
  /** Read where the command's standard input is ours; listened to no longer than the command is there. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Resolves when more may be written, to whether somebody reads it. */
  write(stream: OutputStream, bytes: Uint8Array): Promise<boolean>;
  /** Lines and columns of the terminal, where there is one. */
  readonly size?: () => readonly [lines: number, columns: number] | undefined;
  /** Hears of each change of that, until it lets go. */
  readonly onResize?: (listener: () => void) => () => void;
}

/** Something that happened to a container. */
export interface ContainerEvent {
  /** In the engine's own word: `start`, `die`, `destroy`. */
  readonly action: string;
  readonly id: string;
  readonly name: string;
}

/** Speaks to container engines: one connection each, kept until it is closed. */
export interface Engines {
  /** Whether there is one at all: a socket that exists, or an address that somebody gave. Asks nobody. */
  isThere(engine: EngineSpec): boolean;
  /**
   * Resolves to whatever it answers. Rejects with a PipewrightError where nobody answers: no socket, no rights, too old
   * an API, no answer in time.
   */
  request(engine: EngineSpec, request: EngineRequest): Promise<EngineAnswer>;
  /**
   * Runs a command in a container as `docker exec` does; resolves to its exit code: 0 where it was let go of by Docker's own
   * keys, 141 (as of SIGPIPE) where nobody reads what it says. Rejects as `request` does, and where the engine runs none there.
   */
  exec(command: ContainerCommand, streams: CommandStreams): Promise<number>;
  /**
   * Writes what a container has said, as `docker logs` does, until there is no more or nobody reads it; resolves to whether there
   * is such a container. Rejects as `request` does, and where the engine keeps nothing of what it says.
   */
  logs(log: ContainerLog, write: CommandStreams['write']): Promise<boolean>;
  /**
   * What happens to its containers from now on, until the engine tells no more or `signal` is aborted: what makes a
   * difference to networks, and, where `health` is asked for, `health_status`. Rejects as `request` does, and where it
   * breaks off.
   */
  follow(engine: EngineSpec, signal: AbortSignal, how?: { readonly health?: boolean }): AsyncIterable<ContainerEvent>;
  close(): Promise<void>;
}

/** The engine's own words for what went wrong; the last ones, where it told of something bit by bit. */
export function engineSays({ status, body }: EngineAnswer): string {
  const last: unknown = Array.isArray(body) ? body.at(-1) : body;
  const message = typeof last === 'object' && last !== null ? (last as { message?: unknown }).message : last;
  return typeof message === 'string' && message.trim() !== '' ? message.trim() : `status ${String(status)}`;
}

/** What was asked for is done, or was so before. */
export const isFine = ({ status }: EngineAnswer, also: readonly number[] = []): boolean =>
  (status >= 200 && status < 300) || also.includes(status);

/** The text at a path of keys in an answer, `-1` for the last of a list; empty where there is none. */
export function textAt(path: readonly string[], { body }: EngineAnswer): string {
  const value = path.reduce<unknown>((it, key) => {
    if (Array.isArray(it)) return it.at(Number(key));
    return typeof it === 'object' && it !== null ? (it as Readonly<Record<string, unknown>>)[key] : undefined;
  }, body);
  return typeof value === 'string' ? value : '';
}
