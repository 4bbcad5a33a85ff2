import { type FabricDriver, fabricDriver, parseIp } from '@pipewright/plugin';
import { fabricOptions, KEYS } from './options.js';
import { overheadOf, tunnel } from './tunnel.js';

/** A tunnel from each host to each other: a full mesh, in which nothing that came by one tunnel leaves by another. */
export const greFabric: FabricDriver = fabricDriver({
  kind: 'gre',
  summary: 'Ethernet in GRE, a tunnel from each host to each other.',
  options: fabricOptions,
  ids: KEYS,
  id: (it) => it.key,
  idOf: ({ attrs: { kind, key } }) =>
    (kind === 'gretap' || kind === 'ip6gretap') && typeof key === 'number' ? key : undefined,
  overhead: (it, family) => overheadOf({ ...it, key: KEYS[0] }, family === 6),
  compile: ({ network, segment, id: key, options, here, others, switch: master, mtu }, { names }) =>
    others.map(({ host, underlay: remote }) =>
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
        },
        { ...options, key },
        names,
      ),
    ),
});
