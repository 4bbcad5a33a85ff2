import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { fail, type Placement, placeKey } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { Namespaces } from '../../sys/namespaces.js';
import { NetlinkSocket } from '../../sys/netlink-socket.js';
import type { Syscalls } from '../../sys/syscalls.js';
import { linkByName } from './requests.js';

/** An open namespace: its descriptor, a routing socket in it, and the numbers of its devices as far as known. */
export class Place {
  readonly #indexes = new Map<string, number>();

  constructor(
    readonly fd: number,
    readonly socket: NetlinkSocket,
  ) {}

  /** The number of a device; undefined where there is none of that name. */
  indexOf(name: string): number | undefined {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const found = linkByName(this.socket, name);
    if (found !== undefined) this.#indexes.set(name, found);
    return found;
  }

  knows(name: string): boolean {
    return this.#indexes.has(name);
  }

  remember(name: string, index: number): void {
    this.#indexes.set(name, index);
  }

  forget(name: string): void {
    this.#indexes.delete(name);
  }

  forgetAll(): void {
    this.#indexes.clear();
  }

  close(): void {
    this.socket.close();
    closeSync(this.fd);
  }
}

/** Descriptors that a process has room for at first. */
const SMALL_TABLE = 128;
/** What is open beside two descriptors a namespace. */
const OTHERS = 64;

/** The namespaces this run works in, each opened once. */
export class Places {
  readonly host: Place;
  readonly #sys: Syscalls;
  readonly #namespaces: Namespaces;
  /** Place → path of its namespace. */
  readonly #ways = new Map<string, string>();
  /** The largest number of a descriptor that there is room for. */
  #room = SMALL_TABLE;
  /** By path. */
  readonly #open = new Map<string, Place>();

  constructor(sys: Syscalls, namespaces: Namespaces) {
    this.#sys = sys;
    this.#namespaces = namespaces;
    this.host = new Place(namespaces.home, new NetlinkSocket(sys));
  }

  /** Before as many namespaces are opened: meanwhile other work is done. */
  expect(namespaces: number): void {
    const most = 2 * namespaces + OTHERS;
    if (most <= this.#room) return;
    this.#room = most;
    this.#sys.makeRoom(this.host.fd, most);
  }

  learn(key: string, path: string): void {
    this.#ways.set(key, path);
  }

  unlearn(key: string): void {
    this.#ways.delete(key);
  }

  /** Throws for a place nobody has seen, and for one that is gone. */
  at(on: Placement): Place {
    return on.node === undefined ? this.host : this.byPath(this.wayTo(placeKey(on)));
  }

  /** What is done there: in the namespace of a node, or here. */
  within<T>(on: Placement, work: () => T): T {
    return on.node === undefined ? work() : this.#namespaces.within(this.at(on).fd, work);
  }

  /** Throws for a place nobody has seen. */
  wayTo(key: string): string {
    return this.#ways.get(key) ?? fail(errors.unknownPlace(key));
  }

  byPath(path: string): Place {
    const known = this.#open.get(path);
    if (known) return known;
    const fd = openSync(path, 'r');
    try {
      const socket = this.#namespaces.within(fd, () => new NetlinkSocket(this.#sys));
      return this.#keep(path, new Place(fd, socket));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Makes a namespace; `prepare` sees it before it has a name, and gives it one. */
  make(path: string, prepare: (place: Place) => void): void {
    this.leave(path);
    const place = this.#namespaces.make((fd) => {
      const made = new Place(fd, new NetlinkSocket(this.#sys));
      try {
        prepare(made);
        return made;
      } catch (error) {
        made.close();
        throw error;
      }
    });
    this.#keep(path, place);
  }

  /** A namespace that is to go must not be held by us. */
  leave(path: string): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
  }

  /** Leaves all but those that are still what stands at their path. */
  refresh(): void {
    for (const [path, { fd }] of this.#open) if (!isStill(path, fd)) this.leave(path);
    this.forgetIndexes();
  }

  leaveAll(): void {
    for (const path of this.#open.keys()) this.leave(path);
    this.host.forgetAll();
  }

  forgetIndexes(): void {
    for (const place of [this.host, ...this.#open.values()]) place.forgetAll();
  }

  #keep(path: string, place: Place): Place {
    this.#open.set(path, place);
    return place;
  }
}

/** A path into /proc is another one's with the next process. */
function isStill(path: string, fd: number): boolean {
  if (path.startsWith('/proc/')) return false;
  const [named, own] = [statSync(path, { throwIfNoEntry: false }), fstatSync(fd)];
  return named?.ino === own.ino && named.dev === own.dev;
}
