import { definePlugin, namespace, nodeDriver, type NodeSpec, PLUGIN_API, sysctl, z } from '@pipewright/plugin';

const nameOf = ({ topology, name }: NodeSpec): string => `${topology}-${name}`;

/** A namespace of its own that sends on what is not for itself. */
export const sampleNode = nodeDriver({
  kind: 'sample',
  summary: 'A router: a network namespace that forwards between its nics.',
  options: z.object({
    ipv6: z.boolean().default(true).describe('Forward IPv6 too.'),
  }),
  managed: true,
  compile: (node) => {
    const inside = { host: node.host, node: node.name };
    return [
      namespace(node.host, node.name, nameOf(node)),
      sysctl(inside, 'net.ipv4.ip_forward', '1'),
      ...(node.options.ipv6 ? [sysctl(inside, 'net.ipv6.conf.all.forwarding', '1')] : []),
    ];
  },
  locate: (node) => ({ by: 'name', name: nameOf(node) }),
  exec: (node, command) => ['ip', 'netns', 'exec', nameOf(node), ...command],
});

export default definePlugin({ name: 'sample', api: PLUGIN_API, version: '0.1.0', drivers: { nodes: [sampleNode] } });
