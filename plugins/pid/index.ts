import { definePlugin, nodeDriver, PLUGIN_API, z } from '@pipewright/plugin';

export const pid = nodeDriver({
  kind: 'pid',
  summary: 'The network namespace of a running process, given by its pid.',
  options: z.object({
    pid: z.int().min(1).describe('The pid, as this host numbers it, of a process in the namespace.'),
  }),
  managed: false,
  // Whoever made that namespace most likely gave it an eth0.
  firstNic: 1,
  compile: () => [],
  locate: ({ options }) => ({ by: 'pid', pid: options.pid }),
  exec: ({ options }, command) => ['nsenter', '-t', String(options.pid), '-n', '--', ...command],
});

export default definePlugin({ name: 'pid', api: PLUGIN_API, drivers: { nodes: [pid] } });
