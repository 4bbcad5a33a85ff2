import { didYouMean } from '@pipewright/core';
import { fail, type Observed, type RawObserved } from '@pipewright/plugin';
import { errors } from './errors.js';

/** What a device of the host leads to: numbers that mean something in this look only. */
export interface Lead {
  readonly ifindex: number;
  readonly link: number | undefined;
  /** The number that the host has for the namespace which `link` is in; undefined: its own. */
  readonly namespace: number | undefined;
}

export const leadOf = ({ raw }: RawObserved): Lead => ({
  ifindex: numberIn(raw, 'ifindex') ?? 0,
  link: numberIn(raw, 'link'),
  namespace: numberIn(raw, 'linkNetnsid'),
});

function numberIn(raw: RawObserved['raw'], field: string): number | undefined {
  const value = raw?.[field];
  return typeof value === 'number' ? value : undefined;
}

/** By its name or another that it has; of the machine that is called so, where it is another. */
export function deviceNamed(asked: string, devices: readonly RawObserved[], host?: string): RawObserved {
  const found = devices.find((it) => namesOf(it).includes(asked));
  return found ?? fail(errors.noSuchDevice(asked, didYouMean(asked, devices.flatMap(namesOf)), host));
}

const namesOf = ({ attrs: { name, altnames } }: RawObserved): readonly string[] =>
  [name, ...(Array.isArray(altnames) ? (altnames as readonly unknown[]) : [])].map(String);

/** The numbers of all namespaces that the device asked for, its ports included, leads to; of all devices where none is. */
export function wantedNumbers(host: readonly RawObserved[], asked: RawObserved | undefined): ReadonlySet<number> {
  const isMeant = (it: RawObserved): boolean => asked === undefined || it === asked || isPortOf(it, asked);
  return new Set(host.filter(isMeant).flatMap((it) => leadOf(it).namespace ?? []));
}

const isPortOf = ({ attrs: { master } }: Observed, { key }: Observed): boolean =>
  (master as { readonly ref?: string } | null | undefined)?.ref === key;

/** A namespace whose number nobody knows may be any of them. */
export const isWanted = (number: number | null | undefined, wanted: ReadonlySet<number>): boolean =>
  number === undefined ? wanted.size > 0 : number !== null && wanted.has(number);
