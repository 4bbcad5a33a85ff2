import { type Found, type OffloadAttrs, type Resource, resourceType, z } from '@pipewright/plugin';
import { nameOf } from './iproute2.js';

/** How the kernel is asked for a feature and told of it: ETHTOOL_* of linux/ethtool.h, ETH_FLAG_* where there is a bit. */
export interface Offload {
  readonly get: number;
  readonly set: number;
  /** Of a number in which other features have other bits. */
  readonly bit?: number;
  /** What `ethtool -k` calls it. */
  readonly printed: string;
}

const flag = (bit: number, printed: string): Offload => ({ get: 0x25, set: 0x26, bit: 1 << bit, printed });

/** By the word that `ethtool -K` takes. */
export const OFFLOADS: Readonly<Record<string, Offload>> = {
  rx: { get: 0x14, set: 0x15, printed: 'rx-checksumming' },
  tx: { get: 0x16, set: 0x17, printed: 'tx-checksumming' },
  sg: { get: 0x18, set: 0x19, printed: 'scatter-gather' },
  tso: { get: 0x1e, set: 0x1f, printed: 'tcp-segmentation-offload' },
  gso: { get: 0x23, set: 0x24, printed: 'generic-segmentation-offload' },
  gro: { get: 0x2b, set: 0x2c, printed: 'generic-receive-offload' },
  lro: flag(15, 'large-receive-offload'),
  rxvlan: flag(8, 'rx-vlan-offload'),
  txvlan: flag(7, 'tx-vlan-offload'),
  ntuple: flag(27, 'ntuple-filters'),
  rxhash: flag(28, 'receive-hashing'),
};

/** A number of ethtool's about a device; undefined where there is no such device, or it has no such thing. */
type Ask = (device: string, command: number) => number | undefined;

const isOn = ({ get, bit }: Offload, device: string, ask: Ask): boolean | undefined => {
  const value = ask(device, get);
  return value === undefined ? undefined : (bit === undefined ? value : value & bit) !== 0;
};

/** The command of ethtool's that turns a feature on or off, and its number. */
export function offloadRequest(
  { device, feature, on }: { readonly device: string; readonly feature: string; readonly on: boolean },
  ask: Ask,
): { readonly command: number; readonly value: number } | undefined {
  const known = OFFLOADS[feature];
  if (!known) return undefined;
  const { get, set: command, bit } = known;
  if (bit === undefined) return { command, value: Number(on) };
  const old = ask(device, get) ?? 0;
  return { command, value: (on ? old | bit : old & ~bit) >>> 0 };
}

type Wanted = Resource<OffloadAttrs>;

const foundAs = ({ attrs, within = [] }: Wanted, on: boolean | undefined): readonly Found<OffloadAttrs>[] =>
  on === undefined ? [] : [{ attrs: { ...attrs, state: on ? 'on' : 'off' }, within }];

const READ = 'for it do echo "= $it"; ethtool -k "$it" 2> /dev/null || :; done';

/** `= eth0`, then `tx-checksumming: off [fixed]` and the like. */
function parse(stdout: string, wanted: readonly Wanted[]): readonly Found<OffloadAttrs>[] {
  const states = new Map<string, boolean>();
  let device = '';
  for (const line of stdout.split('\n')) {
    const [, name] = /^= (.+)$/.exec(line) ?? [];
    const [, feature, state] = /^(\S+): (on|off)/.exec(line) ?? [];
    if (name !== undefined) device = name;
    else if (feature !== undefined) states.set(`${device} ${feature}`, state === 'on');
  }
  return wanted.flatMap((it) => {
    const { dev, feature } = it.attrs;
    return foundAs(it, states.get(`${nameOf(dev)} ${OFFLOADS[feature]?.printed ?? ''}`));
  });
}

/** A feature of a device that it may do itself or leave to the kernel. Nothing marks it, and it is always there. */
export const offload = resourceType<OffloadAttrs>({
  type: 'offload',
  get attrs() {
    return z.object({
      dev: z.object({ ref: z.string() }),
      feature: z.enum(Object.keys(OFFLOADS)),
      state: z.enum(['on', 'off']),
    });
  },
  classes: { dev: 'fixed', feature: 'fixed' },
  lasting: true,
  name: ({ dev, feature }) => `${nameOf(dev)} ${feature}`,
  queries: [],
  parse: () => [],
  point: (wanted) => ({
    argv: ['sh', '-c', READ, 'sh', ...new Set(wanted.map(({ attrs: { dev } }) => nameOf(dev)))],
    parse: (stdout) => parse(stdout, wanted),
    direct: ({ ethtool }) =>
      wanted.flatMap((it) => {
        const known = OFFLOADS[it.attrs.feature];
        return known ? foundAs(it, isOn(known, nameOf(it.attrs.dev), ethtool)) : [];
      }),
  }),
  // What a device can, it does by itself.
  byItself: (it) => ({ ...it, attrs: { ...it.attrs, state: 'on' } }),
  write: ({ after, on }) =>
    after
      ? [{ op: 'offload', on, device: nameOf(after.attrs.dev), feature: after.attrs.feature, state: after.attrs.state }]
      : [],
});
