import { decodeRows, dumpRequests } from '@pipewright/kernel';
import type { NetlinkDump, ReadQuery } from '@pipewright/plugin';
import { questionOf } from '../survey/answers.js';
import type { Kinds } from '../survey/observe.js';
import type { Place } from './places.js';
import { linkNames } from './requests.js';

/** What of a device's row tells which other namespaces are to be named. */
interface LinkRow {
  readonly link_netnsid?: number;
}

/** Names the namespaces behind numbers. */
export type Naming = (ids: ReadonlySet<number>) => readonly object[];

/** The answers to all questions of one namespace that are dumps, by question. */
export function dumpAll(
  queries: readonly ReadQuery[],
  place: Place,
  kinds: Kinds,
  naming: Naming,
): Map<string, readonly object[]> {
  const answers = new Map<string, readonly object[]>();
  const names = new Map<number, string>();
  const context = { deviceKind: (kind: string) => kinds.deviceKinds.get(kind), nameOf: names.get.bind(names) };
  const rows = (dump: NetlinkDump): readonly object[] => {
    const messages = dumpRequests(dump).flatMap((it) => place.socket.dump(it));
    if (dump.object === 'link')
      for (const [index, name] of linkNames(messages)) {
        names.set(index, name);
        place.remember(name, index);
      }
    return decodeRows(dump, messages, context);
  };
  const known = new Map<string, readonly object[]>();
  let links: readonly LinkRow[] = [];
  // Devices first: all else names them by their numbers.
  for (const query of [...queries].sort((a, b) => rank(a) - rank(b))) {
    const { dump } = query;
    if (!dump) continue;
    const key = `${dump.object} ${String(dump.family)}`;
    const found = known.get(key) ?? (dump.object === 'netns' ? naming(idsOf(links)) : rows(dump));
    known.set(key, found);
    answers.set(questionOf(query), found);
    if (dump.object === 'link') links = found;
  }
  return answers;
}

const rank = ({ dump }: ReadQuery): number => (dump?.object === 'link' ? 0 : 1);

const idsOf = (links: readonly LinkRow[]): ReadonlySet<number> =>
  new Set(links.flatMap(({ link_netnsid: id }) => (id === undefined ? [] : [id])));
