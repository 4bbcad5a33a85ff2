import { type DeviceKind, fail, type Placement, placeKey } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { NamespacePath } from '../survey/answers.js';
import { fileOf, wayOf } from '../survey/locate.js';
import type { Located } from '../survey/located.js';
import type { JobContext } from './jobs.js';

/** The host itself, as the words of commands need it. */
export interface Surroundings {
  /** The file of the host's own namespace. */
  readonly own: string;
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
}

/** What looks at a host have told of the ways into its namespaces. */
export class Ways {
  readonly #surroundings: Surroundings;
  /** To all named namespaces seen so far: undoing makes one again that a later survey did not find. */
  readonly #named = new Map<string, string>();
  readonly #paths = new Map<string, NamespacePath>();
  readonly #files = new Map<string, string>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** A look at all that matters: what an earlier one told is not so any more. */
  renew(located: readonly Located[]): void {
    this.forget();
    for (const it of located) {
      this.add(it);
      if (it.node.locator.by === 'name') for (const [key, path] of wayOf(it)) if (path) this.#named.set(key, path);
    }
  }

  /** A place that has come since. */
  add(located: Located): void {
    for (const [key, path] of wayOf(located)) this.#paths.set(key, path);
    for (const [key, file] of fileOf(located)) this.#files.set(key, file);
  }

  forget(): void {
    this.#paths.clear();
    this.#files.clear();
  }

  /** Throws for a place that nobody has seen. */
  to(on: Placement): NamespacePath {
    return on.node === undefined ? undefined : (this.known(on) ?? fail(errors.unknownPlace(placeKey(on))));
  }

  known(on: Placement): NamespacePath {
    const key = placeKey(on);
    return this.#paths.get(key) ?? this.#named.get(key);
  }

  /** By which ops are put into words. */
  context(undo: boolean): JobContext {
    const { own, deviceKind } = this.#surroundings;
    return {
      path: (on) => this.to(on),
      file: (on) => this.#files.get(placeKey(on)) ?? this.#named.get(placeKey(on)),
      undo,
      netns: (on) => this.to(on) ?? own,
      deviceKind,
    };
  }
}
