import type { LedgerEntry, Resource, SurveyRequest, TransactionStart } from '@pipewright/plugin';
import type { DeviceKinds, Registries, ResourceTypes } from '../registry/registry.js';
import { isUnknown } from '../resolve/known.js';
import { runsIn } from '../resolve/last-places.js';
import type { Planned } from '../stages.js';
import { concernedBy, keysOf } from './left-behind.js';
import { byKey } from './ours.js';

/** All that undoing a plan takes, in this process or in a later one. */
export function startOf(
  command: string,
  planned: Planned,
  origin: Pick<LedgerEntry, 'source' | 'base'> | undefined,
  registries: Pick<Registries, 'types' | 'deviceKinds'>,
): TransactionStart {
  const { plan, survey } = planned;
  return {
    topology: plan.topology,
    command,
    ...(origin ? { origin: { source: origin.source, base: origin.base } } : {}),
    request: requestToUndo(planned, registries),
    before: concernedBy(keysOf(plan.changes), plan.topology, survey.actual),
  };
}

/**
 * The look that undoing starts with. What the plan makes counts as applied, as nothing else says whose it is where the
 * kernel keeps no mark; nodes are asked for that only their marks told of, as they may have gone since.
 */
function requestToUndo(
  { plan, survey, request }: Planned,
  { types, deviceKinds }: Pick<Registries, 'types' | 'deviceKinds'>,
): SurveyRequest {
  const made = plan.changes.flatMap(({ action, after }) => (action === 'create' && after ? [after] : []));
  const applied = byKey([...request.applied, ...made]);
  const claims = (all: Iterable<Resource>) => [...all].flatMap((it) => claimOf(it, types) ?? []);
  return {
    topology: plan.topology,
    ...(request.hosts ? { hosts: request.hosts } : {}),
    nodes: survey.nodes
      .filter((it) => !isUnknown(it, survey.silent ?? []))
      .map(({ name, on, locator }) => ({ name, on, locator })),
    wanted: claims(request.wanted.filter(({ key }) => !applied.has(key))),
    applied: [
      ...claims(applied.values()),
      ...plan.changes.flatMap((it) =>
        [it.before, it.after].flatMap((each) => (each && bareOf(each, deviceKinds)) ?? []),
      ),
    ],
  };
}

/** What /dev/net/tun makes has no mark for a moment, when it is put back either: it is known by what it is then. */
const bareOf = ({ type, key, id, on, attrs: { name, kind } }: Resource, kinds: DeviceKinds): Resource | undefined =>
  typeof kind === 'string' && kinds.get(kind)?.tuntap
    ? { type, key, id, on, attrs: { name, kind, group: 0, up: false } }
    : undefined;

/**
 * What no look tells by itself. Of devices and namespaces the mark says all. Routes and rules have a mark that does not
 * say for which topology: what we made of them is known by its attributes, and what is pointed at is asked for by them. The
 * record of a process calls its place as that was called then: as it was applied it has the name of today.
 */
function claimOf(it: Resource, types: ResourceTypes): Resource | undefined {
  const { type, key, id, on, attrs, shared, within } = it;
  const { point, mark, exclusive } = types.need(type);
  const runs = runsIn(it, types);
  if (mark && exclusive && !point && !shared && runs === undefined) return undefined;
  const claim = { type, key, id, on, attrs: point || mark ? attrs : {}, ...(shared ? { shared } : {}) };
  // Whose it is may be told by what it is on.
  return (point !== undefined || runs !== undefined) && within ? { ...claim, within } : claim;
}
