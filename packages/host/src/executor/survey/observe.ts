import { parseMark } from '@pipewright/kernel';
import {
  type DeviceKind,
  type FeatureDriver,
  type Found,
  type Key,
  keyOf,
  type Observed,
  type Placement,
  placeKey,
  type RawObserved,
  type ReadContext,
  type ResourceType,
  type SurveyedNode,
  type SurveyRequest,
} from '@pipewright/plugin';
import { questionOf } from './answers.js';
import { ownerOf, type Place } from './ownership.js';
import type { Read } from './read.js';

/** The kinds there are: what reads, what it reads of each kind of device, and what asks for more facts. */
export interface Kinds {
  readonly types: { all(): readonly ResourceType[] };
  readonly deviceKinds: { get(kind: string): DeviceKind | undefined };
  readonly features: readonly Pick<FeatureDriver, 'programs'>[];
}

/** Reads what namespaces answered, as resources. `nodes` are those of the survey, as far as it is known. */
export function parserOf(
  nodes: readonly SurveyedNode[],
  { applied, wanted }: SurveyRequest,
  { types, deviceKinds }: Kinds,
): (read: Read) => readonly RawObserved[] {
  const ids = new Map([...applied, ...wanted].map((it) => [it.key, it.id]));
  const context = { ...byPresence(nodes), deviceKind: (kind: string) => deviceKinds.get(kind) };
  const asking = types.all().map((type) => ({ type, questions: type.queries.map(questionOf) }));
  return ({ on, answers, pointed }) => {
    const answered = asking.filter(({ questions }) => questions.every((it) => answers.has(it)));
    const dumped = answered.map(({ type, questions }) => ({
      type,
      found: type.parse(
        questions.map((it) => answers.get(it)),
        { ...context, on },
      ),
    }));
    return [...dumped, ...pointed].flatMap(({ type, found }) => found.map((it) => observed(it, type, on, ids)));
  };
}

const byPresence = (nodes: readonly SurveyedNode[]): Pick<ReadContext, 'nodes' | 'absent'> => ({
  nodes: nodes.filter(({ state }) => state === 'present'),
  absent: nodes.filter(({ state }) => state === 'absent'),
});

function observed(found: Found, type: ResourceType, on: Placement, ids: ReadonlyMap<Key, string>): RawObserved {
  const name = type.name(found.attrs);
  const key = keyOf(type.type, on, name);
  // What the topology calls it, else what its mark does, else its place and name.
  const id =
    ids.get(key) ?? parseMark(found.attrs['alias'])?.id ?? (on.node === undefined ? name : `${on.node}/${name}`);
  return { type: type.type, key, id, on, ...found };
}

/** All that was parsed, related to each other across namespaces, each with its owner. */
export function observe(parsed: readonly RawObserved[], request: SurveyRequest, kinds: Kinds): readonly Observed[] {
  return owned(related(parsed, request, kinds), request, kinds);
}

function related(
  all: readonly RawObserved[],
  { wanted, applied }: SurveyRequest,
  { types }: Kinds,
): readonly RawObserved[] {
  const declared = [...applied, ...wanted];
  return types.all().reduce((known, { relate }) => {
    const better = relate?.(known, declared);
    return better && better.size > 0 ? known.map((it) => better.get(it.key) ?? it) : known;
  }, all);
}

function owned(all: readonly RawObserved[], request: SurveyRequest, kinds: Kinds): readonly Observed[] {
  const types = new Map(kinds.types.all().map((type) => [type.type, type]));
  const [applied, wanted] = [request.applied, request.wanted].map((it) => new Set(it.map(({ key }) => key)));
  const claims = { topology: request.topology, applied: applied ?? new Set(), wanted: wanted ?? new Set() };
  const places = placesOf(all, types, request.topology);
  return all.map((it) => {
    const [type, place] = [types.get(it.type), places.get(placeKey(it.on))];
    const owner = type && place ? ownerOf(it, type, place, claims) : undefined;
    const { raw: _, ...seen } = it;
    return owner === undefined ? seen : { ...seen, owner };
  });
}

function placesOf(
  all: readonly RawObserved[],
  types: ReadonlyMap<string, ResourceType>,
  topology: string,
): ReadonlyMap<string, Place> {
  const byPlace = new Map<string, RawObserved[]>();
  for (const it of all) {
    const same = byPlace.get(placeKey(it.on));
    if (same) same.push(it);
    else byPlace.set(placeKey(it.on), [it]);
  }
  const marked = (ofPlace: readonly RawObserved[]): Place['marked'] =>
    new Map(
      ofPlace.flatMap((it) => {
        const owner = it.type === 'device' ? types.get(it.type)?.owner?.(it, ofPlace, topology) : undefined;
        return owner === undefined ? [] : [[it.key, owner] as const];
      }),
    );
  return new Map([...byPlace].map(([key, ofPlace]) => [key, { all: ofPlace, marked: marked(ofPlace) }]));
}
