import { page, table } from './page.mjs';
import { builtInRegistries, builtInSchema } from './registries.mjs';

/** docs/reference/kinds.md: every key that a topology may have, from the schema that checks it. */
export async function kindsPage() {
  const registries = await builtInRegistries();
  const schema = await builtInSchema(registries);
  const [networks, nodes, links] = ['networks', 'nodes', 'links'].map((key) => objectsIn(schema.properties[key]));
  const entries = [
    entryPart('Network', networks, registries.networks, ifDefault),
    entryPart('Node', nodes, registries.nodes, nodeFacts),
    entryPart('Link', links, registries.links, ifDefault),
    entryPart('Fabric', objectsIn(schema.properties.networks), registries.fabrics, ifDefault, fabricWords),
  ];
  const nic = objectWith(nodes, 'neighbours');
  const end = objectWith(links, 'nic');
  const { routes, rules } = objectWith(nodes, 'rules').properties;
  return {
    'docs/reference/kinds.md': page(
      'the schemas that check a topology',
      '# Kinds and keys',
      '',
      'Every key of a [topology file](../guides/topology-file.md) with the kinds that are built in. `pipewright schema` prints',
      'the same as JSON Schema, with the kinds of your plugins added; [topology.schema.json](topology.schema.json) is that of',
      'the built-in ones.',
      section('Topology', 'The top level of a file.', schema, topLinks),
      entries,
      section('Nic', 'Under `networks` of a node.', nic),
      section('End', 'Under `endpoints` of a link; `NODE:NIC` is short for the first two keys.', end),
      section('Route', 'Under `routes` of a node; a nic takes the same without `kind`.', routes.items),
      section('Rule', 'Under `rules` of a node.', rules.items),
      section('Neighbour', 'Under `neighbours` of a nic.', nic.properties.neighbours.items),
    ),
  };
}

const section = (title, words, schema, links) => ['', `## ${title}`, '', words, keysTable(schema, links)];

/** What every entry of a section may have, then each kind's own. */
function entryPart(title, objects, drivers, facts, words = `Keys of every ${title.toLowerCase()}.`) {
  const own = (driver) => Object.keys(driver.options.shape);
  const ofKind = (driver) => objects.find((it) => it.title === driver.kind && it.description === driver.summary);
  const kinds = drivers.kinds();
  const common = commonKeys(ofKind(drivers.get(kinds[0])), own(drivers.get(kinds[0])), drivers);
  return [
    section(title, words, common),
    kinds
      .map((kind) => drivers.get(kind))
      .map((driver) => [
        '',
        `### ${title} kind ${driver.kind}`,
        '',
        [driver.summary, ...facts(driver)].join(' '),
        own(driver).length === 0
          ? ['', 'It has no keys of its own.', '']
          : keysTable(without(ofKind(driver), Object.keys(common.properties))),
      ]),
  ];
}

function commonKeys(object, own, drivers) {
  const { properties, required = [] } = without(object, own);
  const kind = { enum: drivers.kinds(), description: 'what it is; keys of each kind stand below' };
  const optional = drivers.default() === undefined ? [] : ['kind'];
  return { properties: { ...properties, kind }, required: required.filter((key) => !optional.includes(key)) };
}

const fabricWords =
  'Under `fabric` of a network, or its kind alone: what carries the network from host to host, where its nodes are on several.';

const ifDefault = ({ default: isDefault }) => (isDefault ? ['The kind that is taken where none is named.'] : []);

const nodeFacts = (driver) => [
  ...ifDefault(driver),
  ...(driver.managed === true ? ['Managed: pipewright makes and removes it.'] : []),
  ...(driver.managed === false ? ['Adopted: it is there already, and only what is attached to it is removed.'] : []),
  ...(typeof driver.firstNic === 'number' ? [`Its nics without a name start at \`eth${driver.firstNic}\`.`] : []),
];

/** Keys whose values have a section of their own. */
const topLinks = {
  defaults: 'keys of a [node](#node)',
  groups: 'by name, keys of a [node](#node)',
  networks: '[networks](#network) by name',
  nodes: '[nodes](#node) by name',
  links: 'list of [links](#link)',
};
const innerLinks = {
  fabric: 'a kind of [fabric](#fabric), or a map of its keys',
  networks: '[nics](#nic), as a list or by network',
  endpoints: 'two [ends](#end)',
  routes: 'list of [routes](#route)',
  rules: 'list of [rules](#rule)',
  neighbours: 'list of [neighbours](#neighbour)',
};

function keysTable({ properties, required = [] }, links = innerLinks) {
  const keys = Object.entries(properties).filter(([key]) => key !== '$schema');
  const rows = keys.map(([key, it]) => [
    `\`${key}\`${required.includes(key) ? ' (required)' : ''}`,
    links[key] ?? typeWords(it),
    it.default === undefined ? '' : `\`${JSON.stringify(it.default)}\``,
    describedBy(it),
  ]);
  return table(['Key', 'Type', 'Default', 'What it is'], rows);
}

const without = (object, keys) => ({
  ...object,
  properties: Object.fromEntries(Object.entries(object.properties).filter(([key]) => !keys.includes(key))),
});

/** The description of a schema, or where it has none that of its first alternative that does. */
const describedBy = (it) => it.description ?? (it.anyOf ?? []).map(describedBy).find(Boolean) ?? '';

function typeWords(it) {
  if (it.anyOf) return [...new Set(it.anyOf.map(typeWords))].join(' or ');
  if (it.const !== undefined || it.enum)
    return [it.const ?? it.enum]
      .flat()
      .map((word) => `\`${word}\``)
      .join(', ');
  if (it.type === 'array') return `list of ${typeWords(it.items)}`;
  if (it.type === 'object') return 'map';
  if (it.type === 'integer' || it.type === 'number') return numberWords(it);
  return { string: 'text', boolean: 'true or false', null: 'nothing' }[it.type] ?? 'text';
}

function numberWords({ type, minimum, maximum }) {
  const word = type === 'integer' ? 'whole number' : 'number';
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return word;
  return most === undefined ? `${word} from ${minimum}` : `${word} from ${minimum} to ${most}`;
}

/** All objects with keys in a schema, the outer before the inner. */
function objectsIn(schema) {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.values(schema).flatMap(objectsIn);
  return schema.type === 'object' && schema.properties ? [schema, ...inner] : inner;
}

const objectWith = (objects, key) => objects.find((it) => key in it.properties);
