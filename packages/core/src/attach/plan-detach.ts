import {
  type Allotted,
  fail,
  type LedgerEntry,
  type Observed,
  type Resource,
  samePlace,
  type Survey,
} from '@pipewright/plugin';
import { withoutHomes } from '../apply/replaced.js';
import { type Changes, diff, refuseFirst } from '../diff/diff.js';
import { errors } from '../errors.js';
import type { PipelineParts } from '../pipeline.js';
import { plan } from '../plan/plan.js';
import type { DraftNic } from '../resolve/nics.js';
import { findGuest, type FoundGuest } from './find-guest.js';
import { type Known, knownOf } from './known.js';
import { containersIn, isEmpty, isRemembered, type State, withoutNics, withResources } from './remember.js';
import type { DetachRequest, PlannedNic } from './request.js';
import { changedWithout } from './rest.js';
import { neededBy, nicScope, ofNic, unseen } from './scope.js';

/** A nic of a guest goes, and what was there for it alone. Of a guest that is gone it is forgotten. */
export async function planDetach(asked: DetachRequest, parts: PipelineParts, before: Allotted): Promise<PlannedNic> {
  const { registries, last } = parts;
  const { types } = registries;
  const known = knownOf(asked.topology, last, registries);
  const found = await findGuest(asked.guest, { ...parts, known, host: asked.host }, true);
  const { guest, request, survey } = found;
  const nic = namedNic(asked, found) ?? onlyNic(asked, found, known);
  const id = `${guest.name}/${nic}`;
  refuseForeign(id, nic, asked, found);
  const own = known.nics.filter((it) => it.nic.node === guest.name);
  const state = withoutNics(known, new Set([id, ...madeOn(nic, own)]), types);
  const applied = ofNic(id, known.resources, types);
  const end = known.nics.some((it) => it.nic.id === id) && isEmpty(state);
  const rest = end ? [] : changedWithout(state, known, found, { allotted: before, shipped: last?.shipped }, registries);
  const left = (later: Survey): Changes =>
    diff(
      {
        topology: asked.topology,
        desired: rest,
        actual: later.actual,
        scope: end ? () => true : nicScope(ofNic(id, later.actual, types, applied)),
        applied: end ? known.resources : neededBy(applied, known.resources),
        replaced: last?.replaced ?? [],
        unseen: unseen(parts.others, known.resources, later),
      },
      registries,
    );
  const changes = left(survey);
  refuseFirst(changes);
  const home = changes.changes.flatMap((it) => (it.before?.moved ? [it.key] : []));
  const replaced = withoutHomes(last?.replaced ?? [], home);
  const remembered = last && !end ? lessened(last, state, rest, replaced) : undefined;
  return {
    draft: undefined,
    request,
    survey,
    model: undefined,
    allotted: new Map(),
    desired: rest,
    plan: plan(asked.topology, changes, registries),
    left,
    warnings: [],
    node: guest.name,
    nic,
    remembered,
    current: changes.changes.length === 0 && isRemembered(last, remembered),
  };
}

function lessened(
  { containers = {}, ...last }: LedgerEntry,
  state: State,
  rest: readonly Resource[],
  replaced: readonly Resource[],
): LedgerEntry {
  const resources = withResources(state, new Set(), rest);
  return { ...last, source: state.tree, resources, replaced, ...containersIn(state, containers) };
}

/** Those on those on it, too: they go with it. */
const madeOn = (name: string, own: readonly DraftNic[]): readonly string[] =>
  own.filter(({ entry }) => entry.parent === name).flatMap(({ nic }) => [nic.id, ...madeOn(nic.name, own)]);

const devicesOn = ({ guest, survey }: FoundGuest): readonly Observed[] =>
  survey.actual.filter((it) => it.type === 'device' && samePlace(it.on, guest.target.on));

/** Where it has a long name, its device has another one, which is what the kernel lists first. */
function namedNic({ nic, topology }: DetachRequest, found: FoundGuest): string | undefined {
  const device = devicesOn(found).find((it) => it.owner === topology && it.attrs['name'] === nic);
  return device ? nicNameIn(device.id) : nic;
}

const nicNameIn = (id: string): string => id.slice(id.indexOf('/') + 1);

/** By what is remembered, and by the marks on what is there. */
function onlyNic({ guest: word, topology }: DetachRequest, found: FoundGuest, known: Known): string {
  const own = known.nics.filter(({ nic }) => nic.node === found.guest.name).map(({ nic }) => nic.name);
  const marked = devicesOn(found).filter((it) => it.owner === topology);
  const names = [...new Set([...own, ...marked.map((it) => nicNameIn(it.id))])];
  const [name, ...more] = names;
  if (name === undefined) return fail(errors.nothingAttached(word, topology));
  return more.length > 0 ? fail(errors.whichNic(word, names)) : name;
}

function refuseForeign(id: string, nic: string, { guest, topology }: DetachRequest, found: FoundGuest): void {
  const device = devicesOn(found).find((it) => it.id === id || it.attrs['name'] === nic);
  if (device && device.owner !== topology) fail(errors.notAttached(nic, guest, device.owner));
}
