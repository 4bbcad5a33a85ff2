import { asUser, definePlugin, nodeDriver, PLUGIN_API, z } from '@pipewright/plugin';

export const host = nodeDriver({
  kind: 'host',
  summary: "The host's own network namespace; an endpoint `host:NIC` needs no node entry.",
  options: z.object({}),
  managed: false,
  wellKnown: 'host',
  compile: () => [],
  locate: () => ({ by: 'host' }),
  exec: (_, command, how) => asUser(command, how),
});

export default definePlugin({ name: 'host', api: PLUGIN_API, drivers: { nodes: [host] } });
