import {
  cable,
  definePlugin,
  device,
  deviceKind,
  linkDriver,
  namespace,
  networkDriver,
  nicEnd,
  nodeDriver,
  ownAddresses,
  asArray,
  PLUGIN_API,
  ref,
  segmentEnd,
  z,
} from '@pipewright/plugin';

/**
 * The smallest plugin with a kind of everything, for tests of the engine: they must not hang on the kinds that ship.
 * Nodes `made` (the default) and `found`, networks `segment` and `upper`, links `wire`.
 */
export const testPlugin = definePlugin({
  name: 'test-kinds',
  api: PLUGIN_API,
  drivers: {
    nodes: [
      nodeDriver({
        kind: 'made',
        summary: 'A node that is made.',
        options: z.object({ flavour: z.enum(['sweet', 'sour']).optional().describe('Its taste.') }),
        managed: true,
        default: true,
        compile: (node) => [namespace(node.host, node.name, `${node.topology}-${node.name}`)],
        locate: (node) => ({ by: 'name', name: `${node.topology}-${node.name}` }),
        exec: (node, command) => ['in', node.name, ...command],
      }),
      nodeDriver({
        kind: 'found',
        summary: 'A node that is there already.',
        options: z.object({ pid: z.int().default(1).describe('Its pid.') }),
        managed: false,
        firstNic: 1,
        compile: () => [],
        locate: ({ options }) => ({ by: 'pid', pid: options.pid }),
        exec: (_, command) => command,
      }),
      nodeDriver({
        kind: 'outside',
        summary: 'The host itself.',
        options: z.object({}),
        managed: false,
        wellKnown: 'outside',
        compile: () => [],
        locate: () => ({ by: 'host' }),
        exec: (_, command) => command,
      }),
    ],
    networks: [
      networkDriver({
        kind: 'segment',
        summary: 'A box with a cable to every nic.',
        options: z.object({
          address: ownAddresses.optional().describe('Its own address.'),
          colour: z.enum(['red', 'green']).optional().describe('Its colour.'),
        }),
        addresses: (options) => asArray(options.address),
        compile: ({ name, segment, members, mtu }, { names }) => {
          const box = device(
            segment,
            names.device(name),
            { kind: 'box', mac: names.mac(name), mtu, up: true },
            { id: name },
          );
          return [
            box,
            ...members.flatMap((nic) =>
              cable('wire', { ...segmentEnd(nic, segment, names, mtu), master: ref(box) }, nicEnd(nic)),
            ),
          ];
        },
      }),
      networkDriver({
        kind: 'upper',
        summary: 'Nics on other nics.',
        options: z.object({ tag: z.int().default(1).describe('What they are called by.') }),
        nicOn: (parent, { tag }) => `${parent}.${String(tag)}`,
        compile: ({ members, options: { tag } }) =>
          members.flatMap(({ on, device: name, id, parent, given, altnames }) =>
            parent
              ? [device(on, name, { kind: 'tag', tag, link: parent, altnames, ...given }, { id, within: [parent] })]
              : [],
          ),
      }),
    ],
    links: [
      linkDriver({
        kind: 'wire',
        summary: 'A cable.',
        options: z.object({}),
        default: true,
        compile: ({ ends: [a, b] }) => cable('wire', nicEnd(a), nicEnd(b)),
      }),
    ],
  },
  deviceKinds: [
    deviceKind({ kind: 'wire', attributes: {} }),
    deviceKind({
      kind: 'tag',
      attributes: { tag: { schema: z.int(), class: 'fixed', word: 'tag', netlink: { type: 1, layout: 'u32' } } },
    }),
    deviceKind({
      kind: 'box',
      maxPorts: 8,
      attributes: {
        depth: { schema: z.int(), class: 'fixed', word: 'depth', netlink: { type: 1, layout: 'u32' } },
        label: { schema: z.string(), class: 'initial', word: 'label', netlink: { type: 2, layout: 'string' } },
      },
    }),
  ],
});
