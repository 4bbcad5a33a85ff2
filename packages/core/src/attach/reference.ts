import { fail, type GuestReference } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { NodeDrivers } from '../registry/registry.js';

/** A word for a guest, taken apart; `kind` where it names one. */
export interface ParsedReference extends GuestReference {
  readonly kind?: string;
}

export function parseReference(word: string, nodes: Pick<NodeDrivers, 'all'>): ParsedReference {
  if (/^\.{0,2}\//.test(word)) return { form: 'path', text: word };
  const [, kind, text] = /^([^:]*):(.*)$/s.exec(word) ?? [];
  if (kind === undefined || text === undefined) return { form: 'name', text: word };
  const known = guestKinds(nodes);
  return known.includes(kind) ? { form: 'kind', kind, text } : fail(errors.unknownKind(kind, known));
}

/** Kinds of nodes that can be spoken of on a command line. */
export const guestKinds = (nodes: Pick<NodeDrivers, 'all'>): readonly string[] =>
  nodes.all().flatMap((driver) => (driver.guest ? [driver.kind] : []));
