import type {
  Commands,
  CommandStreams,
  ContainerCommand,
  ContainerEvent,
  ContainerLog,
  EngineAnswer,
  EngineRequest,
  Engines,
  EngineSpec,
} from '@pipewright/plugin';
import { ExecaCommands } from '../commands.js';
import type { EngineAddress } from './address.js';
import { EngineConnection } from './engine-connection.js';
import { findEngine, isAnywhere, ourSurroundings, type Surroundings } from './find.js';
import { readLog } from './container-log.js';
import { followContainers } from './follow-containers.js';
import { registryAuth } from './logins.js';
import { patienceOf } from './patience.js';
import { runInContainer } from './run-in-container.js';

/** Where engines are. */
export interface EnginePlaces {
  /** Asks nobody. */
  isThere(engine: EngineSpec): boolean;
  /** Rejects where it is nowhere. */
  find(engine: EngineSpec): Promise<EngineAddress>;
}

const placesBy = (surroundings: Surroundings): EnginePlaces => ({
  isThere: (engine) => isAnywhere(engine, surroundings),
  find: async (engine) => findEngine(engine, surroundings),
});

/** Docker's Engine API by HTTP, over Unix sockets, TCP or TLS. Nothing is opened before the first request. */
export class HttpEngines implements Engines {
  readonly #surroundings: Surroundings;
  readonly #commands: Commands;
  readonly #places: EnginePlaces;
  /** By what describes the engine: a journal brings copies of it. */
  readonly #connections = new Map<string, Promise<EngineConnection>>();

  constructor(
    surroundings: Surroundings = ourSurroundings(),
    commands: Commands = new ExecaCommands(),
    places: EnginePlaces = placesBy(surroundings),
  ) {
    this.#surroundings = surroundings;
    this.#commands = commands;
    this.#places = places;
  }

  isThere(engine: EngineSpec): boolean {
    return this.#places.isThere(engine);
  }

  async request(engine: EngineSpec, request: EngineRequest): Promise<EngineAnswer> {
    return (await this.#connectionTo(engine)).request(request);
  }

  async exec(command: ContainerCommand, streams: CommandStreams): Promise<number> {
    return runInContainer(await this.#connectionTo(command.engine), command, streams);
  }

  async logs(log: ContainerLog, write: CommandStreams['write']): Promise<boolean> {
    return readLog(await this.#connectionTo(log.engine), log, write);
  }

  follow(engine: EngineSpec, signal: AbortSignal, how?: { readonly health?: boolean }): AsyncIterable<ContainerEvent> {
    const connection = { open: async (request: EngineRequest) => (await this.#connectionTo(engine)).open(request) };
    return followContainers(engine.title, connection, signal, how);
  }

  async close(): Promise<void> {
    const all = [...this.#connections.values()];
    this.#connections.clear();
    for (const it of await Promise.allSettled(all)) if (it.status === 'fulfilled') it.value.close();
  }

  #connectionTo(engine: EngineSpec): Promise<EngineConnection> {
    const key = JSON.stringify(engine);
    const known = this.#connections.get(key) ?? this.#connect(engine);
    this.#connections.set(key, known);
    return known.catch((error: unknown) => {
      this.#connections.delete(key); // it is looked for again
      throw error;
    });
  }

  async #connect(engine: EngineSpec): Promise<EngineConnection> {
    const authFor = (image: string) => registryAuth(engine, image, this.#surroundings, this.#commands);
    const patience = patienceOf(this.#surroundings.env);
    return new EngineConnection(engine, await this.#places.find(engine), patience, authFor);
  }
}
