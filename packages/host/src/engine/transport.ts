import { once } from 'node:events';
import type * as http from 'node:http';
import type * as https from 'node:https';
import type { Socket } from 'node:net';
import {
  type EngineAnswer,
  type EngineRequest,
  type EngineSpec,
  type Fault,
  fail,
  PipewrightError,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import { codeOf } from '../file-system.js';
import type { EngineAddress, Tls } from './address.js';
import { parseBody } from './body.js';
import { readCertificates } from './certificates.js';
import { connectionFault } from './connection-fault.js';
import { bothWays, type EngineStream, oneWay } from './open-stream.js';
import { withoutQuery } from './without-query.js';

/** Far more than any list of containers is, and as much of our memory as one answer may take. */
const MOST_MEGABYTES = 64;

/** `path` is whole. */
export type TransportRequest = Pick<EngineRequest, 'method' | 'path' | 'body'> & {
  readonly timeoutMs: number;
  /** The header X-Registry-Auth. */
  readonly registryAuth?: string;
};

export interface TransportAnswer extends EngineAnswer {
  readonly headers: http.IncomingHttpHeaders;
}

/**
 * HTTP to one engine. Connections are kept and used again; while nobody uses them they do not keep the process alive,
 * which Node sees to.
 */
export class EngineTransport {
  /** For people. */
  readonly name: string;
  readonly #variables: readonly string[];
  readonly #address: EngineAddress;
  readonly #http: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #streams: EngineStream[] = [];
  #closed = false;

  constructor({ title, variables }: EngineSpec, address: EngineAddress) {
    this.name = `${title} at ${address.label}`;
    this.#variables = variables;
    this.#address = address;
    // Late: most commands have no engine to ask.
    this.#http = process.getBuiltinModule(address.tls ? 'node:https' : 'node:http');
    this.#agent = new this.#http.Agent({ keepAlive: true, ...(address.tls ? tlsOptions(address.tls) : {}) });
  }

  async send(request: TransportRequest): Promise<TransportAnswer> {
    const late = AbortSignal.timeout(request.timeoutMs);
    return this.#told(request, late, async (asked) => this.#answer(asked, await this.#ask(request, late)));
  }

  /**
   * As `send`, where the answer is a stream of bytes; the time is that until it begins. Of one that may begin at any time
   * `until` is its end.
   */
  async open(request: TransportRequest, until?: AbortSignal): Promise<EngineStream | TransportAnswer> {
    const late = new AbortController();
    const timer = until ? undefined : setTimeout(() => late.abort(), request.timeoutMs);
    const end = until ?? late.signal;
    return this.#told(request, end, async (asked) => {
      const begun = await this.#ask(request, end, request.method === 'POST' ? TAKE_OVER : {});
      clearTimeout(timer);
      const complain = (error: unknown): never => fail(this.#fault(asked, error), { cause: error });
      if ('head' in begun) return this.#kept(bothWays(begun.socket, begun.head, complain));
      return begun.statusCode === 200 ? this.#kept(oneWay(begun, complain)) : this.#answer(asked, begun);
    }).finally(() => clearTimeout(timer));
  }

  /** Ends what is under way too. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
    for (const stream of this.#streams) stream.close();
  }

  /** It is closed with us. */
  #kept(stream: EngineStream): EngineStream {
    this.#streams.push(stream);
    return stream;
  }

  async #told<T>(
    { method, path, timeoutMs }: TransportRequest,
    late: AbortSignal,
    work: (asked: string) => Promise<T>,
  ): Promise<T> {
    const asked = `${method} ${withoutQuery(path)}`;
    try {
      return await work(asked);
    } catch (error) {
      if (error instanceof PipewrightError) throw error;
      const fault = late.aborted ? errors.engineSilent(this.name, asked, timeoutMs) : this.#fault(asked, error);
      return fail(fault, { cause: error });
    }
  }

  /** Resolves when an answer begins. */
  async #ask(request: TransportRequest, signal: AbortSignal): Promise<http.IncomingMessage>;
  async #ask(request: TransportRequest, signal: AbortSignal, more: http.OutgoingHttpHeaders): Promise<Begun>;
  async #ask(request: TransportRequest, signal: AbortSignal, more: http.OutgoingHttpHeaders = {}): Promise<Begun> {
    const { method, path, body, registryAuth } = request;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const asking = this.#http.request({
      ...this.#address.target,
      agent: this.#agent,
      method,
      path: `${this.#address.base}${path}`,
      headers: {
        ...(text === undefined ? {} : jsonHeaders(text)),
        ...(registryAuth === undefined ? {} : { 'x-registry-auth': registryAuth }),
        ...more,
      },
      signal,
    });
    asking.on('error', () => undefined); // of an answer that has begun its reader hears
    asking.end(text);
    try {
      return await beginningOf(asking);
    } catch (error) {
      if (!this.#closed && asking.reusedSocket && wasNotTaken(method, error)) return this.#ask(request, signal, more);
      throw error;
    }
  }

  async #answer(asked: string, response: http.IncomingMessage): Promise<TransportAnswer> {
    const { statusCode: status = 0, headers } = response;
    const text = await textOf(response, MOST_MEGABYTES * 1024 * 1024);
    if (text === undefined) return fail(errors.engineTooMuch(this.name, asked, MOST_MEGABYTES));
    try {
      return { status, headers, body: parseBody(text, headers['content-type']) };
    } catch (error) {
      return fail(errors.engineNotJson(this.name, asked, String(error)), { cause: error });
    }
  }

  #fault(asked: string, error: unknown): Fault {
    const { target } = this.#address;
    const socketPath = 'socketPath' in target ? target.socketPath : undefined;
    return connectionFault(error, { engine: this.name, asked, socketPath, variables: this.#variables });
  }
}

/**
 * An engine may close a connection that was kept, just when we use it again: `podman system service` ends when it has
 * had nothing to do for a while. EPIPE says that nobody read all of the request; without it only what changes nothing is
 * asked again.
 */
const wasNotTaken = (method: EngineRequest['method'], error: unknown): boolean =>
  codeOf(error) === 'EPIPE' || (codeOf(error) === 'ECONNRESET' && method === 'GET');

/** An answer, or the whole connection. */
type Begun = http.IncomingMessage | { readonly socket: Socket; readonly head: Buffer };

/** What asks an engine for the connection itself (Docker Engine API, "Attach to a container"). */
const TAKE_OVER = { connection: 'Upgrade', upgrade: 'tcp' };

async function beginningOf(asking: http.ClientRequest): Promise<Begun> {
  const settled = new AbortController();
  const taken = once(asking, 'upgrade', settled).then((it) => {
    const [, socket, head] = it as [http.IncomingMessage, Socket, Buffer];
    return { socket, head };
  });
  const answered = once(asking, 'response', settled).then(([response]) => response as http.IncomingMessage);
  try {
    return await Promise.race([taken, answered]);
  } finally {
    for (const other of [taken, answered]) other.catch(() => undefined);
    settled.abort();
  }
}

const jsonHeaders = (text: string) => ({
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(text),
});

/** Undefined where there is more of it: the connection is closed then. */
async function textOf(response: http.IncomingMessage, most: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const tlsOptions = ({ verify, folder }: Tls): https.AgentOptions => ({
  rejectUnauthorized: verify,
  ...(folder === undefined ? {} : readCertificates(folder)),
});
