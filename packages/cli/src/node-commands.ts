import { didYouMean, type PlacedNode, placeNodes, type Topology } from '@pipewright/core';
import { isNamed } from '@pipewright/host';
import {
  type ContainerCommand,
  type Engines,
  type ExecOptions,
  fail,
  type HostTarget,
  type NodeSpec,
  type Placement,
} from '@pipewright/plugin';
import type { Engine } from './engine.js';
import { errors } from './errors.js';

/** How commands are run in the nodes of a topology. */
export class NodeCommands {
  readonly #nodes: ReadonlyMap<string, PlacedNode>;

  constructor(
    private readonly topology: Topology,
    private readonly engine: Engine,
  ) {
    this.#nodes = new Map(placeNodes(topology, engine.registries).map((it) => [it.name, it]));
  }

  /** What runs `command` in the node; throws where there is no such node. */
  command(node: string, command: readonly string[], how: ExecOptions = {}): readonly string[] | ContainerCommand {
    const { spec, locator } = this.#node(node);
    // The registry has forgotten the type of the driver's options; they were parsed by its own schema.
    const runs = this.engine.registries.nodes.need(spec.kind).exec(spec as never, command, how);
    const isElsewhere = this.#targetOf(spec.host) !== undefined;
    if (!isElsewhere && locator.by === 'name' && !isNamed(locator.name)) fail(errors.notUp(`Node "${node}"`));
    return 'engine' in runs ? runs : this.#reaching(spec.host, runs, how);
  }

  /** Throws where the node is on another host and not there, or that is not reached: ssh and `ip` tell it by code 255, as a program may. */
  async checkThere(node: string): Promise<void> {
    const { name, on, locator, spec } = this.#node(node);
    const target = this.#targetOf(spec.host);
    if (!target) return;
    const nodes = [{ name, on, locator }];
    const request = { topology: this.topology.name, hosts: [target], nodes, wanted: [], applied: [] };
    const found = await this.engine.executor.survey({ ...request, nodesOnly: true });
    if (found.nodes.some(({ state }) => state === 'absent')) fail(errors.notUp(`Node "${node}" on host "${on.host}"`));
  }

  /** Those of the host that a node is on. */
  async enginesOf(node: string): Promise<Engines> {
    const { executor, engines } = this.engine;
    const target = this.#targetOf(this.#node(node).spec.host);
    return (target && (await executor.other?.(target))?.engines) ?? engines;
  }

  /** The argv that runs a command of the host in the network namespace of a node, once that was surveyed. */
  within(node: string, command: readonly string[]): readonly string[] {
    return this.at(this.#node(node).on, command);
  }

  /** As `within`, of a place. */
  at(on: Placement, command: readonly string[]): readonly string[] {
    const way = this.engine.executor.way(on);
    return this.#reaching(on.host, way === undefined ? command : ['nsenter', `--net=${way}`, ...command]);
  }

  /** A node's words are of its host. */
  #reaching(host: string, argv: readonly string[], { tty }: ExecOptions = {}): readonly string[] {
    const target = this.#targetOf(host);
    return target ? (this.engine.executor.reach?.(target, argv, { tty: tty === true }) ?? argv) : argv;
  }

  #targetOf(host: string): HostTarget | undefined {
    return this.topology.hosts.find(({ name }) => name === host);
  }

  spec(node: string): NodeSpec {
    return this.#node(node).spec;
  }

  #node(node: string): PlacedNode {
    const known = [...this.#nodes.keys()];
    return this.#nodes.get(node) ?? fail(errors.unknownNode(node, this.topology.name, known, didYouMean(node, known)));
  }
}
