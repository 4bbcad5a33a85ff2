import {
  type Executor,
  type HostFacts,
  type HostTarget,
  LOCAL_HOST,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import type { Registries } from '../registry/registry.js';
import { type Candidate, candidatesFor, knownCandidate, noGuest, presentOf, whyNone } from './guests.js';
import type { Known } from './known.js';
import { parseReference } from './reference.js';

/** A guest, with the look that found it. */
export interface FoundGuest {
  readonly guest: Candidate;
  /** What its machine is. */
  readonly facts: HostFacts;
  /** That machine, where it is another. */
  readonly host: HostTarget | undefined;
  readonly request: SurveyRequest;
  readonly survey: Survey;
}

interface Parts {
  readonly known: Known;
  readonly registries: Registries;
  readonly executor: Executor;
  /** The machine that it is asked for on, where that is said. */
  readonly host?: HostTarget | undefined;
}

/** The machine to look at for a guest, where it is not this one: that which is said, else that of the node that it is. */
export function hostOfGuest(
  word: string,
  { host, known, registries }: Omit<Parts, 'executor'>,
): HostTarget | undefined {
  if (host || known.topology.hosts.length === 0) return host;
  const own = candidatesFor(parseReference(word, registries.nodes), known, registries).find((it) => it.known);
  return known.topology.hosts.find(({ name }) => name === own?.target.on.host);
}

/** Looks at the host and at what the word may mean. `orKnown`: the topology's own will do, there or gone. */
export async function findGuest(word: string, parts: Parts, orKnown = false): Promise<FoundGuest> {
  const found = await findByWord(word, parts, orKnown);
  const other = (await underItsOtherName(found, parts)) ?? (await underItsNewName(found, parts));
  return other ?? (orKnown ? await underItsId(found, parts) : undefined) ?? found;
}

/**
 * A namespace that is a node of the topology by another word: the process of a container, one that shares its namespace.
 * A nic there tells of it, and as anybody in there may have written that, both words are looked at once more.
 */
async function underItsOtherName({ guest, host, survey }: FoundGuest, parts: Parts): Promise<FoundGuest | undefined> {
  const { known } = parts;
  const { name, on } = guest.target;
  const nics = survey.actual.filter(
    (it) => it.type === 'device' && it.on.node === name && it.owner === known.topology.name,
  );
  const other = guest.known
    ? undefined
    : known.nodes.find((it) => it.on.host === on.host && nics.some(({ id }) => id.startsWith(`${it.name}/`)));
  if (!other) return undefined;
  const its = knownCandidate(other);
  const both = await look([its, guest], host, parts, { nodesOnly: true });
  if (!both.survey.nodes.some((it) => it.same !== undefined)) return undefined;
  return foundAs(its, host, parts);
}

/** A node whose container was given a nic under another name: its id tells. */
async function underItsNewName({ guest, host, survey }: FoundGuest, parts: Parts): Promise<FoundGuest | undefined> {
  const { target, options } = guest;
  const id = containerOf(target.name, survey);
  if (guest.known || id === undefined) return undefined;
  const { containers, nodes } = parts.known;
  const other = nodes.find((it) => it.on.host === target.on.host && containers[it.name] === id);
  if (!other) return undefined;
  const { name, on } = other;
  return foundAs({ ...knownCandidate(other), options, renamed: true, target: { ...target, name, on } }, host, parts);
}

/** The container that a node was when it was given a nic: by now nobody or another has its name. */
async function underItsId({ guest, host, survey }: FoundGuest, parts: Parts): Promise<FoundGuest | undefined> {
  const { target } = guest;
  const id = parts.known.containers[guest.name];
  if (!guest.known || id === undefined || containerOf(target.name, survey) === id) return undefined;
  if (target.locator.by !== 'container') return undefined;
  const it = await foundAs({ ...guest, target: { ...target, locator: { ...target.locator, name: id } } }, host, parts);
  return containerOf(target.name, it.survey) === undefined ? undefined : it;
}

/** The id of the container that a node is. */
export const containerOf = (node: string, { nodes }: Survey): string | undefined =>
  nodes.find(({ name }) => name === node)?.container;

async function foundAs(guest: Candidate, host: HostTarget | undefined, parts: Parts): Promise<FoundGuest> {
  const whole = await look([guest], host, parts);
  return { guest, host, ...whole, facts: factsOf(whole.survey, host) };
}

async function findByWord(word: string, parts: Parts, orKnown: boolean): Promise<FoundGuest> {
  const { known, registries } = parts;
  const reference = parseReference(word, registries.nodes);
  const host = hostOfGuest(word, parts);
  const candidates = candidatesFor(reference, known, registries, host?.name ?? LOCAL_HOST);
  const isOpen = candidates.length > 1;
  const { request, survey } = await look(candidates, host, parts, isOpen ? { nodesOnly: true } : {});
  const own = orKnown ? candidates.find((it) => it.known) : undefined;
  const guest = own ?? presentOf(candidates, survey, reference);
  if (!guest) {
    const why = whyNone(candidates, survey);
    const it = candidates.find(({ target }) => target.name === why?.name);
    if (!it || it.target.name === it.name) return none(word, candidates, survey, { ...parts, host });
    const own = [underItsName(it)];
    return none(word, own, (await look(own, host, parts, { nodesOnly: true })).survey, { ...parts, host });
  }
  const called = survey.nodes.find(({ name }) => name === guest.target.name)?.called;
  if (called !== undefined && !guest.known) return findByWord(`${guest.kind}:${called}`, { ...parts, host }, orKnown);
  if (!isOpen) return { guest, host, request, survey, facts: factsOf(survey, host) };
  const named = underItsName(guest);
  const whole = await look([named], host, parts);
  // It may have gone just now.
  return own || presentOf([named], whole.survey, reference)
    ? { guest: named, host, ...whole, facts: factsOf(whole.survey, host) }
    : none(word, [named], whole.survey, { ...parts, host });
}

/** Says so, and what else there is that may have been meant. */
async function none(word: string, candidates: readonly Candidate[], survey: Survey, parts: Parts): Promise<never> {
  const asked = await look(candidates, parts.host, parts, { nodesOnly: true, around: true });
  return noGuest(word, candidates, survey, { ...parts, around: asked.survey.around ?? [] });
}

/** Among others it may have been looked at under another one. */
const underItsName = ({ name, target, ...guest }: Candidate): Candidate => ({
  ...guest,
  name,
  target: { ...target, name, on: { ...target.on, node: name } },
});

const factsOf = ({ facts, elsewhere }: Survey, host: HostTarget | undefined): HostFacts =>
  (host && elsewhere?.[host.name]) ?? facts;

/** The host's own namespace and those of the candidates: no others. */
async function look(
  candidates: readonly Candidate[],
  host: HostTarget | undefined,
  { known, executor }: Parts,
  how: Pick<SurveyRequest, 'nodesOnly' | 'around'> = {},
): Promise<{ readonly request: SurveyRequest; readonly survey: Survey }> {
  const nodes = candidates.map((it) => it.target);
  const names = new Set([undefined, ...nodes.map((it) => it.name)]);
  const on = host?.name ?? LOCAL_HOST;
  const applied = known.resources.filter((it) => it.on.host === on && names.has(it.on.node));
  const hosts = host ? { hosts: [host] } : {};
  const about = { topology: known.topology.name, ...hosts, nodes, wanted: [], applied };
  const request: SurveyRequest = { ...about, alone: true, ...how };
  return { request, survey: await executor.survey(request) };
}
