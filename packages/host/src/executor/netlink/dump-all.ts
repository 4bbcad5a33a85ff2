import { type DecodeContext, decodeRows, dumpRequests, type NetlinkMessage } from '@pipewright/kernel';
import type { NetlinkDump, ReadQuery } from '@pipewright/plugin';
import { current } from '../../recall/recording.js';
import { questionOf } from '../survey/answers.js';
import type { Kinds } from '../survey/observe.js';
import type { Place } from './places.js';

/** What of a device's row tells more than about the device. */
interface LinkRow {
  readonly ifindex: number;
  readonly ifname: string;
  readonly address?: string;
  readonly group: string;
  readonly link_netnsid?: number;
  readonly linkinfo?: { readonly info_kind?: string };
}

/** What of a row of a device's addresses is asked for here. */
interface AddressesRow {
  readonly ifindex: number;
  readonly addr_info: readonly { readonly family: string }[];
}

/** What a namespace tells: when it is asked for, or told already. */
export interface Dumps {
  messages(dump: NetlinkDump): readonly NetlinkMessage[];
  /** Names of the namespaces behind numbers. */
  names(ids: ReadonlySet<number>): readonly object[];
}

/** The answers to all questions of one namespace that are dumps, by question. */
export function dumpAll(
  queries: readonly ReadQuery[],
  place: Place,
  kinds: Kinds,
  names: Dumps['names'],
): Map<string, readonly object[]> {
  const messages = (dump: NetlinkDump): readonly NetlinkMessage[] => messagesOf(dump, place);
  return answersIn({ messages, names }, queries, kinds, (name, index) => {
    place.remember(name, index);
  });
}

/** The same of what tells it. `found`: each device. */
export function answersIn(
  dumps: Dumps,
  queries: readonly ReadQuery[],
  { deviceKinds }: Kinds,
  found?: (name: string, index: number) => void,
): Map<string, readonly object[]> {
  const deviceKind: DecodeContext['deviceKind'] = (kind) => deviceKinds.get(kind);
  // Devices first: all else names them by their numbers.
  const links = linksIn(dumps.messages({ object: 'link' }), deviceKind);
  const names = new Map(links.map(({ ifindex, ifname }) => [ifindex, ifname]));
  if (found) for (const [index, name] of names) found(name, index);
  const context: DecodeContext = { deviceKind, nameOf: (index) => names.get(index) };
  const messages = new Map<NetlinkDump['object'], readonly NetlinkMessage[]>();
  const rowsOf = (dump: NetlinkDump): readonly object[] => {
    const { object } = dump;
    if (object === 'link') return links;
    if (object === 'netns') return dumps.names(idsOf(links));
    if (object === 'fdb' && !links.some((it) => deviceKind(it.linkinfo?.info_kind ?? '')?.forwards)) return [];
    const dumped = messages.get(object) ?? dumps.messages(dump);
    messages.set(object, dumped);
    return rowsIn(dump, dumped, context);
  };
  const known = new Map<string, readonly object[]>();
  const answers = new Map<string, readonly object[]>();
  for (const query of queries) {
    if (!query.dump) continue;
    const key = `${query.dump.object} ${String(query.dump.family)}`;
    const found = known.get(key) ?? rowsOf(query.dump);
    known.set(key, found);
    answers.set(questionOf(query), found);
  }
  return answers;
}

export const dumpLinks = (place: Place, deviceKind: DecodeContext['deviceKind']): readonly LinkRow[] =>
  linksIn(messagesOf({ object: 'link' }, place), deviceKind);

/** The numbers of the devices that have one IPv4 address and no more. */
export function ofOneIpv4(place: Place): ReadonlySet<number> {
  const context: DecodeContext = { deviceKind: () => undefined, nameOf: String };
  const devices = rowsIn({ object: 'address' }, messagesOf({ object: 'address' }, place), context) as AddressesRow[];
  const those = devices.filter((it) => it.addr_info.filter(({ family }) => family === 'inet').length === 1);
  return new Set(those.map(({ ifindex }) => ifindex));
}

const linksIn = (messages: readonly NetlinkMessage[], deviceKind: DecodeContext['deviceKind']): readonly LinkRow[] =>
  rowsIn({ object: 'link' }, messages, { deviceKind, nameOf: () => undefined }) as readonly LinkRow[];

function rowsIn(dump: NetlinkDump, messages: readonly NetlinkMessage[], context: DecodeContext): readonly object[] {
  current?.decoded(messages, dump, context);
  return decodeRows(dump, messages, context);
}

/** The answer itself, where it is one: by that it is known how it was read. */
function messagesOf(dump: NetlinkDump, { socket }: Place): readonly NetlinkMessage[] {
  const answers = dumpRequests(dump).map((it) => socket.dump(it));
  return answers.length === 1 && answers[0] ? answers[0] : answers.flat();
}

const idsOf = (links: readonly LinkRow[]): ReadonlySet<number> =>
  new Set(links.flatMap(({ link_netnsid: id }) => (id === undefined ? [] : [id])));
