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
  /** The package of Debian and Ubuntu that brings it. */
  readonly package?: string;
  /** What a user types so that it listens there: `systemctl enable --now podman.socket`. */
  readonly start?: string;
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
}

/** One request of its API; `path` is without the version: `/containers/json?all=1`. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

export interface EngineAnswer {
  /** HTTP's. */
  readonly status: number;
  /** JSON where it is JSON, else its text; of a stream of JSON its values. Of a failure most often `{ message }`. */
  readonly body: unknown;
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
  close(): Promise<void>;
}

/** The engine's own words for what went wrong. */
export function engineSays({ status, body }: EngineAnswer): string {
  const message = typeof body === 'object' && body !== null ? (body as { message?: unknown }).message : body;
  return typeof message === 'string' && message.trim() !== '' ? message.trim() : `status ${String(status)}`;
}

/** What was asked for is done, or was so before. */
export const isFine = ({ status }: EngineAnswer, also: readonly number[] = []): boolean =>
  (status >= 200 && status < 300) || also.includes(status);

/** The text at a path of keys in an answer; empty where there is none. */
export function textAt(path: readonly string[], { body }: EngineAnswer): string {
  const value = path.reduce<unknown>(
    (it, key) => (typeof it === 'object' && it !== null ? (it as Readonly<Record<string, unknown>>)[key] : undefined),
    body,
  );
  return typeof value === 'string' ? value : '';
}
