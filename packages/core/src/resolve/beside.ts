import { type AddressAttrs, isRef, type Key, type Resource } from '@pipewright/plugin';

/** What nics of others have that are where ours are: on the same bridge, or made on the same device. */
export function addressesBeside(ours: readonly Resource[], others: readonly Resource[]): readonly string[] {
  if (others.length === 0) return [];
  const carriers = new Set(ours.flatMap(carriersOf));
  const theirs = others.filter((it) => carriersOf(it).some((key) => carriers.has(key)));
  const devices = new Set(theirs.flatMap(({ key, peer }) => [key, ...(peer ? [peer.ref] : [])]));
  return others.flatMap(({ type, attrs }) => {
    if (type !== 'address') return [];
    const { dev, address } = attrs as AddressAttrs;
    return devices.has(dev.ref) ? [address] : [];
  });
}

const carriersOf = ({ type, attrs }: Resource): readonly Key[] =>
  type === 'device' ? [attrs['master'], attrs['link']].filter(isRef).map(({ ref }) => ref) : [];
