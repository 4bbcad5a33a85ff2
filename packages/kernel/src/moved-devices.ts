import {
  type Attrs,
  type Change,
  type DeviceAttrs,
  keyOf,
  type Moves,
  netlink,
  type Observed,
  type Op,
  type Origin,
  type Resource,
} from '@pipewright/plugin';
import { movedMark, parseMark } from './mark.js';

type MarkedDevice = DeviceAttrs & { readonly alias?: string; readonly group?: number };

/** What a device has beside its name, and must have again where it came from. */
const OWN = ['mac', 'mtu', 'up', 'promisc', 'alias', 'group'] as const;

/** What stands in a mark must be read from it again. */
const isPlain = (name: string): boolean => parseMark(movedMark('pipewright:t:i', name))?.was === name;

/** A device of the host that is lent to a node: it has neither been made nor may it be removed. */
export const deviceMoves: Moves<MarkedDevice> = {
  source: ({ on, moved }, among) => {
    const fitting = among.filter(
      (it): it is Observed<MarkedDevice> =>
        it.type === 'device' && it.on.node === undefined && it.on.host === on.host && isMeant(it.attrs, moved),
    );
    // A bridge has the MAC address of a port, a VLAN that of the NIC below it: hardware is what is meant.
    return fitting.find(({ attrs }) => attrs['kind'] === 'physical') ?? fitting[0];
  },
  // Who is root in a node can mark what he made himself: hardware nobody makes. On the host nobody else marks anything.
  isGenuine: ({ on, attrs }) => on.node === undefined || attrs.kind === 'physical',
  made: (wanted, of) => ({
    ...wanted,
    attrs: {
      ...wanted.attrs,
      kind: of.attrs.kind,
      alias: movedMark(wanted.attrs.alias ?? '', of.moved?.name ?? of.attrs.name),
    },
  }),
  home: (found, remembered) => {
    const { host } = found.on;
    const name = found.moved?.name ?? found.attrs.name;
    const key = keyOf('device', { host }, name);
    const old = remembered.find((it) => it.key === key);
    const { alias: _, master: _master, asPort: _asPort, ...rest } = found.attrs;
    const kept = Object.fromEntries(Object.entries(old?.attrs ?? {}).filter(([field]) => isOwn(field)));
    return { type: found.type, key, id: old?.id ?? name, on: { host }, attrs: { ...rest, ...kept, name } };
  },
};

const isOwn = (field: string): boolean => OWN.some((it) => it === field);

function isMeant({ name, mac }: { readonly name?: unknown; readonly mac?: unknown }, { ...of }: Origin = {}): boolean {
  return isPlain(String(name)) && (of.name === undefined ? mac === of.mac?.toLowerCase() : name === of.name);
}

/** Where the mark says that it came from. */
export function originIn(alias: unknown): Origin | undefined {
  const was = parseMark(alias)?.was;
  return was === undefined ? undefined : { name: was };
}

/** A move with all that changes by it, in one request. The kernel sets down what it moves. */
export function move({ fields }: Change, before: Observed<MarkedDevice>, after: Resource<MarkedDevice>): readonly Op[] {
  const changed = fields.filter(isOwn).map((field) => [field, after.attrs[field] ?? NONE[field]] as const);
  const attrs = { ...Object.fromEntries(changed), name: after.attrs.name, up: after.attrs.up ?? false };
  const macs = [...new Set([before.attrs.mac, after.attrs.mac])].filter((it) => it !== undefined);
  return [netlink(before.on, 'link', 'move', { name: before.attrs.name, to: { on: after.on, attrs }, macs })];
}

const NONE: Attrs = { alias: '', group: 0, promisc: false };
