import { once } from 'node:events';
import type * as http from 'node:http';
import type * as https from 'node:https';
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

/** Far more than any list of containers is, and as much of our memory as one answer may take. */
const MOST_MEGABYTES = 64;

/** `path` is whole. */
export type TransportRequest = EngineRequest & { readonly timeoutMs: number };

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
    const { method, path, timeoutMs } = request;
    const asked = `${method} ${path}`;
    const late = AbortSignal.timeout(timeoutMs);
    try {
      return await this.#answer(asked, await this.#ask(request, late));
    } catch (error) {
      if (error instanceof PipewrightError) throw error;
      const fault = late.aborted ? errors.engineSilent(this.name, asked, timeoutMs) : this.#fault(asked, error);
      return fail(fault, { cause: error });
    }
  }

  /** Ends what is under way too. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  /** Resolves when an answer begins. */
  async #ask(request: TransportRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { method, path, body } = request;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const asking = this.#http.request({
      ...this.#address.target,
      agent: this.#agent,
      method,
      path: `${this.#address.base}${path}`,
      headers: text === undefined ? {} : jsonHeaders(text),
      signal,
    });
    asking.on('error', () => undefined); // of an answer that has begun its reader hears
    asking.end(text);
    try {
      const [response] = (await once(asking, 'response')) as [http.IncomingMessage];
      return response;
    } catch (error) {
      if (!this.#closed && asking.reusedSocket && wasNotTaken(method, error)) return this.#ask(request, signal);
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
