import { definePlugin, featureDriver, PLUGIN_API, sysctl, z } from '@pipewright/plugin';

/** The key of a node that asks for it. */
const KEY = 'sample';

const nodeOptions = z.object({
  [KEY]: z.boolean().default(false).describe('Answer ARP on each nic for the addresses of this nic alone.'),
});

/**
 * A Linux host answers ARP for all of its addresses on each of its nics; of two in one network each claims the other's.
 * See arp_ignore and arp_announce in the kernel's ip-sysctl.rst.
 */
export const sampleFeature = featureDriver({
  kind: KEY,
  summary: 'Nodes that answer ARP on each nic for its own addresses alone.',
  options: { node: nodeOptions },
  compile: ({ nodes }) => ({
    resources: nodes
      .filter((node) => nodeOptions.parse(node.options)[KEY])
      .flatMap(({ on }) => [
        sysctl(on, 'net.ipv4.conf.all.arp_ignore', '1'),
        sysctl(on, 'net.ipv4.conf.all.arp_announce', '2'),
      ]),
  }),
});

export default definePlugin({
  name: 'sample',
  api: PLUGIN_API,
  version: '0.1.0',
  drivers: { features: [sampleFeature] },
});
