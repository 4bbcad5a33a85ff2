import { type EncodeContext, encodeNetlink, explain, type NetlinkRequest } from '@pipewright/kernel';
import { type DeviceKind, type NetlinkOp, type OpFailure, PipewrightError, requestPlace } from '@pipewright/plugin';
import { constants } from 'node:os';
import type { Answer } from '../../sys/netlink-socket.js';
import type { Place, Places } from './places.js';

interface Letter {
  readonly op: NetlinkOp;
  readonly request: NetlinkRequest;
}

/**
 * Brings the requests of one batch to the kernel: those to one namespace together in one message, in order. What an op
 * needs to know of a device that is still in the post makes it go out first.
 */
export class Courier {
  readonly failures: OpFailure[] = [];
  readonly #places: Places;
  readonly #context: EncodeContext;
  readonly #patient: boolean;
  #post: Letter[] = [];
  #to: Place | undefined;

  /** `patient`: waits for what is in use, as what was ended may hold it for a while yet. */
  constructor(places: Places, deviceKind: (kind: string) => DeviceKind | undefined, patient: boolean) {
    this.#places = places;
    this.#patient = patient;
    this.#context = {
      deviceKind,
      index: (on, name) => this.#indexOf(places.at(on), name),
      netns: (on) => places.at(on).fd,
      found: (on, name) => this.#found(places.at(on), name),
    };
  }

  /** Sends an op, now or with the next ones. */
  take(op: NetlinkOp): void {
    const place = this.#sender(op);
    if (!place) return;
    if (this.#to !== place) this.flush();
    const requests = this.#encoded(op);
    this.#to = place;
    this.#post.push(...requests.map((request) => ({ op, request })));
    if (op.object === 'link' && op.verb !== 'set') place.forget(String(op.attrs['name']));
  }

  /** All that was taken is done, or stands among the failures. */
  flush(): void {
    const [post, to] = [this.#post, this.#to];
    this.#post = [];
    this.#to = undefined;
    if (!to || post.length === 0) return;
    const opOf = new Map(post.map(({ request, op }) => [request, op]));
    const requests = post.map(({ request }) => request);
    for (const { request, acknowledgement } of this.#send(to, requests)) {
      const op = opOf.get(request);
      if (op) this.failures.push({ op, message: explain(acknowledgement, request) });
    }
  }

  /** A namespace is gone some time before what was in it: until then a MAC address on a parent is taken. */
  #send({ socket }: Place, requests: readonly NetlinkRequest[]): readonly Answer[] {
    let failed = socket.send(requests);
    for (let tries = 0; this.#patient && tries < TRIES && failed.some(isInUse); tries++) {
      Atomics.wait(clock, 0, 0, BETWEEN_MS);
      failed = socket.send(failed.map(({ request }) => request));
    }
    return failed;
  }

  /** Undefined where its namespace is gone: then the op has failed. */
  #sender(op: NetlinkOp): Place | undefined {
    try {
      return this.#places.at(requestPlace(op));
    } catch (error) {
      if (error instanceof PipewrightError) throw error;
      this.flush();
      this.failures.push({ op, message: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  #encoded(op: NetlinkOp): readonly NetlinkRequest[] {
    try {
      return encodeNetlink(op, this.#context);
    } catch (error) {
      this.flush(); // what went before it may be why
      this.failures.push({ op, message: error instanceof Error ? error.message : String(error) });
      return [];
    }
  }

  #indexOf(place: Place, name: string): number {
    if (!place.knows(name)) this.flush();
    const index = place.indexOf(name);
    if (index === undefined) throw new Error(`Cannot find device "${name}"`);
    return index;
  }

  /** A device that is still in the post has no number; the kernel takes its name. */
  #found(place: Place, name: string): number | undefined {
    return place === this.#to && !place.knows(name) ? undefined : this.#indexOf(place, name);
  }
}

const TRIES = 100;
const BETWEEN_MS = 20;
const clock = new Int32Array(new SharedArrayBuffer(4)); // which nobody wakes

const isInUse = ({ acknowledgement }: Answer): boolean => acknowledgement.errno === constants.errno.EADDRINUSE;
