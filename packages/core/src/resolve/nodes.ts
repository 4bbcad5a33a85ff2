import type { Family, Locator, ModelNode, NodeSpec, NodeTarget, Placement } from '@pipewright/plugin';
import { isManaged } from '../parse/kinds.js';
import type { Registries } from '../registry/registry.js';
import type { NodeEntry, Topology } from '../topology.js';

/** A node with its place found: where its namespace is, and whether it is ours to make. */
export interface PlacedNode {
  readonly entry: NodeEntry;
  readonly name: string;
  readonly spec: NodeSpec;
  readonly on: Placement;
  readonly locator: Locator;
  readonly managed: boolean;
  readonly firstNic: number;
  /** A node that is there already has ways out of its own. */
  readonly leadsOut: readonly Family[];
  readonly more: Pick<ModelNode, 'files' | 'hostname' | 'hosts' | 'engine' | 'shipped'>;
}

export function placeNodes(topology: Topology, registries: Registries): readonly PlacedNode[] {
  return topology.nodes.map((entry) => {
    const driver = registries.nodes.need(entry.kind);
    const { name, kind, host, options, env, expose, madeWith: sysctls, loopback, path } = entry;
    const spec: NodeSpec = { name, kind, host, topology: topology.name, options, env, expose, sysctls, loopback, path };
    const locator = driver.locate(spec as never);
    const managed = isManaged(driver, options);
    return {
      entry,
      name,
      spec,
      locator,
      // The host's namespace is one place, whatever node stands for it.
      on: locator.by === 'host' ? { host } : { host, node: name },
      managed,
      firstNic: (typeof driver.firstNic === 'function' ? driver.firstNic(options as never) : driver.firstNic) ?? 0,
      leadsOut: managed ? (driver.leadsOut?.(options as never) ?? []) : [4, 6],
      more: {
        ...(driver.files ? { files: driver.files(spec as never) } : {}),
        ...given('hostname', driver.hostname?.(options as never)),
        ...given('hosts', driver.hosts?.(options as never)),
        ...given('engine', driver.engine),
      },
    };
  });
}

export const targetOf = ({ name, on, locator }: PlacedNode): NodeTarget => ({ name, on, locator });

const given = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>;
