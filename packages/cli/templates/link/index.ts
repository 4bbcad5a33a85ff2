import { cable, definePlugin, linkDriver, neighbour, type Nic, nicEnd, PLUGIN_API, z } from '@pipewright/plugin';

/** Addresses without their prefix lengths. */
const addressesOf = (nic: Nic): readonly string[] => nic.addresses.map((it) => it.replace(/[/].*/, ''));

/** For labs in which nothing but the packets under test shall be on the wire. */
export const sampleLink = linkDriver({
  kind: 'sample',
  summary: 'A cable whose ends know the MAC of each other, so that neither has to ask.',
  options: z.object({
    neighbours: z
      .enum(['both', 'first', 'none'])
      .default('both')
      .describe('Which ends know the MAC of the other: both, the first of `endpoints` only, or none.'),
  }),
  compile: ({ ends: [a, b], options }) => {
    const [first, second] = cable('veth', nicEnd(a), nicEnd(b));
    return [
      first,
      second,
      ...(options.neighbours === 'none' ? [] : addressesOf(b).map((it) => neighbour(first, it, b.mac))),
      ...(options.neighbours === 'both' ? addressesOf(a).map((it) => neighbour(second, it, a.mac)) : []),
    ];
  },
});

export default definePlugin({ name: 'sample', api: PLUGIN_API, version: '0.1.0', drivers: { links: [sampleLink] } });
