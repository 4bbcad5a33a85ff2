import type {
  Commands,
  CommandStreams,
  ContainerCommand,
  ContainerEvent,
  EngineAnswer,
  EngineRequest,
  Engines,
  EngineSpec,
} from '@pipewright/plugin';
import { ExecaCommands } from '../commands.js';
import { EngineConnection } from './engine-connection.js';
import { findEngine, isAnywhere, ourSurroundings, type Surroundings } from './find.js';
import { followContainers } from './follow-containers.js';
import { registryAuth } from './logins.js';
import { patienceOf } from './patience.js';
import { runInContainer } from './run-in-container.js';

/** Docker's Engine API by HTTP, over Unix sockets, TCP or TLS. Nothing is opened before the first request. */
export class HttpEngines implements Engines {
  readonly #surroundings: Surroundings;
  readonly #commands: Commands;
  /** By what describes the engine: a journal brings copies of it. */
  readonly #connections = new Map<string, EngineConnection>();

  constructor(surroundings: Surroundings = ourSurroundings(), commands: Commands = new ExecaCommands()) {
    this.#surroundings = surroundings;
    this.#commands = commands;
  }

  isThere(engine: EngineSpec): boolean {
    return isAnywhere(engine, this.#surroundings);
  }

  async request(engine: EngineSpec, request: EngineRequest): Promise<EngineAnswer> {
    return this.#connectionTo(engine).request(request);
  }

  async exec(command: ContainerCommand, streams: CommandStreams): Promise<number> {
    return runInContainer(this.#connectionTo(command.engine), command, streams);
  }

  follow(engine: EngineSpec, signal: AbortSignal, how?: { readonly health?: boolean }): AsyncIterable<ContainerEvent> {
    const connection = { open: async (request: EngineRequest) => this.#connectionTo(engine).open(request) };
    return followContainers(engine.title, connection, signal, how);
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  #connectionTo(engine: EngineSpec): EngineConnection {
    const key = JSON.stringify(engine);
    const known = this.#connections.get(key) ?? this.#connect(engine);
    this.#connections.set(key, known);
    return known;
  }

  #connect(engine: EngineSpec): EngineConnection {
    const authFor = (image: string) => registryAuth(engine, image, this.#surroundings, this.#commands);
    const patience = patienceOf(this.#surroundings.env);
    return new EngineConnection(engine, findEngine(engine, this.#surroundings), patience, authFor);
  }
}
