import type { TopologyInput } from '@pipewright/core';
import { flag, list, text, type Values } from './option.js';

/** Every command has these. */
export const globalOptions = {
  file: text('FILE', 'the topology file; - is standard input', { alias: 'f' }),
  name: text('NAME', "the topology by name, or the name that overrides the file's", { alias: 'n' }),
  json: flag('print JSON'),
  quiet: flag('say nothing but errors and what was asked for', { alias: 'q' }),
  verbose: flag('say more; of errors, the causes too', { alias: 'v' }),
  plugin: list('SPEC', 'load a plugin: a package or a path; may be repeated'),
};

/** A command on a topology takes it from the command line too. */
export const topologyOptions = {
  ...globalOptions,
  network: list('SPEC', 'a network: NAME=KIND[,OPTION=VALUE]…; may be repeated'),
  node: list('SPEC', 'a node: NAME[=KIND][,OPTION=VALUE]…; may be repeated'),
  link: list('SPEC', 'a cable: NODE:NIC,NODE:NIC; may be repeated'),
};

/** Those that change something. */
export const changingOptions = {
  ...topologyOptions,
  'dry-run': flag('show what would be done and do nothing'),
  yes: flag('do not ask', { alias: 'y' }),
};

/** Those that may put nodes somewhere. */
export const placingOptions = {
  host: list('HOST', 'put nodes that do not say where they are on this host of the topology; may be repeated'),
};

/** Those that make nodes anew. */
export const recreatingOptions = {
  recreate: list('NODE', 'make this node anew, though nothing of it has changed; may be repeated'),
};

/** Those of hosts that are lost. */
export const forgettingOptions = {
  forget: list(
    'HOST',
    'a machine that will not come back: nothing is asked of it, and what stands there is remembered no more; may be repeated',
  ),
};

export const placedOnto = (input: TopologyInput, hosts: readonly string[]): TopologyInput =>
  hosts.length > 0 ? { ...input, onto: hosts } : input;

export const checkOption = { check: flag('exit with 3 where there is a difference') };

export type GlobalValues = Values<typeof globalOptions>;
export type TopologyValues = Values<typeof topologyOptions>;
