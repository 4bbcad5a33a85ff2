import {
  cable,
  definePlugin,
  device,
  deviceKind,
  networkDriver,
  nicEnd,
  PLUGIN_API,
  ref,
  segmentEnd,
  z,
} from '@pipewright/plugin';

/**
 * A bridge keeps the frames of 01:80:c2:00:00:0X to itself (LLDP, 802.1X, …); each bit of this mask lets one through.
 * The kernel never lets go of the lowest three: STP, pause, LACP (BR_GROUPFWD_RESTRICTED).
 */
const forwarding = deviceKind({
  kind: 'bridge',
  attributes: {
    groupForward: {
      schema: z.int().min(0).max(0xffff),
      class: 'in-place',
      word: 'group_fwd_mask',
      read: (printed) => Number(printed), // ip -j prints "0xfff8"
      netlink: { type: 9, layout: 'u16' },
    },
  },
});

/** A network that behaves like an old hub: every frame is seen on every port. For labs that capture traffic. */
export const hub = networkDriver({
  kind: 'hub',
  summary: 'A hub: every frame is seen by every node.',
  options: z.object({
    'link-local': z.boolean().default(true).describe('Let LLDP and 802.1X through, which a bridge would keep.'),
  }),
  compile: ({ name, segment, members, mtu, options }, { names }) => {
    const groupForward = options['link-local'] ? 0xfff8 : 0;
    const kernel = { kind: 'bridge', mac: names.mac(name), mtu, up: true, ageing: 0, groupForward };
    const box = device(segment, names.device(name), kernel, { id: name });
    const ports = members.flatMap((nic) =>
      cable('veth', { ...segmentEnd(nic, segment, names, mtu), master: ref(box) }, nicEnd(nic)),
    );
    return [box, ...ports];
  },
});

export default definePlugin({
  name: 'hub',
  api: PLUGIN_API,
  drivers: { networks: [hub] },
  deviceKinds: [forwarding],
});
