import { type Batch, placeKey } from '@pipewright/plugin';
import { loadLibc } from '../../sys/libc.js';
import { Namespaces } from '../../sys/namespaces.js';
import { announce, type Announcing, isToAnnounce } from '../netlink/announcer.js';
import { Places } from '../netlink/places.js';
import type { Ways } from './ways.js';

/** No program that is on every host sends such frames: they are sent in process, where the foreign function library loads. */
export class InProcessAnnouncer {
  #announcing: Promise<Announcing | undefined> | undefined;

  async announce(batches: readonly Batch[], ways: Ways): Promise<readonly Batch[]> {
    if (!isToAnnounce(batches)) return [];
    const announcing = await (this.#announcing ??= open());
    if (!announcing) return [];
    const { places } = announcing;
    for (const { on } of batches) {
      const path = ways.known(on);
      if (path !== undefined) places.learn(placeKey(on), path);
    }
    const lost = announce(batches, announcing);
    places.leaveAll();
    return lost;
  }
}

/** Undefined where it does not load, which is said when this executor is chosen. */
async function open(): Promise<Announcing | undefined> {
  try {
    const sys = await loadLibc();
    return { sys, places: new Places(sys, new Namespaces(sys)) };
  } catch {
    return undefined;
  }
}
