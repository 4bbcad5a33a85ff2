import { resolve } from 'node:path';
import { onSandbox, Sandbox, type Snapshot, whyNoSandbox, WORK_FOLDER } from '@pipewright/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliOfNobody, pair, takeAway } from './support.js';

type Row = readonly [what: string, topology: string, line: string, says: RegExp];

const LAN = 'networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }';

/** `line` is `2`, or `2:1` with the column. */
const ROWS: readonly Row[] = [
  ['an unknown key at the top', 'name: x\nnoodles: {}', '2:1', /noodles.*[Dd]id you mean "nodes"/],
  [
    'an unknown key of a network',
    'name: x\nnetworks:\n  lan: { kind: bridge, subnett: 10.0.0.0/24 }',
    '3',
    /subnett.*[Dd]id you mean "subnet"/,
  ],
  [
    'a file of Compose',
    'name: x\nservices: { a: {} }\nvolumes: {}',
    '2:1',
    /file of Docker Compose.*from-compose\.md/s,
  ],
  ['a key of Compose', 'name: x\nservices: { a: {} }\nnodes: {}', '2:1', /services.*[Dd]id you mean "nodes"/],
  [
    'a file of containerlab',
    'name: x\ntopology: { kinds: {}, nodes: { a: { kind: linux } } }',
    '2:1',
    /file of containerlab.*`topology\.nodes` are `nodes`.*from-containerlab\.md/s,
  ],
  [
    'true as YAML had it once',
    'name: x\nnetworks: { lan: { kind: bridge, stp: Yes } }',
    '2:39',
    /stp is "Yes", but must be true or false.*Write true, without quotes/s,
  ],
  [
    'a MAC address as others write it',
    'name: x\nnetworks: { lan: { kind: bridge } }\nnodes: { a: { networks: { lan: { mac: 02-00-00-00-00-0A } } } }',
    '3:39',
    /Did you mean "02:00:00:00:00:0a"/,
  ],
  [
    'keys of Compose of a container',
    'name: x\nnodes:\n  a: { kind: docker, image: i, environment: { A: b }, volumes: ["/a:/b"] }',
    '3',
    /environment.*[Dd]id you mean "env"[^]*volumes.*[Dd]id you mean "mounts"/,
  ],
  ['an unknown key of a node', 'name: x\nnodes:\n  a: { network: [] }', '3', /[Dd]id you mean "networks"/],
  [
    'an unknown key of a nic',
    `name: x\n${LAN}\nnodes:\n  a: { networks: { lan: { adress: auto } } }`,
    '4',
    /[Dd]id you mean "address"/,
  ],
  [
    'an unknown key of a link',
    'name: x\nnodes: { a: {}, b: {} }\nlinks:\n  - { endpoints: [a:x, b:x], speed: 3 }',
    '4',
    /speed/,
  ],
  [
    'an unknown key of a route',
    `name: x\n${LAN}\nnodes:\n  a: { networks: [lan], routes: [{ to: default, through: 10.0.0.9 }] }`,
    '4',
    /through/,
  ],
  [
    "an address of the host's that its list has already",
    'name: x\nnetworks:\n  lan: { kind: bridge, address: ["fd00::1/64", "FD00:0::1/64"] }',
    '3:48',
    /address\[1\].*an address that the list does not have already/,
  ],
  [
    'the same without its prefix length',
    'name: x\nnetworks:\n  lan: { kind: bridge, subnet: 10.0.0.0/24, address: [10.0.0.1, 10.0.0.1/24] }',
    '3:65',
    /address\[1\].*an address that the list does not have already/,
  ],
  [
    'one of a list that is outside the subnet',
    'name: x\nnetworks:\n  lan: { kind: bridge, subnet: 10.0.0.0/24, address: [10.0.0.1/24, 10.0.0.0/24] }',
    '3:68',
    /10\.0\.0\.0\/24 is the network address/,
  ],
  [
    'an address that a nic has already',
    'name: x\nnodes: { a: {}, b: {} }\nlinks:\n  - endpoints: [{ node: a, nic: x, address: [10.0.0.1/24, 10.0.0.1/24] }, b:x]',
    '4:59',
    /10\.0\.0\.1 is given twice(?![^]*PW_RESOURCE_TWICE)/,
  ],
  [
    'two routes to one destination',
    `name: x\n${LAN}\nnodes:\n  a: { networks: [lan], routes: [{ to: 10.1.0.0/16, via: 10.0.0.7 }, { to: 10.1.0.0/16, via: 10.0.0.8 }] }`,
    '4',
    /wants route 10\.1\.0\.0\/16 in a twice[^]*by a `metric`/,
  ],
  ['an unknown network kind', 'name: x\nnetworks: { lan: { kind: brigde } }', '2', /brigde.*[Dd]id you mean "bridge"/],
  ['an unknown node kind', 'name: x\nnodes: { a: { kind: netnss } }', '2', /[Dd]id you mean "netns"/],
  [
    'an unknown link kind',
    'name: x\nnodes: { a: {}, b: {} }\nlinks: [{ kind: veht, endpoints: [a:x, b:x] }]',
    '3',
    /[Dd]id you mean "veth"/,
  ],
  ['no kind', 'name: x\nnetworks: { lan: {} }', '2', /kind/],
  ['an unknown network', `name: x\n${LAN}\nnodes: { a: { networks: [lna] } }`, '3', /lna.*[Dd]id you mean "lan"/],
  [
    'an unknown node in a link',
    'name: x\nnodes: { alpha: {}, beta: {} }\nlinks:\n  - [alpha:x, betta:x]',
    '4',
    /betta.*[Dd]id you mean "beta"/,
  ],
  ['no name', 'nodes: { a: {} }', '1', /name/],
  ['a list for a map', 'name: x\nnodes: [a, b]', '2', /list/],
  ['a text for a list', `name: x\n${LAN}\nnodes:\n  a: { networks: 7 }`, '4', /7/],
  ['a number for a truth', 'name: x\nnetworks: { lan: { kind: bridge, stp: 3 } }', '2', /stp.*3/],
  ['a list as the whole', '- a\n- b', '1:1', /list/],
  ['a text as the whole', 'just words', '1:1', /just words/],
  [
    'an address of the nineties',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { address: 10.0.0.300/24 } } } }`,
    '3',
    /10\.0\.0\.300\/24/,
  ],
  ['an octal address', `name: x\n${LAN}\nnodes: { a: { networks: { lan: { address: 10.0.0.010/24 } } } }`, '3', /010/],
  [
    'a prefix too long',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { address: 10.0.0.3/33 } } } }`,
    '3',
    /10\.0\.0\.3\/33/,
  ],
  [
    'an IPv6 address with a zone',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { address: "fe80::1%eth0/64" } } } }`,
    '3',
    /fe80::1%eth0/,
  ],
  [
    'a subnet with host bits',
    'name: x\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.7/24 } }',
    '2',
    /10\.0\.0\.7\/24.*10\.0\.0\.0\/24/,
  ],
  ['a subnet without a length', 'name: x\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0 } }', '2', /10\.0\.0\.0/],
  [
    'an address outside the subnet',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { address: 10.9.0.1/24 } } } }`,
    '3',
    /10\.9\.0\.1/,
  ],
  [
    "the subnet's own address",
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { address: 10.0.0.0/24 } } } }`,
    '3',
    /10\.0\.0\.0/,
  ],
  [
    'the broadcast address',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { address: 10.0.0.255/24 } } } }`,
    '3',
    /10\.0\.0\.255/,
  ],
  [
    'an address twice',
    `name: x\n${LAN}\nnodes:\n  a: { networks: { lan: { address: 10.0.0.5/24 } } }\n  b: { networks: { lan: { address: 10.0.0.5/24 } } }`,
    '5',
    /10\.0\.0\.5/,
  ],
  [
    'a MAC address twice',
    `name: x\n${LAN}\nnodes:\n  a: { networks: { lan: { mac: "02:00:00:00:00:01" } } }\n  b: { networks: { lan: { mac: "02:00:00:00:00:01" } } }`,
    '5',
    /02:00:00:00:00:01/,
  ],
  [
    'a subnet without room',
    'name: x\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/30 } }\nnodes: { a: { networks: [lan] }, b: { networks: [lan] }, c: { networks: [lan] } }',
    '3',
    /10\.0\.0\.0\/30/,
  ],
  [
    'a multicast MAC address',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { mac: "01:00:5e:00:00:01" } } } }`,
    '3',
    /01:00:5e/,
  ],
  ['half a MAC address', `name: x\n${LAN}\nnodes: { a: { networks: { lan: { mac: "02:00:00" } } } }`, '3', /02:00:00/],
  ['an MTU too small', `name: x\n${LAN}\nnodes: { a: { networks: { lan: { mtu: 12 } } } }`, '3', /12\b/],
  ['an MTU too large', `name: x\n${LAN}\nnodes: { a: { networks: { lan: { mtu: 70000 } } } }`, '3', /70000/],
  ['an MTU in words', `name: x\n${LAN}\nnodes: { a: { networks: { lan: { mtu: jumbo } } } }`, '3', /jumbo/],
  ['a nic name with a slash', `name: x\n${LAN}\nnodes: { a: { networks: { lan: { name: "eth/0" } } } }`, '3', /eth\/0/],
  [
    'a nic name that is an option',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { name: "-eth0" } } } }`,
    '3',
    /-eth0/,
  ],
  [
    'a nic name that the kernel counts up',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { name: "eth%d" } } } }`,
    '3',
    /eth%d/,
  ],
  [
    'a nic name that is a word of iproute2',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { name: dev } } } }`,
    '3',
    /dev/,
  ],
  [
    'a bridge name too long',
    'name: x\nnetworks: { lan: { kind: bridge, bridge: a-bridge-with-a-long-name } }',
    '2',
    /a-bridge-with-a-long-name/,
  ],
  [
    'a nic name twice in a node',
    'name: x\nnetworks: { one: { kind: bridge }, two: { kind: bridge } }\nnodes: { a: { networks: { one: { name: wan0 }, two: { name: wan0 } } } }',
    '3',
    /wan0/,
  ],
  ['a key twice', 'name: x\nnodes:\n  a: {}\n  a: {}', '4:3', /"a".*line 3/],
  [
    'an end of a link twice',
    'name: x\nnodes: { a: {}, b: {}, c: {} }\nlinks:\n  - [a:eth1, b:eth1]\n  - [a:eth1, c:eth1]',
    '5',
    /a:eth1/,
  ],
  ['a link to itself', 'name: x\nnodes: { a: {} }\nlinks:\n  - [a:eth1, a:eth1]', '4', /a:eth1/],
  ['an end without a nic', 'name: x\nnodes: { a: {}, b: {} }\nlinks:\n  - [a, b:eth1]', '4', /"?a"?/],
  ['a link with three ends', 'name: x\nnodes: { a: {}, b: {} }\nlinks:\n  - [a:x, b:x, a:y]', '4', /./],
  ['a gateway in words', `name: x\n${LAN}\nnodes: { a: { networks: { lan: { gateway: router } } } }`, '3', /router/],
  [
    'a gateway of a family without an address',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { gateway: "fd00::1" } } } }`,
    '3',
    /fd00::1/,
  ],
  [
    'two default routes',
    'name: x\nnetworks: { one: { kind: bridge, subnet: 10.1.0.0/24 }, two: { kind: bridge, subnet: 10.2.0.0/24 } }\nnodes:\n  a: { networks: { one: { gateway: 10.1.0.1 }, two: { gateway: 10.2.0.1 } } }',
    '4',
    /default/,
  ],
  [
    'a route by the other family',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { routes: [{ to: "fd00::/64", via: 10.0.0.9 }] } } } }`,
    '3',
    /fd00::\/64/,
  ],
  [
    'a route by nowhere',
    `name: x\n${LAN}\nnodes: { a: { networks: [lan], routes: [{ to: 10.5.0.0/16, via: 192.0.2.1 }] } }`,
    '3',
    /10\.5\.0\.0\/16/,
  ],
  [
    'a route of a nic by nowhere',
    `name: x\n${LAN}\nnodes: { a: { networks: { lan: { routes: [{ to: 10.5.0.0/16, via: 192.0.2.1 }] } } } }`,
    '3:67',
    /192\.0\.2\.1.*in no subnet of a\/eth0, which has 10\.0\.0\.2\/24/,
  ],
  [
    'a sysctl that is no path below net',
    'name: x\nnodes: { a: { sysctls: { kernel.hostname: evil } } }',
    '2',
    /kernel\.hostname/,
  ],
  ['a sysctl that climbs out', 'name: x\nnodes: { a: { sysctls: { "net/../kernel/hostname": evil } } }', '2', /kernel/],
  ['a pid that is none', 'name: x\nnodes: { a: { kind: pid, pid: 0 } }', '2', /0/],
  ['a pid missing', 'name: x\nnodes: { a: { kind: pid } }', '2', /pid/],
  ['a pid of nobody', 'name: x\nnodes: { a: { kind: pid, pid: 4000000 } }', '2', /4000000/],
  ['broken YAML', 'name: x\nnodes: { a: [ }', '2', /YAML/],
  ['a tab where YAML has none', 'name: x\nnodes:\n\ta: {}', '3', /YAML/],
  ['an empty file', '', '1', /empty/],
  ['a file of comments', '# nothing yet\n', '1', /empty/],
  ['two documents', 'name: x\n---\nname: y', '2', /|:3:\d+/],
  ['an alias of nothing', 'name: x\nnodes: { a: *none }', '2', /none/],
  ['a variable that is not set', 'name: ${NOT_SET_ANYWHERE}', '1', /NOT_SET_ANYWHERE/],
  ['a name that a shell would run', 'name: x\nnodes: { "$(touch /mnt/pwned)": {} }', '2', /touch/],
  ['a name that is an option', 'name: x\nnodes: { "-rf": {} }', '2', /-rf/],
  ['a name with a line in it', 'name: x\nnodes: { "a\\nb": {} }', '2', /./],
  ['a name that is a path', 'name: x\nnodes: { "../../proc/1/ns/net": {} }', '2', /proc\/1/],
  ['a topology named by a path', 'name: ../x\nnodes: { a: {} }', '1', /\.\.\/x/],
  ['a name with an escape sequence', 'name: x\nnodes: { "\\e[31mred": {} }', '2', /./],
  ['a name of JavaScript', 'name: x\nnodes: { a: { networks: { __proto__: {} } } }', '2', /__proto__/],
  ['an endless name', `name: ${'x'.repeat(200)}\nnodes: { a: {} }`, '1', /x{50}/],
  ...['macvlan', 'macvtap', 'vlan'].map(
    (kind): Row => [
      `a ${kind} on no device of the host: one mistake`,
      `name: x\nnetworks:\n  lan: { kind: ${kind}, parent: eth9${kind === 'vlan' ? ', id: 3' : ''} }\nnodes: { a: { networks: [lan] } }`,
      '3',
      /^error: The host has no device "eth9"(?![^]*error:)/,
    ],
  ),
  ...['"s3cret"', '{ key: { a: s3cret } }', '{ secret: s3cret }', '{ key: s3cret }'].map(
    (encrypt): Row => [
      `a secret that is not as it is to be, ${encrypt}, is not shown`,
      `name: x\nhosts: { h1: { ssh: h1, underlay: 192.0.2.1 }, h2: { ssh: h2, underlay: 192.0.2.2 } }\nnetworks:\n  lan: { kind: bridge, fabric: { kind: vxlan, encrypt: ${encrypt} } }\nnodes: { a: { host: h1, networks: [lan] }, b: { host: h2, networks: [lan] } }`,
      '4',
      /^(?![^]*s3cret)[^]*key/,
    ],
  ),
  ['a plugin that is not there', 'name: x\nplugins: [./none.js]\nnodes: { a: {} }', '2', /none\.js/],
];

// They share a sandbox, as none may change it.
describe.skipIf(whyNoSandbox())('a mistake has its place, exit code 2, and nothing is touched:', () => {
  let host: Sandbox;
  let before: Snapshot;

  beforeAll(async () => {
    host = await Sandbox.start();
    before = await host.snapshot();
  });

  afterAll(async () => {
    expect(await host.snapshot()).toEqual(before);
    expect(await host.run(['test', '-e', 'pwned'])).toMatchObject({ code: 1 });
    await host.stop();
  });

  for (const [what, topology, line, says] of ROWS)
    test(what, async () => {
      await host.write('bad.yaml', topology);
      const { code, stdout, stderr } = await host.tryPipewright('up', '-f', 'bad.yaml', '--yes');
      const said = stdout + stderr;
      expect({ code, said }).toMatchObject({ code: 2 });
      expect(said).toMatch(says);
      expect(said).toMatch(new RegExp(`bad\\.yaml:${line}\\b`));
      expect(said).not.toMatch(/[\x00-\x08\x0b-\x1f]/);
    });
});

const API = `export default { name: 'other', api: 99, drivers: {} };`;
const THROWS = `
import { definePlugin, networkDriver, PLUGIN_API, z } from '@pipewright/plugin';
const boom = networkDriver({ kind: 'boom', summary: 'Fails.', options: z.object({}), compile: () => { throw new Error('out of luck'); } });
export default definePlugin({ name: 'bomb', api: PLUGIN_API, drivers: { networks: [boom] } });
`;
const giving = (attrs: string): string =>
  THROWS.replace("throw new Error('out of luck')", `return [device(it.segment, 'pw0', ${attrs}, { id: it.name })]`)
    .replace('compile: ()', 'compile: (it)')
    .replace('{ definePlugin,', '{ definePlugin, device,');
const TAKEN = THROWS.replace("'boom'", "'bridge'");

const PLUGINS: readonly (readonly [what: string, code: string, kind: string, says: RegExp])[] = [
  ['that throws in its driver', THROWS, 'boom', /out of luck/],
  [
    'that gives an attribute of another sort',
    giving("{ kind: 'bridge', mtu: 'big' }"),
    'boom',
    /"boom" failed on "lan": it gave a resource device "lan" whose mtu is "big".*"bomb"/,
  ],
  [
    'that gives one of a kind of device',
    giving("{ kind: 'bridge', stp: 'maybe' }"),
    'boom',
    /whose stp is "maybe".*"bomb"/,
  ],
  ['that throws when it is loaded', 'throw new Error("out of luck");', 'bridge', /out of luck/],
  ['for another contract', API, 'bridge', /other.*99/s],
  ['that claims a kind that is taken', TAKEN, 'bridge', /bridge.*bomb|bomb.*bridge/s],
  ['that exports nothing', 'export const nothing = 1;', 'bridge', /plugin\.mjs/],
  ['that is not JavaScript', 'export default {', 'bridge', /plugin\.mjs/],
];

describe('a plugin', () => {
  for (const [what, code, kind, says] of PLUGINS)
    test(
      what,
      onSandbox(async (host) => {
        await host.write('plugin.mjs', code);
        await host.write(
          't.yaml',
          `name: x\nplugins: [./plugin.mjs]\nnetworks: { lan: { kind: ${kind} } }\nnodes: { a: { networks: [lan] } }`,
        );
        expect((await refused(host, 't.yaml')).said).toMatch(says);
      }),
    );
});

describe('several mistakes', () => {
  test(
    'are all told at once, in the order of the file',
    onSandbox(async (host) => {
      await host.write(
        'bad.yaml',
        `name: x\n${LAN}\nnodes:\n  a: { networks: { lan: { mtu: 12, mac: "01:00:5e:00:00:01" } } }\n  b: { networks: [lna] }\n`,
      );
      const { said } = await refused(host, 'bad.yaml');
      const places = [...said.matchAll(/bad\.yaml:(\d+):(\d+)/g)].map(([, line]) => Number(line));
      expect(places.length).toBeGreaterThanOrEqual(3);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }),
  );

  test(
    'as JSON: code, message, fix and place of the first',
    onSandbox(async (host) => {
      await host.write('bad.yaml', 'name: x\nnoodles: {}\n');
      const finished = await host.tryPipewright('validate', '-f', 'bad.yaml', '--json');
      expect(finished.code).toBe(2);
      expect(finished.json()).toMatchObject({
        error: {
          code: expect.stringMatching(/^PW_/) as string,
          message: expect.any(String) as string,
          fix: expect.any(String) as string,
        },
      });
      expect(finished.stdout).toMatch(/"line":\s*2/);
    }),
  );
});

describe('a command line', () => {
  const LINES: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['an unknown command', ['upp'], /upp.*[Dd]id you mean.*up/s],
    ['a word of other tools', ['deploy', '-f', 'good.yaml'], /deploy.*[Dd]id you mean "up"/s],
    ['the version in words', ['version'], /pipewright --version/],
    ['a file in the place of -f', ['up', 'good.yaml', '--yes'], /up -f good\.yaml/],
    ['a file in the place of a name', ['down', 'good.yaml', '--yes'], /"good\.yaml" is a file.*-f good\.yaml/s],
    ['a picture that is none', ['graph', '-f', 'good.yaml', '-o', 'x.png'], /x\.png.*dot, mermaid, svg.*dot -Tpng/s],
    ['a name of nothing that is up', ['status', 'x'], /No topology "x" is up here/],
    ['an unknown option', ['up', '--yess', '-f', 'good.yaml'], /--?yess/],
    ['an option without its value', ['up', '-f'], /-f|file/],
    ['a file that is not there', ['up', '-f', 'none.yaml', '--yes'], /none\.yaml/],
    ['a folder for a file', ['up', '-f', '/mnt', '--yes'], /\/mnt/],
    ['no file anywhere', ['up', '--yes'], /pipewright\.yaml/],
    ['exec in a node that is not there', ['exec', '-f', 'good.yaml', 'nobody', '--', 'true'], /nobody/],
    ['a format that is none', ['graph', '-f', 'good.yaml', '--format', 'crayon'], /crayon/],
    ['down of a name that is a path', ['down', '../x', '--yes'], /\.\.\/x/],
    ['a network of no kind', ['up', '--network', 'lan=brigde', '--yes'], /brigde/],
    ['a script as JSON', ['plan', '-f', 'good.yaml', '--script', '--json'], /--script.*--json.*do not go together/],
    ['a script and a stage', ['plan', '-f', 'good.yaml', '--script', '--stage', 'model'], /"--script" and "--stage"/],
    [
      'two languages',
      ['graph', '-f', 'good.yaml', '--json', '--format', 'dot'],
      /--json.*--format.*do not go together/,
    ],
    [
      'a file and nodes of the command line',
      ['up', '-f', 'good.yaml', '--node', 'b', '--yes'],
      /"--file" and "--node"/,
    ],
    ['a name and a file', ['down', 'x', '-f', 'good.yaml', '--yes'], /"x" and "--file"/],
    ['two names', ['status', 'x', '-n', 'y'], /"x" and "--name"/],
    ['a link of one end', ['up', '--link', 'a:x', '--yes'], /two endpoints/],
  ];
  for (const [what, args, says] of LINES)
    test(
      what,
      onSandbox(async (host) => {
        await host.write('good.yaml', 'name: x\nnodes: { a: {} }\n');
        const { code, stderr, stdout } = await host.tryPipewright(...args);
        expect({ code, said: stderr + stdout }).toEqual({ code: 2, said: expect.stringMatching(says) as string });
      }),
    );
});

test(
  'what cannot be written is told of, and a reader who has seen enough is not',
  onSandbox(async (host) => {
    const [program, ...args] = host.cli;
    const run = `"${[program, ...args].join('" "')}"`;
    for (const what of ['schema', 'schema --help', '--version']) {
      const full = await host.run(['bash', '-c', `${run} ${what} > /dev/full`]);
      expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(/no space left on device/) as string });
      const read = await host.run(['bash', '-c', `${run} ${what} | :; exit "\${PIPESTATUS[0]}"`]);
      expect(read).toMatchObject({ code: 0, stderr: '' });
    }
  }),
);

test(
  'a reader that is slow gets all, whether or not writing waits for it',
  onSandbox(async (host) => {
    const words = [...host.cli, 'schema'];
    const { stdout } = await host.run(words);
    expect(stdout.length).toBeGreaterThan(100_000); // more than a pipe holds
    const unwaiting = 'use Fcntl; fcntl STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK; exec @ARGV';
    const late = `perl -e '${unwaiting}' "${words.join('" "')}" | { sleep 0.5; cat; }; exit "\${PIPESTATUS[0]}"`;
    expect(await host.run(['bash', '-c', late])).toMatchObject({ code: 0, stdout });
  }),
);

test(
  'who stands in a folder that was removed is told so',
  onSandbox(async (host) => {
    const run = `"${host.cli.join('" "')}"`;
    for (const what of ['up', 'plan', 'attach pid:1 --network br0']) {
      const nowhere = await host.run(['bash', '-c', `mkdir gone && cd gone && rmdir ../gone && ${run} ${what}`]);
      expect(nowhere).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^error: The folder.*not there/) as string,
      });
    }
  }),
);

describe('bounds', () => {
  test(
    'a YAML bomb is refused soon',
    onSandbox(async (host) => {
      const levels = 'bcdefghijk'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefghij'[index] ?? ''},`.repeat(9)}]`);
      await host.write('bad.yaml', `a: &a [x,x,x,x,x,x,x,x,x]\n${levels.join('\n')}\n`);
      const finished = await host.run([...host.cli, 'validate', '-f', 'bad.yaml'], { timeout: 15_000 });
      expect(finished.code).toBe(2);
    }),
  );

  test(
    '10,000 nodes are checked in bounded time',
    onSandbox(async (host) => {
      const nodes = Array.from(
        { length: 10_000 },
        (_, index) => `  n${String(index)}: { networks: [lan${String(index % 20)}] }`,
      );
      const networks = Array.from(
        { length: 20 },
        (_, index) => `  lan${String(index)}: { kind: bridge, subnet: 10.${String(index)}.0.0/16 }`,
      );
      await host.write('t.yaml', `name: x\nnetworks:\n${networks.join('\n')}\nnodes:\n${nodes.join('\n')}\n`);
      const finished = await host.run([...host.cli, 'validate', '-f', 't.yaml'], { timeout: 30_000 });
      expect({ code: finished.code, said: finished.stderr }).toEqual({ code: 0, said: '' });
    }),
  );
});

describe('a host that lacks something: exit code 4', () => {
  test(
    'root',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      const before = await host.snapshot();
      const user = await cliOfNobody(host);
      expect(await host.run([...user, 'up', '--yes'])).toMatchObject({
        code: 4,
        stderr: expect.stringMatching(/root/) as string,
      });
      expect((await host.run([...user, 'validate'])).code).toBe(0);
      await host.sh('mkdir node_modules');
      const modules = ['koffi', '@koromix'].map((it) => resolve('node_modules', it));
      await host.run(['cp', '-r', ...modules, `${WORK_FOLDER}/node_modules`]);
      for (const command of ['status', 'plan'])
        expect(await host.run([...user, command])).toMatchObject({
          code: 4,
          stderr: expect.stringMatching(/needs root/) as string,
        });
      expect(await host.snapshot()).toEqual(before);
      await host.run(['rm', 'pipewright.yaml']);
      expect(await host.run([...user, 'schema'], { env: { HOME: '/root' } })).toMatchObject({ code: 0, stderr: '' });
    }),
  );

  test(
    'the rights of root, which a container or a user namespace has not',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      const env = { PIPEWRIGHT_EXECUTOR: 'netlink' }; // programs do not ask for as much to read
      const confined = [
        [['setpriv', '--bounding-set=-sys_admin,-net_admin'], 'Root lacks CAP_NET_ADMIN and CAP_SYS_ADMIN here'],
        [['unshare', '--map-root-user'], 'Root may not enter and change network namespaces'],
      ] as const;
      for (const [words, message] of confined)
        for (const command of ['plan', 'status', 'up'])
          expect(await host.run([...words, ...host.cli, command], { env })).toMatchObject({
            code: 4,
            stderr: expect.stringMatching(`^error: ${message}`) as string,
          });
      // Without one of them all may be read, and nothing is begun.
      for (const executor of ['netlink', 'shell'])
        for (const one of ['net_admin', 'sys_admin']) {
          const words = ['setpriv', `--bounding-set=-${one}`, ...host.cli, 'up', '--yes'];
          expect(await host.run(words, { env: { PIPEWRIGHT_EXECUTOR: executor } })).toMatchObject({
            code: 4,
            stderr: expect.stringMatching(`^error: Root lacks CAP_${one.toUpperCase()} here: `) as string,
          });
        }
      expect(await host.namespaces()).toEqual([]);
    }),
  );

  test(
    'as many open files as the nodes take',
    onSandbox(async (host) => {
      const nodes = Array.from({ length: 30 }, (_, it) => `  n${String(it)}: { networks: [lan] }\n`);
      await host.write(
        'pipewright.yaml',
        `name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }\nnodes:\n${nodes.join('')}`,
      );
      const few = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh', ...host.cli];
      const env = { PIPEWRIGHT_EXECUTOR: 'netlink' }; // programs are asked a few at a time
      const lacks = { code: 4, stderr: expect.stringMatching(/^error: 30 nodes need 100 open files/) as string };
      expect(await host.run([...few, 'up', '--yes'], { env })).toMatchObject(lacks);
      expect(await host.namespaces()).toEqual([]);
      await host.pipewright('up', '--yes');
      for (const words of [['plan'], ['status'], ['up', '--yes'], ['down', '--yes'], ['down', 't', '--yes']])
        expect({ words, ...(await host.run([...few, ...words], { env })) }).toMatchObject({ words, ...lacks });
      expect(await host.plan()).toEqual([]);
      expect(await host.run([...few, 'exec', 'n7', '--', 'true'], { env })).toMatchObject({ code: 0 });
    }),
  );

  test(
    'the command ip, where it is what changes the host',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      await takeAway(host, 'ip');
      const finished = await host.run([...host.cli, 'up', '--yes'], { env: { PIPEWRIGHT_EXECUTOR: 'shell' } });
      expect(finished).toMatchObject({ code: 4, stderr: expect.stringMatching(/iproute2/) as string });
      expect(await host.namespaces()).toEqual([]);
    }),
  );

  test(
    'an /etc that can be written in, where a node has a hosts file there',
    onSandbox(async (host) => {
      await host.write(
        'pipewright.yaml',
        'name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }\nnodes: { db: { networks: [lan] }, web: { networks: [lan], service-links: [db] } }\n',
      );
      await host.sh('mount --bind /etc /etc; mount -o remount,ro,bind /etc');
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('/etc/netns/t-web/hosts is on a file system that is read only') as string,
      });
      expect(await host.namespaces()).toEqual([]);
    }),
  );

  test(
    'a folder of root that can be written in',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      await host.sh('mkdir fixed; mount -t tmpfs -o ro none fixed');
      for (const folder of [`${WORK_FOLDER}/fixed/state`, `${WORK_FOLDER}/fixed/of/state`])
        expect(await host.run([...host.cli, 'up', '--yes'], { env: { PIPEWRIGHT_STATE_DIR: folder } })).toMatchObject({
          code: 4,
          stderr: expect.stringMatching(/lock.*read-only file system/) as string,
        });
      expect(await host.namespaces()).toEqual([]);
    }),
  );
});

async function refused(host: Sandbox, file: string): Promise<{ readonly said: string }> {
  const before: Snapshot = await host.snapshot();
  const { code, stdout, stderr } = await host.tryPipewright('up', '-f', file, '--yes');
  const said = stdout + stderr;
  expect({ code, said }).toMatchObject({ code: 2 });
  expect(await host.snapshot()).toEqual(before);
  return { said };
}
