import type { Draft } from '@pipewright/core';
import type { DeviceAttrs, Resource } from '@pipewright/plugin';

/** A device that a topology has, or may have, on the host: where programs that configure networks see it. */
export interface HostDevice {
  readonly name: string;
  readonly kind: string;
}

/** What a host must have for a topology. */
export interface Needs {
  readonly topology: string;
  /** Kinds of its nodes. */
  readonly nodeKinds: ReadonlySet<string>;
  /** Kinds of all devices that are made for it. */
  readonly deviceKinds: ReadonlySet<string>;
  /** What is said of these devices: `bridge vlanFiltering`. */
  readonly deviceOptions: ReadonlySet<string>;
  readonly hostDevices: readonly HostDevice[];
  /** All that it has there. */
  readonly resources: readonly Resource[];
}

export function needsOf({ model, desired }: Pick<Draft, 'model' | 'desired'>, host: string): Needs {
  const its = desired.filter(({ on }) => on.host === host);
  const made = its.filter((it): it is Resource<DeviceAttrs> => it.type === 'device' && it.adopt !== true);
  return {
    topology: model.topology,
    nodeKinds: new Set(model.nodes.flatMap(({ kind, on }) => (on.host === host ? [kind] : []))),
    deviceKinds: new Set(made.map(({ attrs }) => attrs.kind)),
    deviceOptions: new Set(
      made.flatMap(({ attrs: { kind, ...it } }) => Object.keys(it).map((field) => `${kind} ${field}`)),
    ),
    hostDevices: made.filter(({ on }) => on.node === undefined).map(({ attrs: { name, kind } }) => ({ name, kind })),
    resources: its,
  };
}

/** The topology of single nics that no file tells of. */
const ADHOC = 'adhoc';

/** Without a topology everything might be made, and nothing must be. */
export const noNeeds = (kinds: readonly string[]): Needs => ({
  topology: ADHOC,
  nodeKinds: new Set(),
  deviceKinds: new Set(),
  deviceOptions: new Set(),
  hostDevices: kinds.map((kind) => ({ name: `${ADHOC}-node-eth0`, kind })),
  resources: [],
});
