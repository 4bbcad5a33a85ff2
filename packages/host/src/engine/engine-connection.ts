import { type EngineAnswer, type EngineRequest, engineSays, type EngineSpec, fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { EngineAddress } from './address.js';
import { isApiVersion, isOlder, refusesVersion } from './api-version.js';
import { type EngineStream, isOpened } from './open-stream.js';
import type { Patience } from './patience.js';
import { EngineTransport, type TransportRequest } from './transport.js';

/** One engine, and the version of its API that it and its plugin both know. */
export class EngineConnection {
  readonly #engine: EngineSpec;
  readonly #transport: EngineTransport;
  #version: Promise<string> | undefined;

  constructor(
    engine: EngineSpec,
    address: EngineAddress,
    private readonly patience: Patience,
    /** What the registry of an image is sent. */
    private readonly authFor: (image: string) => Promise<string | undefined>,
  ) {
    this.#engine = engine;
    this.#transport = new EngineTransport(engine, address);
  }

  request(request: EngineRequest): Promise<EngineAnswer> {
    return this.#within(request, async (versioned) => {
      const { status, body } = await this.#transport.send(versioned);
      return { status, body };
    });
  }

  /**
   * A request whose answer is no answer but a stream of bytes: of a POST both ways, of a GET one way. Where it is refused
   * it resolves to what the engine answers instead. What bounds a request bounds the time until the stream begins; of one
   * that may begin at any time `until` is its end.
   */
  open(request: EngineRequest, until?: AbortSignal): Promise<EngineStream | EngineAnswer> {
    return this.#within(request, (versioned) => this.#transport.open(versioned, until));
  }

  /** In the version that is agreed on, with an end to the wait. */
  async #within<T extends EngineStream | EngineAnswer>(
    { timeoutMs, login, ...request }: EngineRequest,
    send: (request: TransportRequest) => Promise<T>,
  ): Promise<T> {
    const { questionMs, changeMs } = this.patience;
    const within = timeoutMs ?? (request.method === 'GET' ? questionMs : changeMs);
    const version = await this.#agreed(Math.min(within, questionMs));
    const registryAuth = login === undefined ? undefined : await this.authFor(login);
    const answer = await send({
      ...request,
      path: `/v${version}${request.path}`,
      timeoutMs: within,
      ...(registryAuth === undefined ? {} : { registryAuth }),
    });
    if (isOpened(answer) || !refusesVersion(answer)) return answer;
    this.#version = undefined; // it may be another engine than the one that was asked at first
    return fail(errors.engineRefusesApi(this.#transport.name, version, engineSays(answer)));
  }

  close(): void {
    this.#transport.close();
  }

  #agreed(timeoutMs: number): Promise<string> {
    this.#version ??= this.#negotiate(timeoutMs).catch((error: unknown) => {
      this.#version = undefined; // the next request asks again
      throw error;
    });
    return this.#version;
  }

  /** By `_ping` and not by `version`, for which Docker runs programs to know theirs. */
  async #negotiate(timeoutMs: number): Promise<string> {
    const [{ api }, { name }] = [this.#engine, this.#transport];
    const answer = await this.#transport.send({ method: 'GET', path: '/_ping', timeoutMs });
    const theirs = answer.headers['api-version'];
    if (!isApiVersion(theirs)) return fail(errors.notAnEngine(name, engineSays(answer)));
    if (isOlder(theirs, api.oldest)) return fail(errors.engineTooOld(name, theirs, api.oldest));
    return isOlder(theirs, api.newest) ? theirs : api.newest;
  }
}
