import { type Key, type Observed, type Placement, placeKey, type RawObserved, type Ref, ref } from '@pipewright/plugin';
import type { RawDevice } from './peers.js';

interface Upper {
  readonly it: RawObserved;
  readonly raw: RawDevice;
}

/** The device that another is made on, a VLAN's or a macvlan's, for all that have no far end (`paired`), be it one that was not read. */
export function relateLower(
  all: readonly RawObserved[],
  paired: ReadonlyMap<Key, unknown>,
): ReadonlyMap<Key, Observed> {
  const devices = all.filter((it) => it.type === 'device');
  const uppers = devices.filter(({ key }) => !paired.has(key)).flatMap(upperOf);
  if (uppers.length === 0) return new Map();
  const byNumber = new Map(devices.map((it) => [numbered(it.on, rawOf(it)?.ifindex), it]));
  const nodes = new Set(all.flatMap((it) => (it.makes === undefined ? [] : [String(it.attrs['name'])])));
  return new Map(
    uppers.flatMap(({ it, raw }) => {
      const on = placeOfLower(it, raw, nodes);
      const lower = on && byNumber.get(numbered(on, raw.link));
      return lower && lower !== it ? [[it.key, madeOn(it, ref(lower), raw)] as const] : [];
    }),
  );
}

/** Of two in one node the kernel removes the one with the other, but for tunnels. */
function madeOn(it: RawObserved, lower: Ref, { lone, linkNetnsid }: RawDevice): Observed {
  const made = { ...it, attrs: { ...it.attrs, link: lower } };
  return lone || linkNetnsid !== undefined || it.on.node === undefined ? made : { ...made, within: [lower] };
}

const rawOf = ({ raw }: RawObserved): RawDevice | undefined => raw as RawDevice | undefined;

function upperOf(it: RawObserved): readonly Upper[] {
  const raw = rawOf(it);
  return raw?.link === undefined || raw.cable ? [] : [{ it, raw }];
}

const numbered = (on: Placement, ifindex: number | undefined): string => `${placeKey(on)} ${String(ifindex)}`;

/** In another namespace it is the host's, from where devices are made, unless a name says that it is a node's. */
function placeOfLower({ on }: RawObserved, raw: RawDevice, nodes: ReadonlySet<string>): Placement | undefined {
  if (raw.linkNetnsid === undefined) return on;
  return on.node === undefined || nodes.has(raw.linkNetns ?? '') ? undefined : { host: on.host };
}
