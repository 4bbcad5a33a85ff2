import { type Found, keyOf, type NeighbourAttrs, netlink, type ReadContext, resourceType, z } from '@pipewright/plugin';
import { ownerByProtocol, PROTOCOL } from './mark.js';
import { ip, numberOf, rowsOf } from './rows.js';
import { setsDown } from './set-down.js';

type MarkedNeighbour = NeighbourAttrs & { readonly protocol?: number };

interface IpNeighbour {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr: string;
  readonly protocol: string;
}

function read(
  { dst, dev, lladdr, protocol }: Partial<IpNeighbour>,
  { on }: ReadContext,
): readonly Found<MarkedNeighbour>[] {
  if (dst === undefined || dev === undefined || lladdr === undefined) return [];
  const device = { ref: keyOf('device', on, dev) };
  return [{ attrs: { to: dst, mac: lladdr, dev: device, protocol: numberOf(protocol, 0) }, within: [device] }];
}

export const neighbour = resourceType<MarkedNeighbour>({
  type: 'neighbour',
  get attrs() {
    return z.object({
      to: z.string(),
      mac: z.string(),
      dev: z.object({ ref: z.string() }),
      protocol: z.int().optional(),
    });
  },
  name: ({ to, dev }) => `${dev.ref.slice(dev.ref.lastIndexOf('/') + 1)} ${to}`,
  mark: (it) => ({ ...it, attrs: { ...it.attrs, protocol: PROTOCOL } }),
  owner: (found, all) => ownerByProtocol(found, all, found.attrs.dev.ref),
  queries: [ip({ object: 'neighbour' }, 'neigh', 'show', 'nud', 'permanent')],
  parse: ([answer], context) => rowsOf<IpNeighbour>(answer).flatMap((row) => read(row, context)),
  lostBy: (_, change) => setsDown(change),
  write: ({ before, after, on }) =>
    after
      ? [netlink(on, 'neighbour', 'replace', after.attrs)]
      : before
        ? [netlink(on, 'neighbour', 'del', before.attrs)]
        : [],
});
