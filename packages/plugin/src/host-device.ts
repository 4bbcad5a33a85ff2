import { device, type DeviceAttrs, deviceNameIn } from './constructors.js';
import type { Compiled } from './drivers.js';
import { type Diagnostic, type Fault, problem, warning } from './errors.js';
import type { HostFacts, NetworkSpec } from './model.js';
import { type Attrs, isRef, keyOf, type Placement, type Resource } from './resource.js';

type Facts = Pick<HostFacts, 'devices'>;

/** A device of the host that others are made on, or that packets go over: it is left as it is. */
export const hostDevice = (on: Placement, name: string, { devices }: Facts, id: string): Resource<DeviceAttrs> =>
  device(on, name, { kind: devices.find((it) => it.name === name)?.kind ?? 'physical' }, { id, adopt: true });

/** Devices of the host that may serve as such, by name. */
export const ordinary = ({ devices }: Facts, isFit: (kind: string) => boolean = () => true): readonly string[] =>
  devices.filter(({ kind }) => kind !== 'loopback' && isFit(kind)).map(({ name }) => name);

/** What is said of mistakes: rows of a plugin's table of errors. */
export interface ParentFaults {
  readonly noParent: (network: string, parent: string, there: readonly string[]) => Fault;
  readonly mtuOverParent: (network: string, mtu: number, parent: string, most: number) => Fault;
  readonly parentDown: (network: string, parent: string) => Fault;
  /** Of a port of another device, where nothing can be on one. */
  readonly parentIsPort?: (network: string, parent: string, master: string) => Fault;
  readonly unfitParent?: (network: string, parent: string, kind: string) => Fault;
}

export interface ParentRules {
  readonly faults: ParentFaults;
  /** Kinds of devices that the kernel makes none of these on. */
  readonly unfit?: ReadonlySet<string>;
  /** Kinds that are proposed where the parent is missing; by default all that are not unfit. */
  readonly proposed?: (kind: string) => boolean;
  /** Nothing on one that is down comes up, so that it is a mistake and no warning. */
  readonly mustBeUp?: boolean;
}

/** What is wrong with the device of the host that a network's nics are to be made on. */
export function parentProblems(
  { name, segment, mtu, options: { parent }, path }: NetworkSpec<{ readonly parent: string }>,
  facts: Facts,
  { faults, unfit = new Set(), proposed = (kind) => !unfit.has(kind), mustBeUp = false }: ParentRules,
): Compiled {
  const at = [...path, 'parent'];
  const key = keyOf('device', segment, parent);
  const found = facts.devices.find((it) => it.name === parent);
  // A host has a loopback device at least: with no device at all nothing is known of it.
  if (!found)
    return facts.devices.length === 0
      ? []
      : [{ ...problem(faults.noParent(name, parent, ordinary(facts, proposed)), at), missing: key }];
  if (unfit.has(found.kind) && faults.unfitParent) return [problem(faults.unfitParent(name, parent, found.kind), at)];
  const isDown = (fault: Fault): Diagnostic => (mustBeUp ? problem : warning)(fault, at);
  return [
    ...(found.mtu !== undefined && mtu > found.mtu
      ? [problem(faults.mtuOverParent(name, mtu, parent, found.mtu), path)]
      : []),
    ...(found.master !== undefined && faults.parentIsPort
      ? [problem(faults.parentIsPort(name, parent, found.master), at)]
      : []),
    ...(found.up === false ? [isDown(faults.parentDown(name, parent))] : []),
  ];
}

/**
 * Of kinds with a mode in which one device takes all of what it is made on. Who is on that already may be in any
 * namespace, and the kernel says no more than that it does not want to (macvlan_common_newlink: EINVAL).
 */
export const refusedOnParent =
  (whole: string) =>
  ({ mode, link }: Attrs, words: string): string | undefined => {
    if (!isRef(link) || !/invalid argument/i.test(words)) return undefined;
    const parent = deviceNameIn(link);
    return mode === whole
      ? `in mode ${whole} it has all of ${parent}, and something is made on that already, maybe in a container`
      : `maybe something in mode ${whole} has all of ${parent}`;
  };
