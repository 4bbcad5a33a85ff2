import type { Resource } from '@pipewright/plugin';
import { compile } from '../compile/compile.js';
import { deepEqual } from '../diff/compare.js';
import { parseTopology, sourceOf } from '../parse/index.js';
import type { Registries } from '../registry/registry.js';
import { type Had, inUseOf } from '../resolve/in-use.js';
import { resolve } from '../resolve/resolve.js';
import type { FoundGuest } from './find-guest.js';
import type { Known } from './known.js';
import type { State } from './remember.js';

/**
 * What stands on the host for all of the topology and is another thing now that a nic has left: a table of rules that named
 * it. None where what is left of the topology does not hold together: its next `up` says why.
 */
export function changedWithout(
  { tree, resources }: State,
  known: Known,
  { survey, guest }: Pick<FoundGuest, 'survey' | 'guest'>,
  before: Pick<Had, 'allotted' | 'shipped'>,
  registries: Registries,
): readonly Resource[] {
  const isOfAll = ({ on, shared, adopt, peer }: Resource): boolean =>
    on.node === undefined && on.host === guest.target.on.host && !shared && !adopt && !peer;
  if (!resources.some(isOfAll)) return []; // of what is attached alone there are bridges of others, and cables
  const { topology } = parseTopology(sourceOf(tree, 'the topology', undefined, known.source), registries);
  if (!topology) return [];
  const had = { ...before, inUse: inUseOf([...resources, ...survey.actual]), actual: survey.actual };
  const resolved = resolve(topology, registries, survey, had);
  const compiled = compile(topology, resolved.model, registries, resolved.contextOn);
  if ([...resolved.diagnostics, ...compiled.diagnostics].some(({ severity }) => severity === 'error')) return [];
  const was = new Map(resources.map((it) => [it.key, it.attrs]));
  return compiled.resources.filter((it) => {
    const old = was.get(it.key);
    return isOfAll(it) && old && !deepEqual(old, JSON.parse(JSON.stringify(it.attrs)));
  });
}
