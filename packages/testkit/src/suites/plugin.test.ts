import {
  cable,
  definePlugin,
  device,
  deviceKind,
  linkDriver,
  networkDriver,
  PLUGIN_API,
  ref,
  z,
} from '@pipewright/plugin';
import { pluginSuite } from './plugin.js';

const tube = networkDriver({
  kind: 'tube',
  summary: 'A network that exists for this test.',
  options: z.object({ width: z.int().meta({ description: 'Its width, in bytes' }) }),
  compile: ({ name, segment, members, mtu }) => {
    const hub = device(segment, name, { kind: 'hub', up: true });
    return [
      hub,
      ...members.flatMap((it) => cable('pair', { on: segment, name: it.node, mac: it.mac, mtu, master: ref(hub) }, it)),
    ];
  },
});

const wire = linkDriver({
  kind: 'wire',
  summary: 'A cable that exists for this test.',
  options: z.object({}),
  compile: ({ ends: [a, b] }) => cable('pair', a, b),
});

pluginSuite(
  definePlugin({
    name: 'tubes',
    api: PLUGIN_API,
    drivers: { networks: [tube], links: [wire] },
    deviceKinds: [deviceKind({ kind: 'hub', attributes: {} }), deviceKind({ kind: 'pair', attributes: {} })],
  }),
  { options: { tube: { width: 3 } } },
);
