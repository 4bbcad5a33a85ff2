import { exposedOf, exposedPorts, LINK_COMPATS, type Path, z } from '@pipewright/plugin';
import type { ServiceLinkEntry } from '../../topology.js';

/** It stands in hosts files and, in capitals, at the head of names of variables. */
const ALIAS = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const ALIAS_ALLOWED = 'an alias: at most 63 letters, digits, _ . -, starting with a letter or digit; not `localhost`';

/** Names that every hosts file has for the machine itself. */
const MACHINE = /^(localhost|ip6-.*)$/i;

const isAlias = (text: string): boolean => ALIAS.test(text) && !MACHINE.test(text);

const SHORT_ALLOWED =
  'a node as `redis`, or `redis:db` with an alias of letters, digits, _ . - that is not `localhost`';

const nodeName = z.string().meta({ description: 'the name of a node' });

const short = z
  .string()
  .refine((text) => /^[^:]+(:[^:]+)?$/.test(text) && isAlias(splitServiceLink(text).alias), {
    error: () => SHORT_ALLOWED,
  })
  .meta({ description: 'NODE, or NODE:ALIAS' });

/** `[redis, "redis:db", { node: redis, alias: db, network: lan, ports: [6379] }]`. */
export const serviceLinks = z.array(
  z.union([
    short,
    z.strictObject({
      node: nodeName,
      alias: z
        .string()
        .refine(isAlias, { error: () => ALIAS_ALLOWED })
        .optional()
        .meta({ description: 'what the node is called; its own name where none is given' }),
      network: z.string().optional().meta({ description: 'the network they meet in, where they share several' }),
      ports: exposedPorts
        .optional()
        .meta({ description: 'the ports that it is for, in place of all that are exposed' }),
      compat: z.enum(LINK_COMPATS).optional().meta({
        description: 'the version of Docker by whose rules it is told as variables; docker-28 where none is given',
      }),
    }),
  ]),
);

export function splitServiceLink(text: string): { readonly node: string; readonly alias: string } {
  const [node = '', alias = node] = text.split(':');
  return { node, alias };
}

export const serviceLinkEntry = (it: z.output<typeof serviceLinks>[number], path: Path): ServiceLinkEntry =>
  typeof it === 'string'
    ? { ...splitServiceLink(it), network: undefined, ports: undefined, compat: undefined, path }
    : {
        node: it.node,
        alias: it.alias ?? it.node,
        network: it.network,
        ports: it.ports && exposedOf(it.ports),
        compat: it.compat,
        path,
      };
