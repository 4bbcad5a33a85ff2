import { type Diagnostic, type FeatureOutcome, type NodeSlots, problem } from '@pipewright/plugin';
import { errors } from '../errors.js';

const EMPTY: NodeSlots = { env: {}, hosts: {}, mounts: {} };

/** Joins what the features put into the slots of nodes; two writers of one key are an error that names both. */
export function joinSlots(outcomes: readonly { readonly kind: string; readonly outcome: FeatureOutcome }[]): {
  readonly of: (node: string) => NodeSlots;
  readonly diagnostics: readonly Diagnostic[];
} {
  const slots = new Map<string, NodeSlots>();
  const writers = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const { kind, outcome } of outcomes)
    for (const [node, filled] of Object.entries(outcome.slots ?? {})) {
      for (const [slot, values] of Object.entries(filled))
        for (const key of Object.keys(values)) {
          const place = `${slot} ${key}`;
          const other = writers.get(`${node} ${place}`);
          if (other !== undefined)
            diagnostics.push(problem(errors.twoWriters(place, node, other, kind), ['nodes', node]));
          writers.set(`${node} ${place}`, kind);
        }
      const before = slots.get(node) ?? EMPTY;
      slots.set(node, {
        env: { ...before.env, ...filled.env },
        hosts: { ...before.hosts, ...filled.hosts },
        mounts: { ...before.mounts, ...filled.mounts },
      });
    }
  return { of: (node) => slots.get(node) ?? EMPTY, diagnostics };
}
