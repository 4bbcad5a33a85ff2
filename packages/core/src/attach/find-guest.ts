import { type Executor, fail, LOCAL_HOST, type Survey, type SurveyRequest } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import { type Candidate, candidatesFor, noGuest, presentOf } from './guests.js';
import type { Known } from './known.js';
import { parseReference } from './reference.js';

/** A guest, with the look that found it. */
export interface FoundGuest {
  readonly guest: Candidate;
  readonly request: SurveyRequest;
  readonly survey: Survey;
}

interface Parts {
  readonly known: Known;
  readonly registries: Registries;
  readonly executor: Executor;
}

/** Looks at the host and at what the word may mean. `orKnown`: the topology's own will do, there or gone. */
export async function findGuest(word: string, parts: Parts, orKnown = false): Promise<FoundGuest> {
  const { known, registries } = parts;
  const reference = parseReference(word, registries.nodes);
  const candidates = candidatesFor(reference, known, registries);
  for (const { known, name, target } of candidates)
    if (known && target.on.host !== LOCAL_HOST) fail(errors.guestElsewhere(name, target.on.host));
  const isOpen = candidates.length > 1;
  const { request, survey } = await look(candidates, parts, isOpen ? { nodesOnly: true } : {});
  const own = orKnown ? candidates.find((it) => it.known) : undefined;
  const guest = own ?? presentOf(candidates, survey, reference);
  if (!guest) return noGuest(word, candidates, survey, registries);
  const called = survey.nodes.find(({ name }) => name === guest.target.name)?.called;
  if (called !== undefined && !guest.known) return findGuest(`${guest.kind}:${called}`, parts, orKnown);
  if (!isOpen) return { guest, request, survey };
  const { name } = guest;
  const named = { ...guest, target: { ...guest.target, name, on: { ...guest.target.on, node: name } } };
  const whole = await look([named], parts);
  // It may have gone just now.
  return own || presentOf([named], whole.survey, reference)
    ? { guest: named, ...whole }
    : noGuest(word, [named], whole.survey, registries);
}

/** The host's own namespace and those of the candidates: no others. */
async function look(
  candidates: readonly Candidate[],
  { known, executor }: Parts,
  how: Pick<SurveyRequest, 'nodesOnly'> = {},
): Promise<{ readonly request: SurveyRequest; readonly survey: Survey }> {
  const nodes = candidates.map((it) => it.target);
  const names = new Set([undefined, ...nodes.map((it) => it.name)]);
  const applied = known.resources.filter((it) => it.on.host === LOCAL_HOST && names.has(it.on.node));
  const request: SurveyRequest = { topology: known.topology.name, nodes, wanted: [], applied, ...how };
  return { request, survey: await executor.survey(request) };
}
