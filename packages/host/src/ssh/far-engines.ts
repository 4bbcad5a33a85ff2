import { rmSync } from 'node:fs';
import { type EngineSpec, fail, type HostTarget } from '@pipewright/plugin';
import { ExecaCommands } from '../commands.js';
import { type EngineAddress, socketAddress } from '../engine/address.js';
import { ourSurroundings } from '../engine/find.js';
import { type EnginePlaces, HttpEngines } from '../engine/http-engines.js';
import { errors } from '../errors.js';

/** What leads to another machine while there is a connection. */
interface Way {
  readonly target: HostTarget;
  /** Where sessions join the connection. */
  readonly socket: () => string | undefined;
}

/** What there is of another machine's engines: sockets, which the connection that is there carries to us. */
export class FarEngines extends HttpEngines {
  readonly #places: FarPlaces;

  constructor(way: Way) {
    const places = new FarPlaces(way);
    super(ourSurroundings(), new ExecaCommands(), places);
    this.#places = places;
  }

  /** These sockets are there. */
  found(sockets: readonly string[]): void {
    this.#places.sockets = new Set(sockets);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#places.close();
  }
}

/** Sockets of engines where another machine may have them: whose variables are of a session are nobody's there. */
export const farSockets = ({ sockets }: EngineSpec): readonly string[] => sockets.filter((it) => it.startsWith('/'));

class FarPlaces implements EnginePlaces {
  sockets: ReadonlySet<string> = new Set();
  readonly #way: Way;
  readonly #made = new Set<string>();

  constructor(way: Way) {
    this.#way = way;
  }

  isThere(engine: EngineSpec): boolean {
    return this.#socketOf(engine) !== undefined;
  }

  async find(engine: EngineSpec): Promise<EngineAddress> {
    const { target, socket } = this.#way;
    const far = this.#socketOf(engine);
    const connection = socket();
    if (far === undefined) return fail(errors.noFarEngine(engine.title, target.name, farSockets(engine)));
    if (connection === undefined)
      return fail(errors.noForwarding(engine.title, target.name, 'there is no room for a socket'));
    const near = `${connection}.${String(this.#made.size)}`;
    this.#made.add(near);
    // -F none: what the user has forwarded to a host in general is no part of this.
    const words = ['-F', 'none', '-S', connection, '-O', 'forward', '-L', `${near}:${far}`, '--', target.ssh];
    const { code, stderr } = await new ExecaCommands().run(['ssh', ...words]);
    if (code !== 0) fail(errors.noForwarding(engine.title, target.name, stderr.trim()));
    return socketAddress(near, `${far} of host ${target.name}`);
  }

  close(): void {
    for (const it of this.#made) rmSync(it, { force: true });
    this.#made.clear();
  }

  #socketOf(engine: EngineSpec): string | undefined {
    return farSockets(engine).find((it) => this.sockets.has(it));
  }
}
