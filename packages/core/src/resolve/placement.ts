import { type Diagnostic, LOCAL_HOST, problem } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { didYouMean } from '../parse/did-you-mean.js';
import { onCommandLine } from '../parse/source.js';
import type { NodeEntry, Topology } from '../topology.js';

/** What decides besides the text where nodes are. */
export interface Placing {
  /** Where nodes were put before, by their names. */
  readonly standing: ReadonlyMap<string, string>;
  /** The hosts to put them on, where the command names them. */
  readonly onto?: readonly string[] | undefined;
}

export const PLACED_NOWHERE: Placing = { standing: new Map() };

export interface Placed {
  /** With the host of each node. */
  readonly topology: Topology;
  /** The host of each node that was put there, not written there. */
  readonly placed: ReadonlyMap<string, string>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Puts nodes on hosts that do not say where they are. Who stands stays, as long as its host still takes it; the others
 * follow in the order of the file. So one node more moves no other.
 */
export function place(topology: Topology, placing: Placing): Placed {
  const unknown = unknownHosts(topology, placing);
  const free = topology.nodes.filter((it) => it.anywhere);
  if (unknown.length > 0) return { topology, placed: new Map(), diagnostics: unknown };
  if (placing.onto && free.length === 0)
    return { topology, placed: new Map(), diagnostics: [atOption(errors.nothingToPlace())] };
  const placed = new Map(written(topology, placing.standing));
  const diagnostics: Diagnostic[] = [];
  const room = new Room(topology, placing);
  for (const { name } of free) {
    const host = placing.standing.get(name);
    if (host !== undefined && room.keeps(host)) placed.set(name, room.take(host));
  }
  for (const { name, path } of free) {
    if (placed.has(name) || !room.isChosen) continue;
    const host = room.best();
    if (host === undefined) diagnostics.push(problem(errors.noRoom(name, room.hosts), path));
    else placed.set(name, room.take(host));
  }
  return { topology: { ...topology, nodes: topology.nodes.map((it) => onHost(it, placed)) }, placed, diagnostics };
}

const onHost = (node: NodeEntry, placed: ReadonlyMap<string, string>): NodeEntry => ({
  ...node,
  host: placed.get(node.name) ?? node.host,
});

/** What was put there, and is written out in the state that is remembered, is no less put there. */
const written = ({ nodes }: Topology, standing: ReadonlyMap<string, string>): readonly (readonly [string, string])[] =>
  nodes.flatMap(({ name, host, anywhere }) =>
    !anywhere && standing.get(name) === host ? [[name, host] as const] : [],
  );

/** How many nodes each host has, and may have. */
class Room {
  /** Those that nodes are put on. */
  readonly hosts: readonly string[];
  /** Somebody said that nodes are to be put somewhere. */
  readonly isChosen: boolean;
  readonly #topology: Topology;
  readonly #onto: readonly string[] | undefined;
  readonly #counts = new Map<string, number>();

  constructor(topology: Topology, { onto }: Placing) {
    this.#topology = topology;
    this.#onto = onto;
    this.isChosen = onto !== undefined || topology.placement !== undefined;
    this.hosts = onto ?? (topology.placement ? [...topology.takers.keys()] : []);
    for (const { host, anywhere } of topology.nodes) if (!anywhere) this.take(host);
  }

  take(host: string): string {
    this.#counts.set(host, this.#count(host) + 1);
    return host;
  }

  /** Whether a node that is there may stay. */
  keeps(host: string): boolean {
    // This machine also where the file does not name it: the command had.
    const known = this.#onto ?? [LOCAL_HOST, ...this.#topology.hosts.map(({ name }) => name)];
    return known.includes(host) && this.#takes(host);
  }

  /** Of several that are as good the first. */
  best(): string | undefined {
    const open = this.hosts.filter((it) => this.#takes(it));
    if (this.#topology.placement === 'pack') return open[0];
    const load = (host: string): number => (this.#count(host) + 1) / (this.#weight(host) ?? 1);
    return open.reduce<string | undefined>(
      (best, it) => (best !== undefined && load(best) <= load(it) ? best : it),
      undefined,
    );
  }

  #takes(host: string): boolean {
    const weight = this.#weight(host);
    return weight === undefined || (this.#topology.placement === 'pack' ? this.#count(host) < weight : weight > 0);
  }

  #count(host: string): number {
    return this.#counts.get(host) ?? 0;
  }

  #weight(host: string): number | undefined {
    return this.#topology.takers.get(host);
  }
}

function unknownHosts({ hosts }: Topology, { onto = [] }: Placing): readonly Diagnostic[] {
  const known = [LOCAL_HOST, ...hosts.map(({ name }) => name)];
  return onto
    .filter((it) => !known.includes(it))
    .map((it) => atOption(errors.noHostToPlaceOn(it, known, didYouMean(it, known))));
}

const atOption = (fault: Parameters<typeof problem>[0]): Diagnostic => ({
  ...problem(fault, []),
  at: onCommandLine('--host'),
});
