import {
  fail,
  type Guest,
  type HostTarget,
  LOCAL_HOST,
  type NamedGuest,
  type NodeDriver,
  type NodeTarget,
  PipewrightError,
  type Survey,
  type SurveyedNode,
} from '@pipewright/plugin';
import { deepEqual } from '../diff/compare.js';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import { freeName } from './free-name.js';
import type { Known } from './known.js';
import { withMeant } from './meant.js';
import { guestKinds, type ParsedReference, parseReference } from './reference.js';

/** A node that a word may mean. */
export interface Candidate {
  /** What it is, or would be, called in the topology. */
  readonly name: string;
  readonly kind: string;
  /** As a file would give them. */
  readonly options: Guest['options'];
  readonly firstNic: number;
  /** Meant only where nothing else is called so. */
  readonly fallback?: true;
  readonly target: NodeTarget;
  /** It is a node of the topology already. */
  readonly known: boolean;
  /** A node whose container has another name by now, which `options` have. */
  readonly renamed?: true;
}

/** Nodes on a host, or on any, that the word may mean: the topology's own first, then what each kind takes it for. */
export function candidatesFor(
  reference: ParsedReference,
  known: Known,
  registries: Registries,
  host?: string,
): readonly Candidate[] {
  const there = known.nodes.filter(({ on }) => host === undefined || on.host === host);
  const named = reference.form === 'name' ? there.find((it) => it.name === reference.text) : undefined;
  const drivers = registries.nodes.all().filter((it) => reference.kind === undefined || it.kind === reference.kind);
  const place = { host: host ?? LOCAL_HOST, there };
  const found = drivers.flatMap((driver) => candidateOf(driver, reference, known, place, registries) ?? []);
  const own = named ? [knownCandidate(named)] : [];
  return distinct([...own, ...found.filter((it) => !own.some(({ name }) => it.known && it.name === name))]);
}

/** Where one is sought, and the topology's nodes that are there. */
interface Place {
  readonly host: string;
  readonly there: Known['nodes'];
}

function candidateOf(
  driver: NodeDriver,
  { form, text }: ParsedReference,
  known: Known,
  { host, there }: Place,
  registries: Registries,
): Candidate | undefined {
  const guest = driver.guest?.({ form, text });
  const options = guest && driver.options.safeParse(guest.options);
  if (!guest || !options?.success) return undefined;
  const same = there.find((it) => it.entry.kind === driver.kind && deepEqual(it.entry.options, options.data));
  return same ? knownCandidate(same) : newCandidate(driver, guest, options.data, known, host, registries);
}

export const knownCandidate = ({ name, entry, spec, on, locator, firstNic }: Known['nodes'][number]): Candidate => ({
  name,
  kind: entry.kind,
  options: spec.options as Guest['options'],
  firstNic,
  target: { name, on, locator },
  known: true,
});

function newCandidate(
  driver: NodeDriver,
  guest: Guest,
  options: unknown,
  known: Known,
  host: string,
  registries: Registries,
): Candidate {
  const name = freeName(guest.name, new Set(known.nodes.map((it) => it.name)));
  const { kind } = driver;
  const spec = {
    name,
    kind,
    host,
    topology: known.topology.name,
    options,
    env: {},
    expose: [],
    sysctls: {},
    path: ['nodes', name],
  };
  const { firstNic } = driver;
  return {
    name,
    kind,
    options: guest.options,
    ...(guest.fallback ? { fallback: true } : {}),
    firstNic: (typeof firstNic === 'function' ? firstNic(options as never) : firstNic) ?? 0,
    target: { name, on: { host, node: name }, locator: registries.nodes.need(kind).locate(spec as never) },
    known: false,
  };
}

/** While it is open which of several there is, each has a name of its own. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const taken = new Set<string>();
  return candidates.map((it) => {
    const name = freeName(it.name, taken);
    taken.add(name);
    return name === it.name ? it : { ...it, target: { ...it.target, name, on: { ...it.target.on, node: name } } };
  });
}

/** The one that is there; undefined: none is. Two that are there are a mistake, unless the topology has one of them. */
export function presentOf(
  candidates: readonly Candidate[],
  survey: Pick<Survey, 'nodes'>,
  { form, text }: ParsedReference,
): Candidate | undefined {
  const seen = new Map(survey.nodes.map((it) => [it.name, it]));
  const all = candidates.filter(({ target: { name } }) => isOneMore(seen.get(name)));
  const named = all.filter(({ fallback }) => !fallback);
  const there = named.length > 0 ? named : all;
  // A file that is there is what a path means, whatever container has such a name.
  const file = candidates.find(({ target }) => target.locator.by === 'path');
  if (form === 'path' && file && seen.get(file.target.name)?.state !== 'absent') return there.find((it) => it === file);
  const [first, second] = there;
  const own = there.find((it) => it.known && it.name === text);
  if (!own && first && second) fail(errors.guestTwice(text, first.kind, second.kind));
  return own ?? first;
}

/** It is there, and no other word for one before it: two kinds of engine may listen at one socket. */
const isOneMore = (it: SurveyedNode | undefined): boolean => it?.state === 'present' && it.same === undefined;

interface Asked {
  readonly known: Known;
  readonly registries: Registries;
  /** The machine that it is asked for on, where that is said. */
  readonly host?: HostTarget | undefined;
  /** What else there is. */
  readonly around: readonly NamedGuest[];
}

/** Why there is none. */
export function noGuest(
  word: string,
  candidates: readonly Candidate[],
  survey: Pick<Survey, 'nodes'>,
  { known, registries, host, around }: Asked,
): never {
  const other = host && known.nodes.find(({ name, on }) => name === word && on.host !== host.name);
  if (other) fail(errors.guestElsewhere(word, host.name, other.on.host));
  const why = whyNone(candidates, survey);
  const fault = why?.fault ?? errors.noGuest(word, guestKinds(registries.nodes), host?.name);
  const isThere = why !== undefined && (isRefused(why) || why.stopped);
  const others = [...known.nodes.map(({ name }) => ({ name })), ...around];
  throw new PipewrightError(isThere ? fault : withMeant(fault, parseReference(word, registries.nodes), others));
}

/** What was meant, as far as that can be told. */
export function whyNone(candidates: readonly Candidate[], survey: Pick<Survey, 'nodes'>): SurveyedNode | undefined {
  const asked = new Map(candidates.map((it) => [it.target.name, it]));
  const all = survey.nodes.filter((it) => asked.has(it.name));
  const named = all.filter((it) => !asked.get(it.name)?.fallback && it.stopped);
  const seen = named.length > 0 ? named : all;
  const known = seen.find(isRefused) ?? seen.find(({ stopped }) => stopped);
  return known ?? (seen.length === 1 ? seen[0] : undefined);
}

const isRefused = ({ state }: SurveyedNode): boolean => state === 'refused';
