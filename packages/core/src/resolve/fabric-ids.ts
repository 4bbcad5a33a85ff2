import { type DeviceAttrs, type Diagnostic, type Key, type Observed, problem, sha256 } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Span } from './spans.js';

export interface SpanIds {
  /** By name of the span. */
  readonly ids: ReadonlyMap<string, number>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The number of each network and link that spans hosts. Nobody needs to be asked for it: it is the one that the file gives; else
 * the one that it has on its hosts already; else a hash of its name, and where that is in use the next one.
 */
export function chooseIds(
  topology: string,
  spans: readonly (Span & { readonly places: ReadonlySet<Key> })[],
  actual: readonly Observed[],
): SpanIds {
  const devices = actual.filter((it): it is Observed<DeviceAttrs> => it.type === 'device');
  const wishes = spans.map((span) => ({ span, ...standingOf(span, topology, devices) }));
  const holders = new Map<string, string>();
  const place = ({ driver }: Span, id: number): string => `${driver.kind} ${String(id)}`;
  for (const { span, wish } of wishes)
    if (wish !== undefined && !holders.has(place(span, wish))) holders.set(place(span, wish), span.what);
  const ids = new Map<string, number>();
  const diagnostics: Diagnostic[] = [];
  for (const { span, wish, taken } of wishes) {
    const id = wish ?? hashedId(topology, span, (it) => taken.has(it) || holders.has(place(span, it)));
    const holder = holders.get(place(span, id)) ?? span.what;
    const other = taken.get(id) ?? (holder === span.what ? undefined : holder);
    if (other !== undefined)
      diagnostics.push(problem(errors.fabricIdTaken(span.what, span.driver.kind, id, other), span.path));
    holders.set(place(span, id), holder);
    ids.set(span.name, id);
  }
  return { ids, diagnostics };
}

/** The number that it is to have whatever happens, and those that others have on its hosts, with whose they are. */
function standingOf(
  { driver, options, ends, places }: Parameters<typeof chooseIds>[1][number],
  topology: string,
  devices: readonly Observed<DeviceAttrs>[],
): { readonly wish: number | undefined; readonly taken: ReadonlyMap<number, string> } {
  const hosts = new Set(ends.map(({ host }) => host));
  const taken = new Map<number, string>();
  let own: number | undefined;
  for (const it of devices) {
    const id = hosts.has(it.on.host) ? driver.idOf(it, options as never) : undefined;
    if (id === undefined) continue;
    if (it.owner === topology && (places.has(it.key) || places.has(it.attrs.master?.ref ?? ''))) own ??= id;
    // What this topology has besides is told apart by the file, or goes.
    else if (it.owner !== topology) taken.set(id, `device ${it.attrs.name} of host ${it.on.host}`);
  }
  return { wish: driver.id(options as never) ?? own, taken };
}

/** A host that has so many in use is told of the first. */
const TRIES = 1000;

function hashedId(topology: string, { name, driver: { ids } }: Span, isTaken: (id: number) => boolean): number {
  const [first, last] = ids;
  const at = (attempt: number): number => {
    const digest = sha256(JSON.stringify(['fabric', topology, name, attempt]));
    const number = digest.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
    return first + (number % (last - first + 1));
  };
  for (let attempt = 0; attempt < TRIES; attempt++) if (!isTaken(at(attempt))) return at(attempt);
  return at(0);
}
