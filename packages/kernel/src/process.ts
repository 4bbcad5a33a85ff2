import {
  type Found,
  type Key,
  keyOf,
  type Observed,
  type ProcessAttrs,
  type ProcessOp,
  type RawObserved,
  type Ref,
  type Resource,
  ref,
  resourceType,
  z,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { markOf, parseMark } from './mark.js';
import { ALIVE, READ_PROCESSES } from './process-script.js';

/** With the value of the variable in its environment, which is its mark. */
type MarkedProcess = ProcessAttrs & { readonly mark: string };

/** What is known of a helper that was started. */
interface Known {
  readonly attrs: MarkedProcess;
  readonly within: readonly Ref[];
  /** Of the program itself; undefined: it was not started yet. */
  readonly main: string | undefined;
  readonly facts: Readonly<Record<string, string>> | undefined;
  /** Of one that is gone: where its log is, and the last lines of that. */
  readonly log: string | undefined;
  readonly said: readonly string[];
}

/**
 * The answer to the question, a line a thing: `record {…}`, then `pid N`, `ready name=value`, `log PATH`, `said …`; and of each
 * that lives, its mark.
 */
function parse([answer]: readonly unknown[]): readonly Found<MarkedProcess>[] {
  const lines = typeof answer === 'string' ? answer.split('\n') : [];
  const pids = pidsIn(lines);
  const records = recordsIn(lines);
  const known = new Set(records.map(({ attrs }) => attrs.mark));
  return [
    ...records.map(({ attrs, within, main, facts, log, said }): Found<MarkedProcess> => {
      const pid = pids.get(attrs.mark);
      // What it started and has outlived it does nothing for us.
      const isAlive = main === undefined ? pid !== undefined : pid?.split(' ').includes(main) === true;
      const state = stateOf(attrs, isAlive, facts !== undefined);
      const left = state === 'dead' ? lastWords(log, said) : {};
      return {
        attrs: { ...attrs, state },
        within,
        facts: { ...(pid === undefined ? {} : { pid }), ...facts, ...left },
        ...(isStartable({ ...attrs, state }) ? {} : { irretrievable: true }),
      };
    }),
    ...[...pids].flatMap(([mark, pid]) => (known.has(mark) ? [] : unrecorded(mark, pid))),
  ];
}

const lastWords = (log: string | undefined, said: readonly string[]): Readonly<Record<string, string>> => ({
  ...(log === undefined ? {} : { log }),
  ...(said.length === 0 ? {} : { said: said.join('; ') }),
});

/** By mark; a helper's children bear it too. */
function pidsIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const pids = new Map<string, string>();
  for (const line of lines) {
    const [, pid, mark] = ALIVE.exec(line) ?? [];
    if (pid === undefined || mark === undefined) continue;
    const others = pids.get(mark);
    pids.set(mark, others === undefined ? pid : `${others} ${pid}`);
  }
  return pids;
}

function recordsIn(lines: readonly string[]): readonly Known[] {
  const records: Known[] = [];
  for (const line of lines) {
    const last = records.at(-1);
    if (line.startsWith('record ')) records.push(...recordOf(line.slice('record '.length)));
    else if (last) records[records.length - 1] = { ...last, ...told(last, line) };
  }
  return records;
}

function told(known: Known, line: string): Partial<Known> {
  const end = line.indexOf(' ');
  const rest = line.slice(end + 1);
  switch (line.slice(0, end)) {
    case 'pid':
      return { main: rest };
    case 'ready':
      return { facts: withFact(known, rest) };
    case 'log':
      return { log: rest };
    case 'said':
      return { said: [...known.said, rest] };
    default:
      return {};
  }
}

const writtenRecord = z.object({
  attrs: z.looseObject({ name: z.string(), mark: z.string(), argv: z.array(z.string()) }),
  within: z.array(z.object({ ref: z.string() })),
});

/** Its folder is ours alone. One that a crash cut off tells nothing. */
function recordOf(text: string): readonly Known[] {
  try {
    const record: unknown = JSON.parse(text);
    writtenRecord.parse(record);
    // As it was written, to the order of its keys: started again it is the same.
    const { attrs, within } = record as Pick<Known, 'attrs' | 'within'>;
    return [{ attrs, within, main: undefined, facts: undefined, log: undefined, said: [] }];
  } catch {
    return [];
  }
}

function withFact({ facts = {} }: Known, words: string): Readonly<Record<string, string>> {
  const [, name, value] = /^([\w-]+)=([^]*)$/.exec(words) ?? [];
  return name === undefined || value === undefined ? facts : { ...facts, [name]: value };
}

function stateOf({ ready, once }: MarkedProcess, isAlive: boolean, isReady: boolean): ProcessAttrs['state'] {
  if (isAlive) return once || (ready && !isReady) ? 'waiting' : 'running';
  return once && isReady ? 'done' : 'dead';
}

/** Its folder is lost: what it was made of is not known, only that it is ours. */
function unrecorded(mark: string, pid: string): readonly Found<MarkedProcess>[] {
  const parsed = parseMark(mark);
  if (!parsed) return [];
  const name = `${parsed.topology}/${parsed.id}`;
  return [{ attrs: { name, mark, argv: [], state: 'waiting' }, facts: { pid }, irretrievable: true }];
}

/** One whose device is gone, or has lost the address it gave, is of no use as it is. What it gave is there by it. */
function relate(all: readonly RawObserved[], declared: readonly Resource[]): ReadonlyMap<Key, Observed> {
  const found = all.filter(({ type }) => type === 'process');
  if (found.length === 0) return new Map();
  const moved = renamed(found, declared);
  const processes = found.map((it) => moved.get(it.key) ?? it);
  const byKey = new Map(all.map((it) => [it.key, it]));
  return new Map<Key, Observed>([
    ...moved,
    ...processes.flatMap((it) => (isUseful(it, byKey) ? [] : [[it.key, useless(it, byKey)] as const])),
    ...processes.flatMap((it) =>
      all.filter(isGivenBy(it, byKey)).map((made) => [made.key, { ...made, madeBy: ref(it) }] as const),
    ),
  ]);
}

/** Records call places as they were called when it was started; by what was applied they are called as they are now. */
function renamed(found: readonly RawObserved[], declared: readonly Resource[]): ReadonlyMap<Key, RawObserved> {
  const known = new Map<Key, Resource>();
  for (const it of declared) if (it.type === 'process' && !known.has(it.key)) known.set(it.key, it); // applied ones come first
  return new Map(
    found.flatMap((it) => {
      const { attrs: { node } = {}, within = [] } = known.get(it.key) ?? {};
      const isKnown = node !== undefined && it.attrs['node'] !== undefined;
      return isKnown && node !== it.attrs['node'] ? [[it.key, { ...it, attrs: { ...it.attrs, node }, within }]] : [];
    }),
  );
}

/** RTPROT_DHCP of linux/rtnetlink.h. */
const LEASED = 16;

/** The address that it says it gave, and the route to the router that came along. */
function isGivenBy({ within = [], facts }: RawObserved, byKey: ReadonlyMap<Key, RawObserved>) {
  const devices = within.flatMap(({ ref: key }) => byKey.get(key) ?? []).filter(({ type }) => type === 'device');
  const addresses = new Set(devices.map((it) => addressKey(it, facts?.['address'])));
  const routes = new Set(devices.map(({ key }) => key));
  return ({ type, key, attrs }: RawObserved): boolean =>
    addresses.has(key) ||
    (type === 'route' &&
      attrs['protocol'] === LEASED &&
      attrs['via'] === facts?.['router'] &&
      routes.has((attrs['dev'] as Partial<Ref> | undefined)?.ref ?? ''));
}

const addressKey = ({ on, attrs }: RawObserved, address: string | undefined): Key | undefined =>
  address === undefined ? undefined : keyOf('address', on, `${String(attrs['name'])} ${address}`);

function isUseful({ within = [], facts }: RawObserved, byKey: ReadonlyMap<Key, RawObserved>): boolean {
  return within.every(({ ref: key }) => {
    const it = byKey.get(key);
    const address = it?.type === 'device' ? addressKey(it, facts?.['address']) : undefined;
    return address === undefined ? it !== undefined : byKey.has(address);
  });
}

function useless(it: RawObserved, byKey: ReadonlyMap<Key, RawObserved>): Observed {
  const { within = [], attrs } = it;
  const waits = ['running', 'done'].includes(String(attrs['state']));
  const isStray = within.some(({ ref: key }) => !byKey.has(key));
  return {
    ...it,
    ...(waits ? { attrs: { ...attrs, state: 'waiting' } } : {}),
    ...(isStray ? { stray: true } : {}),
  };
}

function start({ on, attrs, within = [] }: Resource<MarkedProcess>): ProcessOp {
  const place = placeOf(on.host, attrs);
  return { op: 'process', verb: 'start', on: place, in: place, attrs, within };
}

const stop = ({ on, attrs, within = [] }: Resource<MarkedProcess>): ProcessOp => ({
  op: 'process',
  verb: 'stop',
  on: { host: on.host },
  in: placeOf(on.host, attrs),
  attrs,
  within,
});

const placeOf = (host: string, { node }: ProcessAttrs) => ({ host, ...(node === undefined ? {} : { node }) });

/** Where its folder was lost, nobody knows how to start it; one that was found dead is left so. */
const isStartable = ({ argv, state }: ProcessAttrs): boolean => argv.length > 0 && state !== 'dead';

function ending({ attrs, facts }: Observed<MarkedProcess>): string | undefined {
  if (attrs.state !== 'dead') return undefined;
  const said = facts?.['said'];
  return said === undefined ? 'it ended without a word' : `it ended, and said last: ${said}`;
}

/**
 * A program that runs on in a node's network namespace. Its mark is a variable in its environment; what it was made of
 * stands in a folder of ours, so that it can be started again. The kernel does not end it with what it is within, so it is
 * ended by itself.
 */
export const process = resourceType<MarkedProcess>({
  type: 'process',
  runsIn: 'node',
  get attrs() {
    return z.object({
      name: z.string(),
      node: z.string().optional(),
      argv: z.array(z.string()),
      files: z.record(z.string(), z.string()).optional(),
      ready: z.object({ withinMs: z.number(), otherwise: z.string() }).optional(),
      once: z.literal(true).optional(),
      afterwards: z.array(z.string()).optional(),
      state: z.enum(['running', 'done', 'waiting', 'dead']),
      mark: z.string().optional(),
    });
  },
  classes: {
    node: 'fixed',
    argv: 'fixed',
    files: 'fixed',
    ready: 'fixed',
    once: 'fixed',
    afterwards: 'fixed',
  },
  name: ({ name }) => name,
  mark: (it, topology) => ({ ...it, attrs: { ...it.attrs, mark: markOf(topology, it.id) } }),
  owner: ({ attrs }) => parseMark(attrs.mark)?.topology,
  queries: [{ argv: ['sh', '-c', READ_PROCESSES], once: true, text: true, helpers: true }],
  parse,
  relate,
  exclusive: true,
  outlives: true,
  ending,
  whyGone: (_, found) =>
    found?.attrs.state === 'dead' ? errors.processEnded(found.id, found.facts?.['said'] ?? '') : undefined,
  write: ({ before, after }) => [
    ...(before ? [stop(before)] : []),
    ...(after && isStartable(after.attrs) ? [start(after)] : []),
  ],
});
