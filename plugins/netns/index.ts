import { definePlugin, namespace, nodeDriver, PLUGIN_API, z } from '@pipewright/plugin';

/** `<topology>-<node>`, as `ip netns` lists it. */
const nameOf = (node: { readonly topology: string; readonly name: string }): string => `${node.topology}-${node.name}`;

export const netns = nodeDriver({
  kind: 'netns',
  summary: 'A bare network namespace, made and removed by pipewright; needs no container engine.',
  options: z.object({}),
  managed: true,
  default: true,
  compile: (node) => [namespace(node.host, node.name, nameOf(node))],
  locate: (node) => ({ by: 'name', name: nameOf(node) }),
  exec: (node, command) => ['ip', 'netns', 'exec', nameOf(node), ...command],
});

export default definePlugin({ name: 'netns', api: PLUGIN_API, drivers: { nodes: [netns] } });
