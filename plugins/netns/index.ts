import {
  asUser,
  definePlugin,
  type GuestReference,
  namespace,
  nodeDriver,
  type NodeSpec,
  PLUGIN_API,
  topologyName,
  z,
} from '@pipewright/plugin';

const options = z.object({
  namespace: topologyName
    .optional()
    .describe('Name of a namespace that is there already, as `ip netns` lists it: it is used, never made or removed.'),
});

type Options = z.output<typeof options>;

/** As `ip netns` lists it; one that we make is `<topology>-<node>`. */
const nameOf = ({ topology, name, options: { namespace } }: NodeSpec<Options>): string =>
  namespace ?? `${topology}-${name}`;

const NAMED = /^(?:\/var)?\/run\/netns\/([^/]+)$/;

function namedBy({ form, text }: GuestReference): string | undefined {
  const name = form === 'path' ? NAMED.exec(text)?.[1] : text;
  return topologyName.safeParse(name).success ? name : undefined;
}

export const netns = nodeDriver({
  kind: 'netns',
  summary: 'A bare network namespace, made and removed by pipewright; needs no container engine.',
  options,
  managed: ({ namespace }) => namespace === undefined,
  default: true,
  // Whoever made another's namespace may have given it an eth0.
  firstNic: ({ namespace }) => (namespace === undefined ? 0 : 1),
  guest: (reference) => {
    const name = namedBy(reference);
    return name === undefined ? undefined : { name, options: { namespace: name } };
  },
  compile: (node) => (node.options.namespace === undefined ? [namespace(node.host, node.name, nameOf(node))] : []),
  locate: (node) => ({ by: 'name', name: nameOf(node) }),
  files: (node) => ({ etc: `/etc/netns/${nameOf(node)}` }),
  // env ends with 127 where there is no such command and with 126 where it cannot be run, as shells and engines do; ip with 1.
  exec: (node, command, how) => ['ip', 'netns', 'exec', nameOf(node), 'env', '--', ...asUser(command, how)],
});

export default definePlugin({ name: 'netns', api: PLUGIN_API, drivers: { nodes: [netns] } });
