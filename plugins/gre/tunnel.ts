import {
  device,
  type DeviceAttrs,
  portMac,
  type Names,
  type Ref,
  type Resource,
  type Segment,
} from '@pipewright/plugin';
import type { FabricOptions } from './options.js';

const [ETHERNET, GRE, FIELD, IPV4, IPV6] = [14, 4, 4, 20, 40];

/** What each frame grows by (RFC 2784, RFC 2890). */
export const overheadOf = (
  it: { readonly key?: number | undefined; readonly csum: boolean },
  overIpv6: boolean,
): number => ETHERNET + GRE + (it.key === undefined ? 0 : FIELD) + (it.csum ? FIELD : 0) + (overIpv6 ? IPV6 : IPV4);

/** A port of a network's switch that leads to one machine. */
export interface Port {
  readonly segment: Segment;
  /** What its name is made of. */
  readonly words: readonly string[];
  readonly id: string;
  readonly six: boolean;
  readonly remote: string;
  readonly local: string | null;
  readonly link: Ref | null;
  readonly master: Ref;
  readonly mtu: number;
  /** What comes by it goes into no other tunnel. */
  readonly isolated: boolean;
}

export const tunnel = (
  { segment, words, id, six, remote, local, link, master, mtu, isolated }: Port,
  it: FabricOptions,
  names: Names,
): Resource<DeviceAttrs> =>
  device(
    segment,
    names.device(...words),
    {
      kind: six ? 'ip6gretap' : 'gretap',
      remote,
      local,
      key: it.key ?? null,
      csum: it.csum,
      ttl: it.ttl,
      tos: it.tos,
      ...(six ? { plain: true } : {}),
      link,
      mac: portMac(names, ...words),
      mtu,
      altnames: names.altnames(...words),
      master,
      asPort: { of: 'bridge', isolated },
      up: true,
    },
    { id },
  );
