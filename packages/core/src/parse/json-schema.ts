import { type FeatureDriver, type NodeDriver, topologyName, z } from '@pipewright/plugin';
import { fabricKey, fabricKeys } from './entries/fabric.js';
import { hostKeys, placement } from './entries/host.js';
import { linkKeysWith } from './entries/link.js';
import { networkKeys } from './entries/network.js';
import { nodeKeysWith } from './entries/node.js';
import {
  type AnyDriver,
  driversOf,
  type EntryWord,
  featureSchemas,
  type KindsOf,
  type ParseRegistries,
} from './kinds.js';
import { plugins } from './plugin-specs.js';

/** The JSON Schema (draft 2020-12) of a topology, with the options of every kind there is: for editors. */
export const jsonSchema = (registries: ParseRegistries): object =>
  z.toJSONSchema(topologySchema(registries), { io: 'input', unrepresentable: 'any' });

function topologySchema({ nodes, networks, links, fabrics, features }: ParseRegistries): z.ZodType {
  const node = alternatives('node', nodes, nodeKeysWith(features), features);
  const network = alternatives(
    'network',
    networks,
    networkKeys.extend({ fabric: fabricOf(fabrics, features) }),
    features,
  );
  const link = alternatives(
    'link',
    links,
    linkKeysWith(features).extend({ fabric: fabricOf(fabrics, features) }),
    features,
  );
  const inherited = inheritedKeys(nodes, features);
  return z
    .strictObject({
      $schema: z.string().optional(),
      name: topologyName.meta({ description: 'what the topology is called' }),
      plugins: plugins.optional().meta({ description: 'plugins that bring further kinds' }),
      defaults: inherited.optional().meta({ description: 'keys of every node that does not set them' }),
      groups: z.record(topologyName, inherited).optional().meta({ description: 'keys that nodes take by `group`' }),
      hosts: z.record(topologyName, hostKeys).optional().meta({ description: 'machines besides this one' }),
      placement: placement.optional(),
      networks: z.record(topologyName, network).optional(),
      nodes: z.record(topologyName, node.nullable()).optional(),
      links: z.array(z.union([linkKeysWith(features).shape.endpoints, link])).optional(),
    })
    .meta({ title: 'pipewright topology', patternProperties: { '^x-': {} } });
}

/** A kind, or a map with its options. */
function fabricOf(fabrics: ParseRegistries['fabrics'], features: readonly FeatureDriver[]): z.ZodOptional {
  const kinds = fabrics.kinds();
  const written = kinds.length === 0 ? [] : [z.enum(kinds), alternatives('fabric', fabrics, fabricKeys, features)];
  return z
    .union(written)
    .meta(fabricKey.meta() ?? {})
    .optional();
}

/** One alternative a kind, told apart by `kind`. */
function alternatives(
  word: EntryWord,
  drivers: KindsOf<AnyDriver>,
  common: z.ZodObject,
  features: readonly FeatureDriver[],
): z.ZodType {
  return z.union(
    driversOf(drivers).map((driver) => {
      const kind = z.literal(driver.kind).meta({ description: driver.summary });
      return z
        .strictObject({
          ...common.shape,
          kind: driver.kind === drivers.default()?.kind ? kind.optional() : kind,
          ...driver.options.shape,
          ...featureKeys(word, driver, features),
        })
        .meta({ title: driver.kind, description: driver.summary });
    }),
  );
}

/** Keys that some kind of node has, none of them required: which kind it will be is not known yet. */
function inheritedKeys(nodes: KindsOf<NodeDriver>, features: readonly FeatureDriver[]): z.ZodType {
  const { group: _, ...common } = nodeKeysWith(features).shape;
  const all = Object.assign(
    {},
    ...driversOf(nodes).map((driver) => ({ ...featureKeys('node', driver, features), ...driver.options.shape })),
  ) as z.core.$ZodLooseShape;
  return z.strictObject({ ...optionalKeys(all), ...common, kind: z.enum(nodes.kinds()).optional() });
}

const optionalKeys = (shape: z.core.$ZodLooseShape): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, z.optional(schema)]));

const featureKeys = (word: EntryWord, driver: AnyDriver, features: readonly FeatureDriver[]): z.core.$ZodLooseShape =>
  Object.assign(
    {},
    ...featureSchemas(word, driver, features).map(({ schema }) => schema.shape),
  ) as z.core.$ZodLooseShape;
