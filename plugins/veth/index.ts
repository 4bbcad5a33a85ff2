import { cable, definePlugin, linkDriver, nicEnd, PLUGIN_API, z } from '@pipewright/plugin';
import { vethDevice } from './device-kind.js';

export const veth = linkDriver({
  kind: 'veth',
  summary: 'A cable between two nics of one host.',
  options: z.object({}),
  default: true,
  compile: ({ ends: [a, b] }) => cable('veth', nicEnd(a), nicEnd(b)),
});

export default definePlugin({ name: 'veth', api: PLUGIN_API, drivers: { links: [veth] }, deviceKinds: [vethDevice] });
