import { asArray, deviceTowards, type HostFacts, parseIp } from '@pipewright/plugin';

/** Where the other ends are, and over which device. */
export interface Ends {
  readonly remotes?: string | readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly local?: string | undefined;
  readonly dev?: string | undefined;
}

/** What each frame grows by: Ethernet 14, VXLAN 8, UDP 8, and IPv4 20 or IPv6 40 (RFC 7348, 5). */
const overhead = (ends: Ends): number => (endsOf(ends).some((it) => parseIp(it)?.family === 6) ? 70 : 50);

const ETHERNET_MTU = 1500;

/** All that the tunnel is told to send to. */
export const endsOf = ({ remotes, group }: Ends): readonly string[] => [
  ...asArray(remotes),
  ...(group === undefined ? [] : [group]),
];

/** The devices that carry it, as far as they are known. */
const carriersOf = (ends: Ends, facts: HostFacts): HostFacts['devices'] =>
  ends.dev === undefined
    ? endsOf(ends).flatMap((it) => deviceTowards(it, facts) ?? [])
    : facts.devices.filter(({ name }) => name === ends.dev);

/** The one that carries least. */
export function narrowest(ends: Ends, facts: HostFacts): { readonly name: string; readonly mtu: number } | undefined {
  const known = carriersOf(ends, facts).flatMap(({ name, mtu }) => (mtu === undefined ? [] : [{ name, mtu }]));
  return known.sort((a, b) => a.mtu - b.mtu)[0];
}

/** What is left for a frame's payload. */
export const room = (ends: Ends, carries: number = ETHERNET_MTU): number => carries - overhead(ends);
