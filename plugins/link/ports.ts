import type { ExposedPorts, PortProtocol } from '@pipewright/plugin';

export interface Port {
  readonly number: number;
  readonly protocol: PortProtocol;
}

/** First and last of a run of ports. */
export type Run = readonly [first: Port, last: Port];

/** Every port once, in no order. */
export function portsOf(given: readonly ExposedPorts[]): readonly Port[] {
  const all = given.flatMap(({ ports: [first, last], protocol }) =>
    Array.from({ length: last - first + 1 }, (_, index): Port => ({ number: first + index, protocol })),
  );
  return [...new Map(all.map((it) => [`${it.number}/${it.protocol}`, it])).values()];
}

export const countOf = (all: readonly ExposedPorts[]): number =>
  all.reduce((sum, { ports: [first, last] }) => sum + last - first + 1, 0);

/** What differs between the versions of Docker. */
export interface PortRules {
  /** The first is told as the service's own. */
  readonly inOrder: (ports: readonly Port[]) => readonly Port[];
  /** Of ports in that order. */
  readonly runsOf: (all: readonly Port[]) => readonly Run[];
}
