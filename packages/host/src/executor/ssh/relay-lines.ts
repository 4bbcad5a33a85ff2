import {
  type BlankAnnouncement,
  datagramOf,
  dumpRequests,
  filterTableName,
  filterTableRequests,
  messagesOf,
  type NetlinkMessage,
  type NetlinkRequest,
  nftTableName,
  nftTablesRequest,
  type ReceivedMessage,
  type Unknown,
} from '@pipewright/kernel';
import type { Placement, ReadQuery } from '@pipewright/plugin';
import { LEGACY_TABLES } from '../netlink/filter-tables.js';
import type { NamespacePath } from '../survey/answers.js';

// What is said to the relay (ssh/relay.ts), and what it says.

export interface Places {
  readonly path: (on: Placement) => NamespacePath;
}

export const hex = (it: string | Uint8Array): string => Buffer.from(it).toString('hex');

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'hex');

const placeWord = (path: NamespacePath): string => (path === undefined ? '-' : hex(path));

export const requestWord = (request: NetlinkRequest): string =>
  hex(datagramOf([{ request, seq: 0, acknowledge: false }]));

/** The others are found, too. */
const MOST_LIKELY = 100;

/** Asks for dumps, then for names behind numbers, where `likely` ones are given. */
export const lookLine = (
  path: NamespacePath,
  requests: readonly string[],
  likely: Iterable<string> | undefined,
): string =>
  [
    ...['look', placeWord(path), ...requests],
    ...(likely ? [`names:${[...likely].slice(0, MOST_LIKELY).map(hex).join(',')}`] : []),
  ].join(' ');

export const sendLine = (path: NamespacePath, requests: readonly string[], all: boolean): string =>
  ['send', all ? 'all' : 'some', placeWord(path), ...requests].join(' ');

export const makeLine = (name: string, request: NetlinkRequest): string => `make ${hex(name)} ${requestWord(request)}`;

export const removeLine = (name: string): string => `remove ${hex(name)}`;

export const readLine = (path: NamespacePath, files: readonly string[]): string =>
  ['read', placeWord(path), ...files.map(hex)].join(' ');

/** `optional`: fine where it cannot be written. */
export const writeLine = (path: NamespacePath, file: string, text: string, optional = false): string =>
  ['write', placeWord(path), hex(file), hex(text), ...(optional ? ['optional'] : [])].join(' ');

/** A frame that goes out by a device, whose MAC address goes into it. */
export const frameWord = (device: string, { frame, blanks, checksum }: BlankAnnouncement): string =>
  [hex(device), hex(frame), blanks.join(), ...(checksum === undefined ? [] : [checksum])].join(':');

export const tellLine = (path: NamespacePath, frames: readonly string[]): string =>
  ['tell', placeWord(path), ...frames].join(' ');

/** That it is there. */
export const programLine = (name: string): string => `program ${hex(name)}`;

/** What is so where a question has nothing for an answer; undefined: nobody knows before its program is asked. */
export function noneLine({ files, filters, given }: ReadQuery): string | undefined {
  if (files) return ['none', ...files.host.map((it) => hex(folderOf(it)))].join(' ');
  if (!filters || given === undefined) return undefined;
  const [chains] = filterTableRequests(filters);
  return ['filters', hex(given), hex(LEGACY_TABLES[filters]), requestWord(chains), hex(filterTableName(filters))].join(
    ' ',
  );
}

/** Above the first part that may be any. */
const folderOf = (pattern: string): string => pattern.replace(/\/[^/]*\*.*/, '');

/** That there are none of these tables of nftables, called as `inet filter`. */
export const tablesLine = (path: NamespacePath, tables: readonly string[]): string =>
  ['tables', placeWord(path), requestWord(nftTablesRequest()), ...tables.map((it) => hex(nftTableName(it)))].join(' ');

/** A request with what is to be filled in. */
export const sentWord = (request: NetlinkRequest, places: Places): string =>
  [
    requestWord(request),
    ...(request.blanks ?? []).map((it) => `${HEADER + it.at}=${unknownWord(it.for, places)}`),
  ].join();

/** Before as many removals of devices. */
export const groupWord = (removals: number): string =>
  [`group:${removals}`, ...dumpRequests({ object: 'link' }).map(requestWord)].join(':');

/** Of struct nlmsghdr. */
const HEADER = 16;

const unknownWord = (it: Unknown, { path }: Places): string =>
  `${placeWord(path(it.on))}${it.of === 'device' ? `:${hex(it.name)}` : ''}`;

/** The lines of an answer to `look`: of each that there is none, why. */
export const linesOf = (stdout: string): readonly string[] => stdout.split('\n');

const refusalIn = (line: string): string | undefined => (line.startsWith('!') ? line.slice(1) : undefined);

/** Throws where there is none. */
export function dumpIn(line: string): readonly NetlinkMessage[] {
  const refusal = refusalIn(line);
  if (refusal !== undefined) throw new Error(refusal);
  return [...messagesOf(bytesOf(line))];
}

/** What is in a file, where it can be read. */
export const textIn = (line: string): string | undefined =>
  refusalIn(line) === undefined ? Buffer.from(line, 'hex').toString() : undefined;

/** As `ip netns list` prints them. Throws where there are none. */
export function namesIn(line: string): readonly object[] {
  const refusal = refusalIn(line);
  if (refusal !== undefined) throw new Error(refusal);
  return line
    .split(' ')
    .filter((it) => it !== '')
    .map((it) => {
      const [name = '', id = ''] = it.split('=');
      return { name: Buffer.from(name, 'hex').toString(), ...(id === '' ? {} : { id: Number(id) }) };
    });
}

/** A request of a line that failed: what the kernel answered, or why it was not even asked. */
export interface Refusal {
  readonly number: number;
  readonly answer: ReceivedMessage | string | undefined;
}

const receivedIn = (text: string): ReceivedMessage | undefined => [...messagesOf(bytesOf(text))][0];

/** In the order of the requests. */
export const refusalsIn = (stdout: string): readonly Refusal[] =>
  stdout
    .split('\n')
    .flatMap((line) => {
      const [, number = '', why = ''] = /^(\d+) (.+)$/.exec(line) ?? [];
      return why === '' ? [] : [{ number: Number(number), answer: refusalIn(why) ?? receivedIn(why) }];
    })
    .sort((a, b) => a.number - b.number);
