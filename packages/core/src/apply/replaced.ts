import type { LedgerEntry, Resource } from '@pipewright/plugin';
import type { ResourceTypes } from '../registry/registry.js';
import type { Planned } from '../stages.js';

/** What the lasting things of a topology were before us: as remembered, else as found, else as a new namespace has them. */
export function replacedBy(
  { desired, survey }: Pick<Planned, 'desired' | 'survey'>,
  last: LedgerEntry | undefined,
  types: ResourceTypes,
): readonly Resource[] {
  const applied = new Set(last?.resources.map((it) => it.key));
  const found = survey.actual.filter((it) => !applied.has(it.key));
  const before = new Map([...survey.initial, ...found, ...(last?.replaced ?? [])].map((it) => [it.key, it]));
  return desired.flatMap((it) => (types.need(it.type).lasting ? (before.get(it.key) ?? []) : []));
}
