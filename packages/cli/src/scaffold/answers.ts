import { basename } from 'node:path';
import type { Registries } from '@pipewright/core';
import { fail, type NetworkDriver, topologyName } from '@pipewright/plugin';
import { errors as readErrors } from '../read/errors.js';
import { errors } from './errors.js';
import { type FirstNetwork, given, kindField, nameField, networkField, type NodeKind, nodesField } from './fields.js';
import type { Ask } from './interview.js';
import type { FirstTopology } from './topology-text.js';

/** What options say of a first topology, each in its own words. */
export interface Said {
  readonly name?: string | undefined;
  readonly nodes?: string | undefined;
  readonly network: readonly string[];
  readonly kind?: string | undefined;
}

export const isSaid = ({ name, nodes, network, kind }: Said): boolean =>
  name !== undefined || nodes !== undefined || network.length > 0 || kind !== undefined;

/** What to begin with where nothing is said, in the same words. */
export interface Suggested {
  readonly name: string;
  readonly nodes: string;
  readonly network: string;
  readonly kind: string;
  /** That may be chosen from: those whose nodes are made, not only found. */
  readonly kinds: readonly string[];
}

export function suggested(folder: string, { nodes }: Pick<Registries, 'nodes'>): Suggested {
  const kinds = nodes.kinds().filter((it) => nodes.get(it)?.managed !== false);
  return {
    name: nameOf(folder),
    nodes: '2',
    network: 'lan=10.10.0.0/24',
    kind: nodes.default()?.kind ?? kinds[0] ?? '',
    kinds,
  };
}

/** The folder's, as far as it may be the name of a topology. */
function nameOf(folder: string): string {
  const word = basename(folder)
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .replaceAll(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 63);
  return topologyName.safeParse(word).success ? word : 'lab';
}

export interface Answers {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly networks: readonly FirstNetwork[];
  readonly kind: NodeKind;
}

export function answersSaid(said: Said, { kinds, ...otherwise }: Suggested): Answers {
  const networks = said.network.length > 0 ? said.network : [otherwise.network];
  return {
    name: given(nameField, said.name ?? otherwise.name),
    nodes: given(nodesField, said.nodes ?? otherwise.nodes),
    networks: different(networks.map((it) => given(networkField, it))),
    kind: given(kindField(kinds), said.kind ?? otherwise.kind),
  };
}

export const answersAsked = async (ask: Ask, { kinds, ...otherwise }: Suggested): Promise<Answers> => ({
  name: await ask(nameField, otherwise.name),
  nodes: await ask(nodesField, otherwise.nodes),
  networks: [await ask(networkField, otherwise.network)],
  kind: await ask(kindField(kinds), otherwise.kind),
});

function different(networks: readonly FirstNetwork[]): readonly FirstNetwork[] {
  const twice = networks.find(({ name }, index) => networks.findIndex((it) => it.name === name) < index);
  return twice ? fail(readErrors.givenTwice('--network', twice.name)) : networks;
}

export function firstTopology(answers: Answers, plugins: readonly string[], registries: Registries): FirstTopology {
  const { name, nodes, networks, kind } = answers;
  const isDefault = kind.kind === registries.nodes.default()?.kind && kind.options.length === 0;
  const network = registries.networks.all().find(needsNothing) ?? fail(errors.noNetworkKind());
  return {
    name,
    plugins,
    nodes,
    networks: networks.map((it) => ({ ...it, kind: network.kind })),
    nodeKind: isDefault ? undefined : kind,
  };
}

/** It makes its device itself, and has no option that must be given. */
const needsNothing = ({ join, options }: NetworkDriver): boolean =>
  join?.({ name: 'any' }) !== undefined && options.safeParse({}).success;
