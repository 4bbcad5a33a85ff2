import { type FabricDriver, type Path, z } from '@pipewright/plugin';
import type { FabricEntry } from '../../topology.js';
import type { Complaints } from '../complaints.js';
import type { EntryShapes } from '../kinds.js';
import { isMap } from '../source.js';
import { checkEntry } from './entry.js';

/** A kind, or a map with the kind and its options. What is in the map is checked by its kind's own schema. */
export const fabricKey = z
  .union([z.string(), z.looseObject({})])
  .meta({ description: 'what carries it between hosts, where its nodes are on several' });

/** What every fabric may have. */
export const fabricKeys = z.object({
  kind: z.string().optional().meta({ description: 'how frames go from host to host' }),
});

export type FabricShapes = EntryShapes<FabricDriver, typeof fabricKeys>;

export function parseFabric(
  written: z.output<typeof fabricKey> | undefined,
  path: Path,
  shapes: FabricShapes,
  complaints: Complaints,
): FabricEntry | undefined {
  if (written === undefined) return undefined;
  const tree = complaints.source.valueAt(path);
  const entry = checkEntry(tree !== undefined && isMap(tree) ? tree : { kind: written as string }, shapes, {
    path,
    name: 'the fabric',
    complaints,
  });
  return entry && { kind: entry.kind, options: entry.options, path };
}
