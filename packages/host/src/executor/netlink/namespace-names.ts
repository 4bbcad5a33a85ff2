import { nameIn } from '@pipewright/kernel';
import { type Placement, placeKey, type SurveyRequest } from '@pipewright/plugin';
import { filesOfNames, mayBeOf, NAMED } from '../survey/locate.js';
import type { Place, Places } from './places.js';

/**
 * Which named namespaces stand behind the numbers that a namespace has for others. To ask for each of N in each of N
 * would take N² questions: the host's own comes first, then those where declared far ends are. Those that no node of the
 * look can be in are not asked for: there may be hundreds, and behind which number they stand tells nothing of a node.
 */
export class NamespaceNames {
  readonly #places: Places;
  readonly #names: readonly string[];
  /** Of these, where nodes of the look may be. */
  readonly #meant: readonly string[];
  /** Place → names of namespaces that cables from it are declared to lead to. */
  readonly #likely: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(places: Places, request: SurveyRequest) {
    this.#places = places;
    this.#names = filesOfNames();
    this.#meant = namesMeant(this.#names, request);
    this.#likely = likelyNames(request);
  }

  /** Rows as `ip netns list` prints them: of a node only those that it has one of the numbers for. */
  idsIn(place: Place, on: Placement, wanted: ReadonlySet<number>): readonly object[] {
    const left = new Set(wanted);
    if (on.node !== undefined && left.size > 0) left.delete(place.socket.numberOf(this.#places.host.fd) ?? -1);
    const rows = new Map<string, object>(on.node === undefined ? this.#names.map((name) => [name, { name }]) : []);
    for (const name of this.#inOrder(on)) {
      if (left.size === 0) break;
      const id = this.#idOf(name, place);
      if (id === undefined || !left.delete(id)) continue;
      rows.set(name, { name, id });
    }
    return [...rows.values()];
  }

  /** Hardly ever to the end: there may be thousands, and this is asked for each of them. */
  *#inOrder(on: Placement): Generator<string, void> {
    const likely = this.#likely.get(placeKey(on));
    if (likely) yield* likely;
    for (const name of this.#meant) if (!likely?.has(name)) yield name;
  }

  #idOf(name: string, place: Place): number | undefined {
    try {
      return place.socket.numberOf(this.#places.byPath(`${NAMED}/${name}`).fd);
    } catch {
      return undefined; // gone meanwhile, or a file that is no namespace
    }
  }
}

function namesMeant(names: readonly string[], { topology, nodes, alone }: SurveyRequest): readonly string[] {
  const asked = new Set(nodes.map(({ locator }) => nameIn(locator)));
  return names.filter((name) => asked.has(name) || (alone !== true && mayBeOf(topology, name)));
}

export function likelyNames({ nodes, wanted, applied }: SurveyRequest): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map(
    nodes.flatMap(({ on, locator }) => (locator.by === 'name' ? [[placeKey(on), locator.name] as const] : [])),
  );
  const places = new Map([...applied, ...wanted].map((it) => [it.key, it.on]));
  const likely = new Map<string, Set<string>>();
  for (const { on, peer } of [...applied, ...wanted]) {
    const far = peer && places.get(peer.ref);
    const name = far && named.get(placeKey(far));
    if (name === undefined) continue;
    const known = likely.get(placeKey(on));
    if (known) known.add(name);
    else likely.set(placeKey(on), new Set([name]));
  }
  return likely;
}
