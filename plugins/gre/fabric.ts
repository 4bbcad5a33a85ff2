import { type FabricDriver, fabricDriver, type FabricEnd, type FabricSpec, parseIp } from '@pipewright/plugin';
import { type FabricOptions, fabricOptions, KEYS } from './options.js';
import { overheadOf, tunnel } from './tunnel.js';

/** Of IP protocols. */
const GRE = 47;

/**
 * A tunnel from each host to each other, in which nothing that came by one tunnel leaves by another; or, with a hub, one
 * from each to that, which passes on what arrives. Either way nothing goes in a circle.
 */
export const greFabric: FabricDriver = fabricDriver({
  kind: 'gre',
  summary: 'Ethernet in GRE, a tunnel from each host to each other, or to a hub.',
  options: fabricOptions,
  ids: KEYS,
  id: (it) => it.key,
  idOf: ({ attrs: { kind, key } }) =>
    (kind === 'gretap' || kind === 'ip6gretap') && typeof key === 'number' ? key : undefined,
  overhead: (it, family) => overheadOf({ ...it, key: KEYS[0] }, family === 6),
  traffic: (_, key) => ({ protocol: GRE, key }),
  compile: (fabric, { names }) => {
    const { network, segment, id: key, options, here, switch: master, mtu } = fabric;
    return reachedBy(fabric).map(({ host, underlay: remote }) =>
      tunnel(
        {
          segment,
          words: [network, 'gre', host],
          id: `${network}:${host}`,
          six: parseIp(remote)?.family === 6,
          remote,
          local: here.underlay,
          link: null,
          master,
          mtu,
          isolated: here.host !== options.hub,
        },
        { ...options, key },
        names,
      ),
    );
  },
});

/** To which hosts it has tunnels. */
export const reachedBy = ({ here, others, options: { hub } }: FabricSpec<FabricOptions>): readonly FabricEnd[] =>
  hub === undefined || here.host === hub ? others : others.filter(({ host }) => host === hub);
