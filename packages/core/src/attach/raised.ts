import type { Change, Observed } from '@pipewright/plugin';
import { changeOf } from '../diff/change-of.js';
import type { FoundGuest } from './find-guest.js';

/** As it will be when these devices of the host are up. */
export function withRaised(found: FoundGuest, names: readonly string[]): FoundGuest {
  if (names.length === 0) return found;
  const devices = found.facts.devices.map((it) => (names.includes(it.name) ? { ...it, up: true } : it));
  const facts = { ...found.facts, devices };
  return { ...found, facts, survey: { ...found.survey, facts } };
}

/** What sets those up that are down. They stay somebody else's. */
export const raisings = (names: readonly string[], host: string, actual: readonly Observed[]): readonly Change[] =>
  actual.flatMap((it) => {
    const { type, on, attrs } = it;
    const isMeant =
      type === 'device' && on.host === host && on.node === undefined && names.includes(String(attrs['name']));
    if (!isMeant || attrs['up'] !== false) return [];
    const { owner: _, facts: _facts, lacks: _lacks, ...device } = it;
    const after = { ...device, attrs: { ...attrs, up: true } };
    return [changeOf('update', it, after, { fields: ['up'], reason: 'nothing passes while it is down' })];
  });
