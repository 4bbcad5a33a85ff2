import {
  type FabricDriver,
  fabricDriver,
  featureDriver,
  type LinkDriver,
  linkDriver,
  type NetworkDriver,
  networkDriver,
  type NodeDriver,
  nodeDriver,
  z,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import type { Env } from './env.js';
import { jsonSchema } from './json-schema.js';
import type { ParseRegistries } from './kinds.js';
import { parseTopology } from './parse-topology.js';
import type { Tree, TreeMap } from './source.js';
import { sourceOf } from './value.js';
import { parseSource } from './yaml.js';

const nothing = { compile: () => [], managed: true, locate: () => ({ by: 'host' as const }), exec: () => [] } as const;

const space = nodeDriver({ ...nothing, kind: 'space', summary: 'A space.', options: z.object({}), default: true });
const host = nodeDriver({ ...nothing, kind: 'host', summary: 'The host.', options: z.object({}), wellKnown: 'host' });
const box = nodeDriver({
  ...nothing,
  kind: 'box',
  summary: 'A box.',
  sysctls: { of: (name) => name === 'kernel.sem', allowed: '`kernel.sem`' },
  options: z.object({
    image: z.string(),
    tags: z.record(z.string(), z.string()).optional(),
    limits: z.strictObject({ cpus: z.number().positive().optional() }).optional(),
    pull: z.enum(['always', 'never']).default('never'),
  }),
});
const bridge = networkDriver({
  ...nothing,
  kind: 'bridge',
  summary: 'A bridge.',
  options: z.object({ stp: z.boolean().default(false), vlan: z.int().min(1).max(4094).optional() }),
});
const trunk = networkDriver({
  ...nothing,
  kind: 'trunk',
  summary: 'A trunk.',
  options: z.object({ parent: z.string() }),
});
const cable = linkDriver({ ...nothing, kind: 'cable', summary: 'A cable.', options: z.object({}), default: true });
const tube = linkDriver({ ...nothing, kind: 'tube', summary: 'A tube.', options: z.object({ key: z.int() }) });
const rental = featureDriver({
  kind: 'rental',
  summary: 'Rents addresses.',
  addressing: z.object({ days: z.int().default(1) }),
  compile: () => ({ resources: [] }),
});
const shaping = featureDriver({
  kind: 'shaping',
  summary: 'Shapes.',
  options: { network: z.object({ rate: z.number().optional() }) },
  compile: () => ({ resources: [] }),
});

const tunnel = fabricDriver({
  kind: 'tunnel',
  summary: 'A way through.',
  options: z.object({ depth: z.int().optional() }),
  default: true,
  ids: [1, 9],
  id: () => undefined,
  idOf: () => undefined,
  overhead: () => 50,
  compile: () => [],
});

const kindsOf = <D extends NodeDriver | NetworkDriver | LinkDriver | FabricDriver>(...drivers: readonly D[]) => ({
  get: (kind: string) => drivers.find((it) => it.kind === kind),
  kinds: () => drivers.map((it) => it.kind),
  default: () => drivers.find((it) => 'default' in it && it.default),
});

const registries: ParseRegistries = {
  nodes: kindsOf(space, host, box),
  networks: kindsOf(bridge, trunk),
  links: kindsOf(cable, tube),
  fabrics: kindsOf(tunnel),
  features: [shaping, rental],
};

const parse = (text: string, env: Env = {}) => parseTopology(parseSource(text, { file: 't.yaml', env }), registries);

/** Each complaint as people see it: `3:24 message`. */
const complaints = (text: string, env?: Env): readonly string[] =>
  parse(text, env).diagnostics.map((it) => `${it.at?.line ?? 0}:${it.at?.column ?? 0} ${it.message}`);

const valid = (text: string, env?: Env) => {
  const { topology, diagnostics } = parse(text, env);
  expect(diagnostics).toEqual([]);
  return topology!;
};

const LAN = 'name: x\nnetworks: { lan: { kind: bridge } }\n';

describe('a text of which most was read before', () => {
  const first = parse('name: x\nnodes: { a: { kind: space }, b: { kind: box, image: i } }\n');
  const again = (b: Tree) => {
    const { a } = first.source.valueAt(['nodes']) as TreeMap;
    const at = { file: 'argv', line: 1, column: 1 };
    const changed = { name: 'x', nodes: { a: a!, b } };
    return parseTopology(
      sourceOf(changed, 'again', ([, name]) => (name === 'b' ? at : undefined), first.source),
      registries,
    );
  };

  test('only what is new is read', () => {
    const { topology, diagnostics } = again({ kind: 'box', image: 'j' });
    const [a] = first.topology!.nodes;
    expect(diagnostics).toEqual([]);
    expect(topology!.nodes[0]).toBe(a);
    expect(topology!.nodes[1]).toMatchObject({ name: 'b', options: { image: 'j' } });
  });

  test('what is wrong with that has its place', () => {
    const [wrong] = again({ kind: 'box', image: 1 }).diagnostics;
    expect(wrong).toMatchObject({ at: { file: 'argv' }, path: ['nodes', 'b', 'image'] });
  });

  test('a node that was wrong is wrong again', () => {
    const read = parseSource('name: x\nnodes: { a: { kind: box }, b: { kind: box } }\n', { file: 't.yaml', env: {} });
    const messages = () => parseTopology(read, registries).diagnostics.map((it) => it.message);
    expect(messages()).toHaveLength(2);
    expect(messages()).toEqual(messages());
  });

  test('one entry under two names is two nodes', () => {
    const both = valid('name: x\nnodes: { a: &it { kind: space }, b: *it }\n');
    expect(both.nodes.map(({ name, path }) => [name, ...path])).toEqual([
      ['a', 'nodes', 'a'],
      ['b', 'nodes', 'b'],
    ]);
  });
});

describe('mistakes, each with its place', () => {
  const cases: readonly (readonly [what: string, text: string, ...messages: readonly (string | RegExp)[]])[] = [
    ['empty', '', /^1:1 t.yaml is empty/],
    ['only a comment', '# nothing\n', /^1:1 t.yaml is empty/],
    ['only a marker', '---\n', /^\d:\d t.yaml is empty/],
    ['no YAML', 'name: x\nnodes: { a: [ }\n', /^2:\d+ This is not YAML: /],
    ['a tab for an indent', 'name: x\nnodes:\n\ta: {}\n', /^3:1 This is not YAML: Tabs/],
    ['an unknown tag', 'name: !js/function x\n', /^1:7 This is not YAML: Unresolved tag/],
    ['a list', '- a\n', '1:1 A topology is a map with a name, and this is a list of 1.'],
    ['two documents', 'name: x\n---\nname: y\n', /^2:\d+ A second YAML document starts here/],
    [
      'a key twice',
      'name: x\nnodes:\n  a: {}\n  a: {}\n',
      '4:3 The key "a" stands here for the second time; the first is on line 3.',
    ],
    ['a list for a key', 'name: x\n[a]: 1\n', /^2:1 A key must be plain text/],
    ['no name', 'nodes: { a: {} }\n', /^1:1 The topology has no name/],
    ['a number for a name', 'name: 0123\n', '1:7 The name is the number 0123, but must be text.'],
    ['a bad name', 'name: "../x"\n', /^1:7 "\.\.\/x" cannot be the name of a topology/],
    ['an unknown section', 'name: x\nnode: {}\n', /^2:1 "node" is no key of a topology. Did you mean "nodes"\?/],
    ['a list of nodes', 'name: x\nnodes: [a]\n', /^2:1 nodes is a list of 1, but must be a map/],
    ['text for a node', 'name: x\nnodes: { a: big }\n', /^2:13 node "a" is "big", but must be a map/],
    [
      'an unknown key',
      'name: x\nnetworks:\n  lan: { kind: bridge, subnett: 10.0.0.0/24 }\n',
      /^3:24 "subnett" is no key of a network of kind bridge. Did you mean "subnet"\?/,
    ],
    [
      'an unknown key of a nic',
      `${LAN}nodes: { a: { networks: { lan: { adress: 10.0.0.1/24 } } } }\n`,
      /^3:34 "adress" is no key of networks.lan. Did you mean "address"\?/,
    ],
    [
      'an unknown key of a nested option',
      'name: x\nnodes: { a: { kind: box, image: i, limits: { cpu: 1 } } }\n',
      /^2:46 "cpu" is no key of limits. Did you mean "cpus"\?/,
    ],
    [
      'an option of another kind',
      'name: x\nnodes: { a: { image: i } }\n',
      /^2:15 "image" is no key of a node of kind space\./,
    ],
    [
      'an unknown kind',
      'name: x\nnetworks: { lan: { kind: brigde } }\n',
      /^2:26 There is no network kind "brigde". Did you mean "bridge"\? Known: bridge, trunk/,
    ],
    [
      'a kind far from any',
      'name: x\nnodes: { a: { kind: zzzzz } }\n',
      '2:21 There is no node kind "zzzzz". Known: space, host, box.',
    ],
    [
      'no kind',
      'name: x\nnetworks: { lan: {} }\n',
      /^2:13 network "lan" has no "kind"; it must be one of bridge, trunk/,
    ],
    [
      'a missing option',
      'name: x\nnetworks: { up: { kind: trunk } }\n',
      '2:13 Network "up" has no "parent"; it must be text.',
    ],
    [
      'a wrong type',
      'name: x\nnetworks: { lan: { kind: bridge, stp: maybe } }\n',
      '2:39 stp is "maybe", but must be true or false.',
    ],
    [
      'a wrong word',
      'name: x\nnodes: { a: { kind: box, image: i, pull: alway } }\n',
      '2:42 pull is "alway", but must be one of always, never. Did you mean "always"?',
    ],
    [
      'a number for text',
      'name: x\nnodes: { a: { kind: box, image: 1.10 } }\n',
      '2:33 image is the number 1.10, but must be text.',
    ],
    [
      'a size out of range',
      'name: x\nnetworks: { lan: { kind: bridge, vlan: 5000 } }\n',
      '2:40 vlan is the number 5000, but must be a number of at most 4094.',
    ],
    [
      'a number beyond all counting',
      'name: x\nnetworks: { lan: { kind: bridge, vlan: 99999999999999999999999 } }\n',
      '2:40 vlan is the number 99999999999999999999999, but must be a number of at most 4094.',
    ],
    [
      'a bad address',
      `${LAN}nodes: { a: { networks: { lan: { address: 10.0.0.300/24 } } } }\n`,
      /^3:43 networks.lan.address is "10.0.0.300\/24", but must be an IPv4 or IPv6 address/,
    ],
    [
      'a bad address in a list',
      `${LAN}nodes: { a: { networks: { lan: { address: [10.0.0.1/24, x] } } } }\n`,
      /^3:57 networks.lan.address\[1\] is "x", but must be an IPv4 or IPv6 address/,
    ],
    [
      'a bad subnet',
      'name: x\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.5/24 } }\n',
      '2:42 subnet is "10.0.0.5/24", but must be a subnet, with nothing in its host part: 10.0.0.0/24.',
    ],
    [
      'a bad gateway',
      'name: x\nnetworks: { lan: { kind: bridge, gateway: nobody } }\n',
      /^2:43 gateway is "nobody", but must be an IPv4 or IPv6 address .*or `none`/,
    ],
    [
      'two gateways of a family',
      'name: x\nnetworks: { lan: { kind: bridge, gateway: [10.0.0.1, 10.0.0.2] } }\n',
      /^2:34 gateway is a list of 2, but must be one address a family at the most/,
    ],
    [
      'an MTU and a MAC',
      `${LAN}nodes: { a: { networks: { lan: { mtu: 12, mac: "01:00:5e:00:00:01" } } } }\n`,
      /^3:39 networks.lan.mtu is the number 12, but must be an MTU/,
      /^3:48 networks.lan.mac is "01:00:5e:00:00:01", but must be a unicast MAC/,
    ],
    [
      'an MTU in quotes',
      'name: x\nnetworks: { lan: { kind: bridge, mtu: "1400" } }\n',
      /^2:39 mtu is "1400", but must be an MTU/,
    ],
    ['a nic name', `${LAN}nodes: { a: { networks: { lan: { name: "x%d" } } } }\n`, /^3:40 networks.lan.name is "x%d"/],
    [
      'a nic name of two words',
      `${LAN}nodes: { a: { networks: { lan: { name: "eth0 up" } } } }\n`,
      /^3:40 networks.lan.name is "eth0 up"/,
    ],
    [
      'a network not there',
      `${LAN}nodes: { a: { networks: [lna] } }\n`,
      '3:26 There is no network "lna". Did you mean "lan"? Known: lan.',
    ],
    [
      'a network not there, by map',
      `${LAN}nodes: { a: { networks: { lna: {} } } }\n`,
      '3:27 There is no network "lna". Did you mean "lan"? Known: lan.',
    ],
    [
      'a network not there, by object',
      `${LAN}nodes: { a: { networks: [{ network: lna }] } }\n`,
      '3:37 There is no network "lna". Did you mean "lan"? Known: lan.',
    ],
    [
      'a network twice',
      `${LAN}nodes: { a: { networks: [lan, lan] } }\n`,
      /^3:31 Node "a" joins network "lan" more than once/,
    ],
    [
      'a nic name twice',
      `${LAN}nodes: { a: { networks: [{ network: lan, name: e0 }, { network: lan, name: e0 }] } }\n`,
      '3:76 The nic a:e0 is used twice; the other place is t.yaml:3:48.',
    ],
    [
      'a node not there',
      'name: x\nnodes: { a: {}, b: {} }\nlinks: [ [a:eth1, z:eth1] ]\n',
      /^3:19 There is no node "z". Known: a, b, host/,
    ],
    [
      'an endpoint twice',
      'name: x\nnodes: { a: {}, b: {}, c: {} }\nlinks:\n  - [a:eth1, b:eth1]\n  - { endpoints: [{ node: a, nic: eth1 }, "c:eth1"] }\n',
      '5:35 The nic a:eth1 is used twice; the other place is t.yaml:4:6.',
    ],
    [
      'an endpoint and a nic of a network',
      `${LAN}nodes: { a: { networks: { lan: { name: e0 } } }, b: {} }\nlinks: [[a:e0, b:e0]]\n`,
      '4:10 The nic a:e0 is used twice; the other place is t.yaml:3:40.',
    ],
    [
      'one endpoint',
      'name: x\nnodes: { a: {} }\nlinks: [[a:eth1]]\n',
      /^3:9 endpoints is a list of 1, but must be two endpoints/,
    ],
    [
      'no nic in an endpoint',
      'name: x\nnodes: { a: {}, b: {} }\nlinks: [[a, b:eth1]]\n',
      /^3:10 endpoints\[0\] is "a", but must be an endpoint, NODE:NIC/,
    ],
    [
      'a bad nic in an endpoint',
      'name: x\nnodes: { a: {}, b: {} }\nlinks: [["a:-rf", b:eth1]]\n',
      /^3:10 endpoints\[0\] is "a:-rf", but must be an endpoint/,
    ],
    [
      'an address from no subnet',
      'name: x\nnodes: { a: {}, b: {} }\nlinks: [{ endpoints: [{ node: a, nic: e, address: auto }, b:e] }]\n',
      /^3:51 endpoints\[0\].address is "auto"/,
    ],
    ['text for a link', 'name: x\nlinks: [a:eth1]\n', /^2:9 A link is "a:eth1", but must be/],
    [
      'a route to a host part',
      'name: x\nnodes: { a: { routes: [{ to: 10.0.0.1/24, via: 10.0.0.1 }] } }\n',
      /^2:30 routes\[0\].to is "10.0.0.1\/24", but must be a subnet/,
    ],
    [
      'a sysctl of the host',
      'name: x\nnodes: { a: { sysctls: { kernel.panic: 1 } } }\n',
      /^2:26 "kernel.panic" in sysctls of node "a" is no kernel parameter of a network namespace; nodes of kind \w+ have those below `net.`\.$/,
    ],
    [
      'a sysctl that another kind of node has, but not this one',
      'name: x\nnodes:\n  a: { kind: box, image: nginx, sysctls: { kernel.sem: 1, vm.swappiness: 1 } }\n',
      /^3:59 "vm.swappiness" in sysctls of node "a" .* nodes of kind box have those below `net.`, and from their making `kernel.sem`\.$/,
    ],
    [
      'a sysctl that climbs',
      'name: x\nnodes: { a: { sysctls: { "net.//.kernel": 1 } } }\n',
      /^2:26 The key in sysctls is "net.\/\/.kernel"/,
    ],
    [
      'an open quote',
      `name: x\nnodes: { a: { commands: ["echo 'a"] } }\n`,
      /^2:26 commands\[0\] is "echo 'a", but must be a command whose quotes are closed/,
    ],
    [
      'an unknown group',
      'name: x\ngroups: { leaf: {} }\nnodes: { a: { group: laef } }\n',
      '3:22 There is no group "laef". Did you mean "leaf"? Known: leaf.',
    ],
    [
      'an unknown key of all nodes',
      'name: x\ndefaults: { sysctl: {} }\nnodes: { a: {}, b: {} }\n',
      /^2:13 "sysctl" is no key of `defaults`. Did you mean "sysctls"\?/,
    ],
    [
      'an unknown key of a group nobody takes',
      'name: x\ngroups: { leaf: { imgae: i } }\n',
      /^2:19 "imgae" is no key of `groups.leaf`. Did you mean "image"\?/,
    ],
    [
      'an inherited value, once',
      'name: x\ndefaults: { routes: 5 }\nnodes: { a: {}, b: {} }\n',
      '2:21 routes is the number 5, but must be a list.',
    ],
    ['plugins in text', 'name: x\nplugins: ./a.ts\n', /^2:10 plugins is ".\/a.ts", but must be a list/],
    [
      'a plugin without use',
      'name: x\nplugins: [{ from: ./a.ts }]\n',
      /^2:11 plugins\[0\] has no "use"|^2:11 A plugin has no "use"/,
    ],
    [
      'many at once, in order',
      'name: x\nnodes: { -a: {} }\nnetworks: { lan: { kind: bridge, mtu: 1 } }\nnetworkz: {}\n',
      /^2:10 "-a" cannot be the name/,
      /^3:39 mtu/,
      /^4:1 "networkz"/,
    ],
  ];
  for (const [what, text, ...messages] of cases)
    test(what, () => {
      const wanted = messages.map((it) => (typeof it === 'string' ? it : (expect.stringMatching(it) as unknown)));
      expect(complaints(text)).toEqual(wanted);
    });
});

describe('addresses that something finds', () => {
  const nicOf = (keys: string) =>
    valid(`name: x\nnetworks: { lan: { kind: bridge } }\nnodes: { a: { networks: { lan: { ${keys} } } } }\n`).nodes[0]
      ?.nics[0];
  const rented = (days: number) => ({ by: 'rental', options: { days } });

  test.each([
    ['address: rental', 'none', [rented(1)]],
    ['address: [rental]', 'none', [rented(1)]],
    ['address: [rental, 10.0.0.1/24]', ['rental', '10.0.0.1/24'], [rented(1)]],
    ['rental: { days: 3 }', 'none', [rented(3)]],
    ['rental: true', 'none', [rented(1)]],
    ['rental: false', 'auto', []],
    ['address: rental, rental: { days: 3 }', 'none', [rented(3)]],
    ['address: 10.0.0.1/24, rental: {}', ['10.0.0.1/24'], [rented(1)]],
    ['address: auto, rental: {}', 'auto', [rented(1)]],
    ['mtu: 1400', 'auto', []],
  ])('%s', (keys, addressing, dynamic) => expect(nicOf(keys)).toMatchObject({ addressing, dynamic }));

  test('at the end of a link', () =>
    expect(
      valid(
        'name: x\nnodes: { a: , b: }\nlinks: [{ endpoints: [{ node: a, nic: e0, address: rental }, "b:e0"] }]\n',
      ).links[0]?.ends.map(({ nic }) => nic.dynamic),
    ).toEqual([[rented(1)], []]));

  test.each([
    ['address: rent', /`auto`, `none` or `rental`/],
    ['rental: { weeks: 1 }', /weeks/],
    ['rental: { days: x }', /days/],
    ['rental: 3', /a map or true or false/],
    ['rent: {}', /"rent" is no key/],
  ])('a mistake: %s', (keys, says) => {
    const text = `name: x\nnetworks: { lan: { kind: bridge } }\nnodes: { a: { networks: { lan: { ${keys} } } } }\n`;
    expect(
      parse(text)
        .diagnostics.map(({ message, fix }) => `${message} ${fix}`)
        .join(),
    ).toMatch(says);
  });
});

describe('service links', () => {
  const nodes = (links: string) => `name: x\nnodes:\n  redis: {}\n  web:\n    service-links: ${links}\n`;

  test('short and long, with ports and variables', () => {
    const text = nodes(
      '[redis, "redis:db", { node: redis, alias: c, network: lan, ports: [53/udp, 7000-7002], compat: docker-27 }]',
    );
    const {
      nodes: [redis, web],
    } = valid(text.replace('redis: {}', 'redis: { expose: [6379, 53/udp], env: { A: 1, B: } }'));
    expect(redis).toMatchObject({
      expose: [
        { ports: [6379, 6379], protocol: 'tcp' },
        { ports: [53, 53], protocol: 'udp' },
      ],
      env: { A: '1', B: null },
    });
    const path = (index: number) => ['nodes', 'web', 'service-links', index];
    expect(web?.serviceLinks).toEqual([
      { node: 'redis', alias: 'redis', path: path(0) },
      { node: 'redis', alias: 'db', path: path(1) },
      {
        node: 'redis',
        alias: 'c',
        network: 'lan',
        ports: [
          { ports: [53, 53], protocol: 'udp' },
          { ports: [7000, 7002], protocol: 'tcp' },
        ],
        compat: 'docker-27',
        path: path(2),
      },
    ]);
  });

  test.each([
    ['[rdis]', '5:21 There is no node "rdis". Did you mean "redis"\\? Known: redis, web.'],
    ['[{ alias: db, node: rdis }]', '5:40 There is no node "rdis". Did you mean "redis"\\? Known: redis, web.'],
    [
      '[redis, "redis:DB", { node: redis, alias: db }]',
      /^5:40 Node "web" has two service links with the alias "db": to redis/,
    ],
    ['[web]', '5:21 Node "web" has a service link to itself.'],
    ['["redis:"]', /^5:21 service-links\[0\] is "redis:", but must be a node as `redis`/],
    ['["redis:a:b"]', /must be a node as `redis`, or `redis:db`/],
    ['["redis:localhost"]', /alias of letters, digits, _ \. - that is not `localhost`/],
    ['["redis:a=b"]', /must be a node as/],
    ['["redis:a\\nb"]', /must be a node as/],
    ['["redis:a\\0b"]', /holds a control character/],
    ['[{ node: redis, alias: "a\\n" }]', /must be an alias/],
    ['["redis:a\\nb"]', /must be a node as/],
    ['["redis:a b"]', /must be a node as/],
    [
      '[{ node: redis, alias: ip6-localhost }]',
      /^5:43 service-links\[0\]\.alias is "ip6-localhost", but must be an alias/,
    ],
    ['[{ node: redis, compat: docker-26 }]', /compat is "docker-26", but must be .*docker-27.*docker-28/],
    ['[{ node: redis, port: 5 }]', /"port" is no key of service-links\[0\]\. Did you mean "ports"\?/],
    ['[{ node: redis, ports: [0] }]', /ports\[0\] is the number 0, but must be ports as/],
    ['redis', /service-links is "redis", but must be a list/],
  ])('%s', (links, expected) => expect(complaints(nodes(links))).toEqual([expect.stringMatching(expected)]));
});

describe('hostile text', () => {
  const names: readonly (readonly [name: string, shown: string])[] = [
    ['-rf', '"-rf"'],
    ['$(touch /pwned)', '"$(touch /pwned)"'],
    ['a\\nb', String.raw`"a\x0ab"`],
    ['a\\0b', String.raw`"a\x00b"`],
    ['\\e[2J', String.raw`"\x1b[2J"`],
    ['\\u202Egnp', String.raw`"\u{202e}gnp"`],
    ['../../proc/1/ns/net', '"../../proc/1/ns/net"'],
    ['__proto__', '"__proto__"'],
    ['constructor', '"constructor"'],
    ['x%d', '"x%d"'],
    ['x'.repeat(64), `"${'x'.repeat(60)}…"`],
  ];
  test.each(names)('the node %s', (name, shown) => {
    const found = complaints(`name: x\nnodes: { "${name}": {} }\n`);
    expect(found).toEqual([expect.stringMatching(/^2:10 /)]);
    expect(found.join('\n')).toContain(shown);
    expect(/[^\P{Cc}\n]/u.test(found.join('\n'))).toBe(false);
  });

  test('a NUL in a value', () => {
    expect(complaints('name: x\nnodes: { a: { kind: box, image: "i\\0" } }\n')).toEqual([
      String.raw`2:33 The text "i\x00" holds a control character.`,
    ]);
  });

  test('__proto__ in a map stays a key', () => {
    expect(complaints('name: x\n__proto__: { polluted: 1 }\n')).toEqual([
      expect.stringMatching(/^2:1 "__proto__" is no key/),
    ]);
    expect('polluted' in {}).toBe(false);
  });
});

describe('what is written is what is meant', () => {
  test('a network', () => {
    const { networks } = valid(
      'name: x\nnetworks: { lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00::/64"], gateway: none, mtu: 1400, rate: 5 } }\n',
    );
    expect(networks).toEqual([
      {
        name: 'lan',
        kind: 'bridge',
        subnets: ['10.0.0.0/24', 'fd00::/64'],
        gateways: 'none',
        mtu: 1400,
        options: { stp: false, rate: 5 },
        path: ['networks', 'lan'],
      },
    ]);
  });

  test('nodes with nothing', () => {
    const { nodes } = valid('name: x\nnodes:\n  a:\n  b: {}\n');
    expect(nodes.map((node) => [node.name, node.kind, node.nics])).toEqual([
      ['a', 'space', []],
      ['b', 'space', []],
    ]);
  });

  test.each([
    ['[lan]', ['networks', 0]],
    ['[{ network: lan }]', ['networks', 0]],
    ['{ lan: }', ['networks', 'lan']],
    ['{ lan: {} }', ['networks', 'lan']],
  ])('networks: %s', (networks, path) => {
    const [node] = valid(`${LAN}nodes: { a: { networks: ${networks} } }\n`).nodes;
    expect(node!.nics).toMatchObject([
      { network: 'lan', name: undefined, addressing: 'auto', path: ['nodes', 'a', ...path] },
    ]);
  });

  test('all of a nic', () => {
    const [node] = valid(`${LAN}nodes:
  a:
    networks:
      - network: lan
        name: wan0
        address: 10.0.0.2/24
        gateway: [10.0.0.1, "fd00::1"]
        mac: 02:00:00:00:00:42
        mtu: 1400
        routes: [{ to: 10.9.0.0/16, via: 10.0.0.3, metric: 5 }]
        neighbours: [{ to: 10.0.0.7, mac: 02:00:00:00:00:07 }]
`).nodes;
    expect(node!.nics).toMatchObject([
      {
        network: 'lan',
        name: 'wan0',
        addressing: ['10.0.0.2/24'],
        gateways: ['10.0.0.1', 'fd00::1'],
        mac: '02:00:00:00:00:42',
        mtu: 1400,
        routes: [
          {
            to: '10.9.0.0/16',
            via: '10.0.0.3',
            metric: 5,
            kind: 'unicast',
            path: ['nodes', 'a', 'networks', 0, 'routes', 0],
          },
        ],
        neighbours: [{ to: '10.0.0.7', mac: '02:00:00:00:00:07' }],
      },
    ]);
  });

  test('one network twice, by name', () => {
    const [node] = valid(
      `${LAN}nodes: { a: { networks: [{ network: lan, name: e0 }, { network: lan, name: e1 }] } }\n`,
    ).nodes;
    expect(node!.nics.map((nic) => nic.name)).toEqual(['e0', 'e1']);
  });

  test('the rest of a node', () => {
    const [node] = valid(`name: x
nodes:
  a:
    kind: box
    image: nginx
    loopback: [10.255.0.1, "FD00:0::1", 10.7.0.1/24]
    routes: [{ to: default, via: 10.0.0.1 }, { to: 10.66.0.0/16, kind: blackhole }]
    rules: [{ from: 10.0.0.0/24, table: 100, fwmark: 0x10 }]
    sysctls: { net.ipv4.ip_forward: 1, net.ipv4.conf.eth0/30.rp_filter: "2", kernel.sem: 250 32000 32 128 }
    commands: ["ip link set 'a b' up", [echo, "$x"]]
`).nodes;
    expect(node).toMatchObject({
      kind: 'box',
      host: 'local',
      options: { image: 'nginx', pull: 'never' },
      loopback: ['10.255.0.1/32', 'fd00::1/128', '10.7.0.1/24'],
      routes: [
        { to: 'default', via: '10.0.0.1' },
        { to: '10.66.0.0/16', kind: 'blackhole' },
      ],
      rules: [{ from: '10.0.0.0/24', table: 100, fwmark: 16 }],
      sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.eth0/30.rp_filter': '2' },
      madeWith: { 'kernel.sem': '250 32000 32 128' },
      commands: [
        ['ip', 'link', 'set', 'a b', 'up'],
        ['echo', '$x'],
      ],
    });
  });

  test.each([
    ['a rule from one family to the other', 'rules: [{ from: 10.0.0.0/8, to: "fd00::/8", table: 5 }]', 'of IPv4'],
    ['a rule from another family than it says', 'rules: [{ from: 10.0.0.0/8, table: 5, family: 6 }]', 'of IPv6'],
    ['a rule for the mark of what has none', 'rules: [{ fwmark: 0, table: 5 }]', 'from 1 to'],
    [
      'a route that refuses, by a gateway',
      'routes: [{ to: 10.9.0.0/16, via: 10.0.0.3, kind: blackhole }]',
      'nothing: a blackhole',
    ],
    ["a route in the kernel's own table", 'routes: [{ to: 10.9.0.0/16, kind: blackhole, table: 255 }]', '255 (local)'],
  ])('%s', (_, text, said) => {
    const { diagnostics } = parse(`name: x\nnodes: { a: { ${text} } }\n`);
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['PW_BAD_VALUE', expect.stringContaining(said)],
    ]);
  });

  test.each([
    ['10.0.0.5', '10.0.0.5/32'],
    ['"FD00::0005"', 'fd00::5/128'],
    ['10.0.0.5/32', '10.0.0.5/32'],
  ])('a route to %s is to %s', (written, to) => {
    const [node] = valid(`name: x\nnodes: { a: { routes: [{ to: ${written}, kind: blackhole }] } }\n`).nodes;
    expect(node!.routes).toMatchObject([{ to }]);
  });

  test('links, short and long', () => {
    const { links } = valid(`name: x
nodes: { a: {}, b: {} }
links:
  - [a:e0, b:e0]
  - { kind: tube, key: 7, mtu: 1400, endpoints: ["a:e1", { node: b, nic: e1, address: 10.0.0.1/30 }] }
`);
    expect(links).toMatchObject([
      {
        name: 'a:e0--b:e0',
        kind: 'cable',
        ends: [{ node: 'a', nic: { name: 'e0', addressing: 'none' } }, { node: 'b' }],
      },
      {
        name: 'a:e1--b:e1',
        kind: 'tube',
        mtu: 1400,
        options: { key: 7 },
        ends: [{}, { nic: { addressing: ['10.0.0.1/30'] } }],
      },
    ]);
  });

  test('a node that needs no entry', () => {
    const { nodes } = valid('name: x\nnodes: { a: {} }\nlinks: [[a:e0, host:e0]]\n');
    expect(nodes.map((node) => [node.name, node.kind])).toEqual([
      ['a', 'space'],
      ['host', 'host'],
    ]);
  });

  test('JSON', () => {
    expect(valid('{\n\t"name": "x",\n\t"nodes": { "a": null }\n}\n').nodes).toHaveLength(1);
  });
});

describe('defaults and groups', () => {
  const topology = `name: x
networks: { lan: { kind: bridge }, back: { kind: bridge } }
defaults:
  sysctls: { net.a: 1, net.b: 1, net.c: 1 }
  networks: [lan]
groups:
  leaf:
    kind: box
    image: 5
    sysctls: { net.b: 2, net.c: 2 }
nodes:
  a: { group: leaf, image: nginx, networks: [back], sysctls: { net.c: 3 } }
  b: {}
`;
  test('lie under the node: maps merge, scalars and lists replace', () => {
    const [a, b] = valid(topology).nodes;
    expect(a).toMatchObject({
      kind: 'box',
      options: { image: 'nginx' },
      sysctls: { 'net.a': '1', 'net.b': '2', 'net.c': '3' },
    });
    expect(a!.nics.map((nic) => nic.network)).toEqual(['back']);
    expect(b).toMatchObject({ kind: 'space', sysctls: { 'net.a': '1', 'net.b': '1', 'net.c': '1' } });
    expect(b!.nics.map((nic) => nic.network)).toEqual(['lan']);
  });

  test('a value is wrong where it was written', () => {
    expect(complaints(topology.replace('image: nginx, ', ''))).toEqual([
      '9:12 image is the number 5, but must be text.',
    ]);
  });

  test('nothing adds nothing', () => {
    const [a] = valid(
      `${LAN}defaults: { networks: { lan: { mtu: 1400 } } }\nnodes: { a: { networks: { lan: } } }\n`,
    ).nodes;
    expect(a!.nics[0]!.mtu).toBe(1400);
  });
});

describe('anchors', () => {
  test('merges and aliases, complaints at what they name', () => {
    const text = `name: x
x-nic: &nic
  mtu: 1400
  mac: nonsense
networks: { lan: { kind: bridge } }
nodes:
  a: { networks: { lan: { <<: *nic, mtu: 1300 } } }
  b: { networks: { lan: *nic } }
`;
    expect(complaints(text)).toEqual([expect.stringMatching(/^4:8 networks.lan.mac is "nonsense"/)]);
    const { nodes } = valid(text.replace('nonsense', '02:00:00:00:00:01'));
    expect(nodes.map((node) => node.nics[0]!.mtu)).toEqual([1300, 1400]);
  });

  test.each([
    ['no such anchor', 'name: *x\n', /^1:7 There is no anchor &x above/],
    ['an alias in itself', 'name: x\nnodes: &n { a: *n }\n', /^2:16 The alias \*n stands inside the value/],
    ['a merge of no map', 'name: x\nnodes: { <<: 5 }\n', /^2:14 `<<` merges a map or a list of maps/],
  ] as const)('%s', (_, text, message) => expect(complaints(text)[0]).toMatch(message));

  test('a bomb is refused, soon', () => {
    const level = (name: string, of: string): string => `x-${name}: &${name} [${Array(9).fill(of).join(', ')}]\n`;
    const bomb = Array.from('bcdefghij', (it, index) => level(it, `*${'abcdefghi'.charAt(index)}`));
    const start = performance.now();
    expect(complaints(level('a', 'x') + bomb.join(''))).toContainEqual(expect.stringMatching(/unfold to more than/));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

test.each(['subnet: 10.0.0.0/30', 'address: 10.0.0.1/30', 'ip: 10.0.0.1', 'ipv4: [10.0.0.1/30]'])(
  'who gives a link %s is told to give addresses to its ends',
  (written) => {
    const { diagnostics } = parse(`name: x\nnodes: { a: , b: }\nlinks: [{ endpoints: [a:e, b:e], ${written} }]\n`);
    expect(diagnostics).toMatchObject([
      { code: 'PW_UNKNOWN_KEY', fix: expect.stringContaining('nic: eth1, address:') as string },
    ]);
    expect(diagnostics[0]?.message).not.toContain('Did you mean');
  },
);

test('who forgot the kind is told which has the key', () => {
  const { diagnostics } = parse('name: x\nnodes: { a: { kind: host, image: i }, b: { kind: host, colour: i } }\n');
  expect(diagnostics.map(({ fix }) => fix)).toEqual([
    'It is one of kind box: say `kind: box`, or correct or remove it.',
    'Correct or remove it.',
  ]);
});

test.each([
  ['at the top', 'expose: [80]', 'It is a key of a node: write it there, or remove it.'],
  [
    'of several at the top',
    'mtu: 9000',
    "It is a key of a network, a node's nic or a link: write it there, or remove it.",
  ],
  [
    'of nics at a node',
    'nodes: { a: { mac: "02:00:00:00:00:01" } }',
    "It is a key of a node's nic: write it there, or remove it.",
  ],
  [
    'of routes at a nic',
    'nodes: { a: { networks: { lan: { nexthops: [] } } } }',
    'It is a key of a route of a node: write it there, or remove it.',
  ],
  [
    'of nodes at their defaults',
    'defaults: { subnet: 10.0.0.0/24 }\nnodes: { a: }',
    'It is a key of a network: write it there, or remove it.',
  ],
  ['of hosts at a node', 'nodes: { a: { ssh: root@h } }', 'It is a key of a host: write it there, or remove it.'],
])('a key %s is told where it belongs', (_, written, fix) =>
  expect(parse(`name: x\nnetworks: { lan: { kind: bridge } }\n${written}\n`).diagnostics).toMatchObject([
    { code: 'PW_UNKNOWN_KEY', fix },
  ]),
);

test.each([
  ['who lists the nodes of a network', 'networks: { lan: { kind: bridge, members: [a] } }', /networks: \[NETWORK\]/],
  [
    'who names no ends',
    'nodes: { a: , b: }\nlinks: [{ endpoints: [a:e, b:e], from: a }]',
    /endpoints: \[a:eth1, b:eth1\]/,
  ],
  ['a subnet for a network', 'networks: { lan: 10.0.0.0/24 }', /\{ kind: bridge, subnet: 10\.0\.0\.0\/24 \}/],
  [
    'an address for a nic',
    'networks: { lan: { kind: bridge } }\nnodes: { a: { networks: { lan: 10.0.0.2/24 } } }',
    /\{ address: 10\.0\.0\.2\/24 \}/,
  ],
  ['a way to a host', 'hosts: { h1: root@10.0.0.2 }', /\{ ssh: root@10\.0\.0\.2 \}/],
  ['what is none of that', 'networks: { lan: bridge }', /Write a map of its keys/],
])('%s is told how to write it', (_, written, fix) =>
  expect(parse(`name: x\n${written}\n`).diagnostics).toMatchObject([{ fix: expect.stringMatching(fix) as string }]),
);

test('what is told there is so', () => {
  const ends = '{ node: a, nic: eth1, address: 10.0.0.1/30 }, { node: b, nic: eth1, address: 10.0.0.2/30 }';
  const { ends: found } = valid(`name: x\nnodes: { a: , b: }\nlinks: [{ endpoints: [${ends}] }]\n`).links[0] ?? {};
  expect(found?.map(({ nic }) => nic.addressing)).toEqual([['10.0.0.1/30'], ['10.0.0.2/30']]);
});

describe('the environment', () => {
  test.each([
    ['${MTU}', { MTU: '1300' }, 1300],
    ['${MTU:-1400}', {}, 1400],
    ['${MTU:-1400}', { MTU: '' }, 1400],
    ['${MTU-1400}', {}, 1400],
    ['${A}${B}', { A: '13', B: '00' }, undefined],
  ])('mtu: %s with %o', (mtu, env, expected) => {
    const { topology } = parse(`name: x\nnetworks:\n  lan:\n    kind: bridge\n    mtu: ${mtu}\n`, env);
    expect(topology?.networks[0]?.mtu).toBe(expected);
  });

  test.each([
    ['n-${STAGE}', { STAGE: 'test' }, 'n-test'],
    ['"${STAGE}"', { STAGE: '007' }, '007'],
    ['"$${STAGE}"', {}, undefined],
  ])('name: %s', (name, env, expected) => expect(parse(`name: ${name}\n`, env).topology?.name).toBe(expected));

  test.each([
    ['${STAGE}', '1:7 The environment variable STAGE is not set.'],
    ['${STAGE:?which one}', '1:7 The environment variable STAGE is not set: which one'],
    ['"${A:-${B}}"', '1:7 "${A:-${B}" is no reference to an environment variable.'],
    ['"${"', '1:7 "${" is no reference to an environment variable.'],
    ['${constructor}', '1:7 The environment variable constructor is not set.'],
  ])('%s', (name, message) => expect(complaints(`name: ${name}\n`)).toEqual([message]));

  test.each([
    ['"${KEY}"', 'hush hush'],
    ['"${KEY}"', 'hush'],
    ['"${KEY}"', '4711'],
    ["'${KEY}'", '04711'],
    ['"${KEY}"', 'hush\u0007'],
  ])('what a variable holds may be a secret, and no message shows it: %s of %j', (written, KEY) => {
    for (const key of [
      'networks: { lan: VALUE }',
      'networks: { lan: { mtu: VALUE } }',
      'links: [VALUE]',
      'links: VALUE',
    ]) {
      const said = JSON.stringify(parse(`name: x\n${key.replace(/VALUE/, () => written)}\n`, { KEY }).diagnostics);
      expect(said).toContain('${KEY}');
      expect(said).not.toContain(KEY.slice(0, 4));
    }
  });
});

test('two plugins that claim one key are told apart', () => {
  const greedy = networkDriver({ ...nothing, kind: 'greedy', summary: '', options: z.object({ mtu: z.int() }) });
  const source = parseSource('name: x\nnetworks: { n: { kind: greedy } }\n', { file: 't.yaml', env: {} });
  expect(() => parseTopology(source, { ...registries, networks: kindsOf(greedy) })).toThrow(
    'The network key "mtu" is claimed by pipewright itself and by kind greedy.',
  );
});

// About a second; comparing all keys with each other would take minutes, and end at the limit.
test('ten thousand nodes', { timeout: 60_000 }, () => {
  const nodes = Array.from({ length: 10_000 }, (_, index) => `  n${index}: { networks: [lan] }\n`);
  expect(valid(`${LAN}nodes:\n${nodes.join('')}`).nodes).toHaveLength(10_000);
});

test.each(['[', '{ a: '])('too deep: %s', (open) => {
  expect(complaints(`name: ${open.repeat(20_000)}`)).toHaveLength(1);
});

// The stack that the parser has for the most of them differs between versions of Node.
test.each([200, 5_000, 20_000])('too deep, and whole: %i levels', (levels) => {
  const [deep] = complaints(`name: x\nx-a: ${'['.repeat(levels)}${']'.repeat(levels)}\n`);
  expect(deep).toMatch(/nests its values too deeply/);
});

test('the JSON Schema knows every kind and its options', () => {
  const schema = JSON.stringify(jsonSchema(registries));
  for (const word of [
    '"const":"bridge"',
    '"const":"box"',
    '"image"',
    '"parent"',
    '"rate"',
    'A bridge.',
    '2020-12',
    '"^x-"',
  ])
    expect(schema).toContain(word);
});

describe('what carries a network between hosts', () => {
  const lan = (fabric: string) => `name: t\nnetworks: { lan: { kind: bridge, fabric: ${fabric} } }`;

  test.each([
    ['tunnel', {}],
    ['{ kind: tunnel, depth: 3 }', { depth: 3 }],
    ['{ depth: 3 }', { depth: 3 }],
  ])('%s', (written, options) =>
    expect(valid(lan(written)).networks[0]?.fabric).toMatchObject({ kind: 'tunnel', options }),
  );

  test.each([
    ['tunel', /2:34 There is no fabric kind "tunel"\. Did you mean "tunnel"\?/],
    ['{ depth: deep }', /2:51 depth is "deep"/],
    ['{ deep: 3 }', /2:44 .*"deep"/],
    ['7', /2:42 fabric is the number 7/],
  ])('not %s', (written, says) => expect(complaints(lan(written)).join('\n')).toMatch(says));

  test('which addresses the hosts have', () => {
    const { hosts, underlays } = valid(
      'name: t\nhosts: { h1: { ssh: root@h1, underlay: 198.51.100.1 }, h2: { ssh: h2 }, local: { underlay: "fd00::1" } }',
    );
    expect(hosts.map(({ name }) => name)).toEqual(['h1', 'h2']);
    expect(Object.fromEntries(underlays)).toEqual({ h1: '198.51.100.1', local: 'fd00::1' });
  });

  test.each([
    ['{ local: { ssh: root@h1 } }', /2:19 The host "local" is the machine/],
    ['{ h1: { ssh: h1, underlay: h1 } }', /2:35 underlay is "h1"/],
    ['{ h1: { underlay: 198.51.100.1 } }', /ssh/],
  ])('not hosts %s', (hosts, says) => expect(complaints(`name: t\nhosts: ${hosts}`).join('\n')).toMatch(says));
});
