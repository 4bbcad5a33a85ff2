import { cable, definePlugin, device, networkDriver, nicEnd, PLUGIN_API, ref, segmentEnd, z } from '@pipewright/plugin';

/** For labs in which nodes move: a Linux bridge remembers for 300 s behind which port it saw a MAC, this one for 10. */
export const sampleNetwork = networkDriver({
  kind: 'sample',
  summary: 'A bridge that soon forgets where it saw a MAC.',
  options: z.object({
    ageing: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(10)
      .describe('Seconds until a MAC that is not seen is forgotten; 0: at once.'),
  }),
  compile: ({ name, segment, members, mtu, options }, { names }) => {
    const attributes = { kind: 'bridge', mac: names.mac(name), mtu, up: true, ageing: options.ageing };
    const bridge = device(segment, names.device(name), attributes, { id: name });
    const ports = members.flatMap((nic) =>
      cable('veth', { ...segmentEnd(nic, segment, names, mtu), master: ref(bridge) }, nicEnd(nic)),
    );
    return [bridge, ...ports];
  },
});

export default definePlugin({
  name: 'sample',
  api: PLUGIN_API,
  version: '0.1.0',
  drivers: { networks: [sampleNetwork] },
});
