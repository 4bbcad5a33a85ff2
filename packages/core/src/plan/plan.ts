import { placeKey, type ResourceType, type WriteContext } from '@pipewright/plugin';
import type { Changes } from '../diff/diff.js';
import { placeMadeBy } from '../diff/graph.js';
import type { Registries } from '../registry/registry.js';
import type { Plan, PlannedOp } from '../stages.js';
import { impactOf } from './impact.js';
import { busiestFirst, goesLast, imply, order, pair } from './passes.js';
import { byPlace, type Piece, stagesOf } from './stages.js';
import { expand, invert, losing, returning, type Step } from './steps.js';

type Known = Pick<Registries, 'types' | 'deviceKinds'>;

interface Setting extends Known {
  /** Places whose namespaces come in this plan, and in undoing it, with things of others in them. */
  readonly furnished: Readonly<Record<'forward' | 'inverse', ReadonlySet<string>>>;
}

/** Changes → stages of ops, by a literal list of passes. */
export function plan(topology: string, { changes, notes }: Changes, known: Known): Plan {
  const { types } = known;
  const { unmakes, makes } = expand(changes); // a replacement is the old away, the new there
  const going = busiestFirst([...imply(unmakes, types), ...returning(changes), ...losing(changes, unmakes)]);
  const away = (isLast: boolean) => order(pair(going.filter((it) => goesLast(it, types) === isLast)), true); // users before what they use
  const there = order(pair(makes), false); // what is used before its users
  // All that goes goes first: a name, an address or a port must be free before its next owner comes.
  const furnished = { forward: furnishedBy(makes), inverse: furnishedBy(unmakes) };
  const stages = [away(false), there, away(true)].flatMap((it) => stagesOf(pieces(it, { ...known, furnished })));
  return { topology, changes, stages, impact: impactOf(changes), notes };
}

const furnishedBy = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(steps.flatMap(({ subject: it }) => (it.furnished ? (placeMadeBy(it) ?? []) : [])));

/** Pass 5. Each step's ops, split where the namespace they are asked from changes; all pieces of a step stay in order. */
function pieces(ordered: ReturnType<typeof order>, setting: Setting): readonly Piece[] {
  const ends = new Map<Step, readonly Piece[]>();
  return ordered.flatMap(({ step, after }) => {
    // A step that needs no op hands on what it waited for.
    let waits = after.flatMap((it) => ends.get(it) ?? []);
    const own = written(step, setting).map(({ on, op }) => {
      const piece: Piece = { on, op, after: waits };
      waits = [piece];
      return piece;
    });
    ends.set(step, waits);
    return own;
  });
}

/** The whole undoing goes with the first piece: once that has run, there may be something to undo. */
function written(
  step: Step,
  { types, deviceKinds, furnished }: Setting,
): readonly { readonly on: Piece['on']; readonly op: PlannedOp }[] {
  const type = types.need(step.subject.type);
  const comesTo = (way: keyof Setting['furnished']): boolean => furnished[way].has(placeKey(step.subject.on));
  const context = (inverse: boolean): WriteContext => ({
    ...contextOf(step, inverse),
    ...(comesTo(inverse ? 'inverse' : 'forward') ? { furnished: true } : {}),
    deviceKind: (kind) => deviceKinds.get(kind),
  });
  const forward = step.implied ? [] : type.write(step.change, context(false));
  const inverse = type.write(invert(step.change), context(true));
  const makesRoom = type.shelf && step.verb === 'unmake' && comesTo('inverse');
  const of = { changes: [step.of], ...halfOf(step), ...(makesRoom ? { makesRoom } : {}) };
  const first = { ...of, ...finalOf(step, type) };
  const runs = byPlace(forward);
  if (runs.length === 0)
    return inverse.length === 0 ? [] : [{ on: step.subject.on, op: { ...first, forward: [], inverse } }];
  return runs.map(({ on, ops }, index) => ({
    on,
    op: index === 0 ? { ...first, forward: ops, inverse } : { ...of, forward: ops, inverse: [] },
  }));
}

function finalOf({ verb, change }: Step, { finish }: ResourceType): Pick<PlannedOp, 'final'> {
  const final = verb === 'unmake' && change.before ? (finish?.(change.before) ?? []) : [];
  return final.length > 0 ? { final } : {};
}

const halfOf = ({ verb, of }: Step): Pick<PlannedOp, 'half'> =>
  of.action === 'replace' ? { half: verb === 'unmake' ? 'old' : 'new' } : {};

function contextOf(step: Step, inverse: boolean): WriteContext {
  const peer = step.peer && (inverse ? invert(step.peer.change) : step.peer.change);
  return { role: step.role, ...(peer ? { peer } : {}) };
}
