import { defineError } from '../errors.js';

export const errors = {
  badName: defineError('PW_CONTAINER_NAME', (node: string, title: string) => ({
    message: `"${node}" is too short for a name that ${title} gives a container; it takes at least two letters or digits.`,
    fix: 'Name the container: `container: NAME`.',
  })),
  hostNetwork: defineError('PW_CONTAINER_HOST_NETWORK', (node: string) => ({
    message: `Node "${node}" would share the host's own network namespace, where its nics would be the host's.`,
    fix: 'Take `network: host` away; for the host itself as a node write `kind: host`.',
  })),
  needsImage: defineError('PW_CONTAINER_NEEDS_IMAGE', (node: string, option: string) => ({
    message: `Node "${node}" names no image, so its container is there already and is left as it is; "${option}" would need a new one.`,
    fix: `Take ${option} away, or name the image of a container to be made: \`image: NAME\`.`,
  })),
  noOther: defineError(
    'PW_CONTAINER_NO_OTHER',
    (node: string, option: string, word: string, others: readonly string[]) => ({
      message: `Node "${node}": ${option} names "${word}", which is no other container of this topology.`,
      fix: others.length > 0 ? `Name one of ${others.join(', ')}.` : 'There is no other container.',
    }),
  ),
  otherKind: defineError(
    'PW_CONTAINER_OTHER_KIND',
    (
      node: string,
      option: string,
      word: string,
      [found, own]: readonly [found: string, own: string],
      others: readonly string[],
    ) => ({
      message: `Node "${node}": ${option} names "${word}", which is of kind ${found}; it must be of kind ${own}, a container of the same engine.`,
      fix:
        others.length > 0 ? `Name one of ${others.join(', ')}, or make it of kind ${own}.` : `Make it of kind ${own}.`,
    }),
  ),
  holderElsewhere: defineError(
    'PW_CONTAINER_HOLDER_ELSEWHERE',
    (node: string, holder: string, [host, other]: readonly [host: string, other: string]) => ({
      message: `Node "${node}" is on host "${host}" and cannot share the network namespace of "${holder}", which is on host "${other}".`,
      fix: 'Put both on one host.',
    }),
  ),
  nicsOfHolder: defineError('PW_CONTAINER_NICS_OF_HOLDER', (node: string, holder: string) => ({
    message: `Node "${node}" shares the network namespace of "${holder}", so all nics in there are of "${holder}".`,
    fix: `Give its networks and links to "${holder}".`,
  })),
  holderOfHolder: defineError('PW_CONTAINER_HOLDER_SHARES', (node: string, holder: string, further: string) => ({
    message: `Node "${node}" is to share the namespace of "${holder}", which has none of its own but that of "${further}".`,
    fix: `Write \`namespace-of: ${further}\`.`,
  })),
  saidByHolder: defineError('PW_CONTAINER_SAID_BY_HOLDER', (node: string, option: string, holder: string) => ({
    message: `Node "${node}" shares the network namespace of "${holder}"; ${option} can only be said of "${holder}".`,
    fix: `Move ${option} to "${holder}".`,
  })),
  ring: defineError('PW_CONTAINER_RING', (ring: readonly string[]) => ({
    message: `These containers wait for each other: ${ring.join(' → ')}.`,
    fix: 'Take one of them out of depends-on.',
  })),
  noHostGateway: defineError('PW_CONTAINER_NO_HOST_GATEWAY', (node: string, host: string, title: string) => ({
    message: `Node "${node}" is to know its host as "${host}", at host-gateway, which ${title} may write into its hosts file as it stands.`,
    fix: `Write an address that the host has: \`"${host}:10.0.0.1"\`.`,
  })),
  hostTwice: defineError('PW_CONTAINER_HOST_TWICE', (node: string, name: string, own: string, other: string) => ({
    message: `Node "${node}": extra-hosts says that "${name}" is ${own}, and a plugin that it is ${other}.`,
    fix: `Take "${name}" out of extra-hosts, or out of what the plugin makes it of.`,
  })),
  ended: defineError(
    'PW_CONTAINER_ENDED',
    (name: string, command: string) => ({
      message: `The container "${name}" ended right after it was started. Everything was put back as it was.`,
      fix: `\`${command} run --rm IMAGE COMMAND\` shows what it says; give it a command that goes on.`,
    }),
    1,
  ),
  noResolver: defineError('PW_CONTAINER_NO_RESOLVER', (node: string, option: string, title: string) => ({
    message: `${title} writes no /etc/resolv.conf for a container on none of its networks, so node "${node}" can have no ${option}.`,
    fix: `Add \`network: default\`, or write that file yourself: \`mounts: ["./resolv.conf:/etc/resolv.conf:ro"]\`.`,
  })),
  portsUnpublished: defineError('PW_CONTAINER_PORTS_UNPUBLISHED', (node: string, title: string) => ({
    message: `${title} publishes ports only of a container on a network of its own, and node "${node}" is on none.`,
    fix: 'Add `network: default`, or take ports away.',
  })),
};
