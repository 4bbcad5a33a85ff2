import { didYouMean, placeNodes, type Topology } from '@pipewright/core';
import { fail, type NodeSpec } from '@pipewright/plugin';
import type { Engine } from './engine.js';
import { errors } from './errors.js';

/** How commands are run in the nodes of a topology. */
export class NodeCommands {
  readonly #specs: ReadonlyMap<string, NodeSpec>;

  constructor(
    private readonly topology: Topology,
    private readonly engine: Engine,
  ) {
    this.#specs = new Map(placeNodes(topology, engine.registries).map(({ name, spec }) => [name, spec]));
  }

  /** The argv that runs `command` in the node; throws where there is no such node. */
  argv(node: string, command: readonly string[]): readonly string[] {
    const spec = this.spec(node);
    // The registry has forgotten the type of the driver's options; they were parsed by its own schema.
    return this.engine.registries.nodes.need(spec.kind).exec(spec as never, command);
  }

  spec(node: string): NodeSpec {
    const known = [...this.#specs.keys()];
    return this.#specs.get(node) ?? fail(errors.unknownNode(node, this.topology.name, known, didYouMean(node, known)));
  }
}
