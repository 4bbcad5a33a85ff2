import { checkPlugins, type LoadedPlugin, parseSource, type ReadyPlugin, type TopologyInput } from '@pipewright/core';
import { resourceTypes } from '@pipewright/kernel';
import { PLUGIN_API, type PluginDefinition } from '@pipewright/plugin';
import { MemoryKernel } from '../memory/kernel/memory-kernel.js';
import type { FaultCase } from './cases.js';
import { type Command, type Scenario, scenario, whole } from './scenario.js';
import { machineOf, World } from './world.js';

const readyOf = (plugins: readonly PluginDefinition[]): readonly ReadyPlugin[] =>
  checkPlugins(
    [{ name: 'kernel', api: PLUGIN_API, resources: resourceTypes }, ...plugins].map(
      (plugin): LoadedPlugin => ({ plugin, options: {}, from: 'built in' }),
    ),
  );

const inputs = new Map<string, TopologyInput>();

function input(text: string): TopologyInput {
  const known = inputs.get(text);
  if (known) return known;
  const read = { source: parseSource(text, { file: 'pipewright.yaml', env: {} }), base: '/' };
  inputs.set(text, read);
  return read;
}

const signal = new AbortController().signal;

export interface Scenarios {
  readonly up: Scenario;
  readonly down: Scenario;
  readonly change: Scenario;
}

/** Commands of topologies with these plugins. */
export class Commands {
  readonly #plugins: readonly ReadyPlugin[];

  constructor(plugins: readonly PluginDefinition[]) {
    this.#plugins = readyOf(plugins);
  }

  async scenariosOf({ text, edited, machine }: FaultCase): Promise<Scenarios> {
    const first = await scenario(new World(machine(), this.#plugins), this.up(text));
    const there = await whole(first);
    const [last, change] = [await scenario(there, this.down(text)), await scenario(there, this.up(edited))];
    return { up: first, down: last, change };
  }

  up(text: string): Command {
    return {
      topology: this.#nameOf(text),
      plan: (topologies) => topologies.plan(input(text)),
      run: (topologies, planned) => topologies.up(input(text), planned, signal),
    };
  }

  down(text: string): Command {
    const topology = this.#nameOf(text);
    return {
      topology,
      plan: (topologies) => topologies.planDown(topology, topologies.check(input(text))),
      run: (topologies, planned) => topologies.down(planned, signal),
    };
  }

  #nameOf(text: string): string {
    return new World(machineOf(new MemoryKernel()), this.#plugins).live().topologies.check(input(text)).topology.name;
  }
}
