import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type EngineSpec, fail, type HostTarget } from '@pipewright/plugin';
import { ExecaCommands } from '../commands.js';
import { type EngineAddress, socketAddress } from '../engine/address.js';
import { ourSurroundings } from '../engine/find.js';
import { type EnginePlaces, HttpEngines } from '../engine/http-engines.js';
import { errors } from '../errors.js';

const ANSWER_MS = 10_000;

/** What leads to another machine while there is a connection. */
interface Way {
  readonly target: HostTarget;
  /** Those of the sockets sought that are there. */
  readonly sockets: () => Promise<readonly string[]>;
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

  /** Finds out what is there. */
  async look(): Promise<void> {
    await this.#places.look();
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
    if (!this.isThere(engine)) await this.look();
    const far = this.#socketOf(engine);
    const connection = socket();
    if (far === undefined) return fail(errors.noFarEngine(engine.title, target.name, farSockets(engine)));
    if (connection === undefined)
      return fail(errors.noForwarding(engine.title, target.name, 'there is no room for a socket'));
    removeStale(dirname(connection));
    const near = `${connection}.${String(this.#made.size)}`;
    this.#made.add(near);
    // -F none: what the user has forwarded to a host in general is no part of this.
    const words = ['-F', 'none', '-S', connection, '-O', 'forward', '-L', `${near}:${far}`, '--', target.ssh];
    const { code, stderr } = await new ExecaCommands().run(['ssh', ...words]);
    if (code !== 0) fail(errors.noForwarding(engine.title, target.name, stderr.trim()));
    if (!(await answers(near)))
      fail(errors.noForwarding(engine.title, target.name, 'whoever connects to it is cut off'));
    return socketAddress(near, `${far} of host ${target.name}`);
  }

  async look(): Promise<void> {
    this.sockets = new Set(await this.#way.sockets());
  }

  close(): void {
    for (const it of this.#made) rmSync(it, { force: true });
    this.#made.clear();
  }

  #socketOf(engine: EngineSpec): string | undefined {
    return farSockets(engine).find((it) => this.sockets.has(it));
  }
}

/** What a command that was killed had forwarded: its connection ended with it, and took its own socket along alone. */
function removeStale(folder: string): void {
  const names = readdirSync(folder);
  for (const name of names) {
    const [, connection] = /^(\w+)\.\d\d?$/.exec(name) ?? []; // while ssh makes a socket, its name ends with more
    if (connection !== undefined && !names.includes(connection)) rmSync(join(folder, name), { force: true });
  }
}

/** ssh takes every connection, and cuts it off where the other machine takes none. */
function answers(socketPath: string): Promise<boolean> {
  const { connect } = process.getBuiltinModule('node:net'); // late: most commands ask no engine of another machine
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => socket.write('GET /_ping HTTP/1.0\r\n\r\n'));
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false)).once('close', () => resolve(false));
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
  });
}
