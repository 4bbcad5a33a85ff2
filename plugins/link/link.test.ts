import { exposedOf, isDiagnostic, type ModelNode, type Resource, type ServiceLink } from '@pipewright/plugin';
import { featureContext, model, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { linkEnv } from './env.js';
import { envFile } from './env-file.js';
import plugin, { link } from './index.js';

pluginSuite(plugin);

const IP = '172.17.0.2';

const linkOf = (
  alias: string,
  ports: readonly (string | number)[] = [],
  more: Partial<ServiceLink> = {},
): ServiceLink => ({
  from: 'p',
  to: 'db',
  alias,
  network: 'lan',
  addresses: [IP],
  ports: exposedOf(ports),
  path: ['nodes', 'p', 'service-links', 0],
  ...more,
});

const lines = (it: ServiceLink, told = {}): readonly string[] =>
  Object.entries(linkEnv(it, told)).map(([name, value]) => `${name}=${value}`);

/** The four variables of one port. */
const single = (prefix: string, port: number, protocol: string): readonly string[] => {
  const key = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
  return [`${key}=${protocol}://${IP}:${port}`, `${key}_ADDR=${IP}`, `${key}_PORT=${port}`, `${key}_PROTO=${protocol}`];
};

const range = (prefix: string, first: number, last: number, protocol: string): readonly string[] => {
  const key = `${prefix}_PORT_${first}_${protocol.toUpperCase()}`;
  return [
    `${key}_START=${protocol}://${IP}:${first}`,
    `${key}_PORT_START=${first}`,
    `${key}_END=${protocol}://${IP}:${last}`,
    `${key}_PORT_END=${last}`,
  ];
};

describe('variables, as Docker 28 makes them', () => {
  const told = { PASSWORD: 'gordon', HOME: '/h', PATH: '/p', EMPTY: '' };

  test.each<[string, ServiceLink, object, readonly string[]]>([
    [
      'one port, and the environment without HOME and PATH',
      linkOf('db', [6379]),
      told,
      [
        `DB_PORT=tcp://${IP}:6379`,
        `DB_PORT_6379_TCP=tcp://${IP}:6379`,
        `DB_PORT_6379_TCP_ADDR=${IP}`,
        'DB_PORT_6379_TCP_PORT=6379',
        'DB_PORT_6379_TCP_PROTO=tcp',
        'DB_NAME=/p/db',
        'DB_ENV_PASSWORD=gordon',
        'DB_ENV_EMPTY=',
      ],
    ],
    [
      'dashes become underscores',
      linkOf('my-db', [6379]),
      {},
      [`MY_DB_PORT=tcp://${IP}:6379`, ...single('MY_DB', 6379, 'tcp'), 'MY_DB_NAME=/p/my-db'],
    ],
    [
      'dots stay, though no shell takes them',
      linkOf('my_db.x', [6379]),
      {},
      [`MY_DB.X_PORT=tcp://${IP}:6379`, ...single('MY_DB.X', 6379, 'tcp'), 'MY_DB.X_NAME=/p/my_db.x'],
    ],
    ['digits in front stay', linkOf('6ec92d87cebb'), {}, ['6EC92D87CEBB_NAME=/p/6ec92d87cebb']],
    ['no ports', linkOf('np'), told, ['NP_NAME=/p/np', 'NP_ENV_PASSWORD=gordon', 'NP_ENV_EMPTY=']],
    [
      'a run of three',
      linkOf('rg', ['7000-7002']),
      {},
      [
        `RG_PORT=tcp://${IP}:7000`,
        ...[7000, 7001, 7002].flatMap((it) => single('RG', it, 'tcp')),
        ...range('RG', 7000, 7002, 'tcp'),
        'RG_NAME=/p/rg',
      ],
    ],
    [
      'a run of two',
      linkOf('r2', [21, 20]),
      {},
      [
        `R2_PORT=tcp://${IP}:20`,
        ...[20, 21].flatMap((it) => single('R2', it, 'tcp')),
        ...range('R2', 20, 21, 'tcp'),
        'R2_NAME=/p/r2',
      ],
    ],
    [
      'runs are of one protocol, TCP comes first',
      linkOf('mx', ['53/udp', 53, '54/udp', '80-81', '82/udp']),
      {},
      [
        `MX_PORT=tcp://${IP}:53`,
        ...[53, 80, 81].flatMap((it) => single('MX', it, 'tcp')),
        ...[53, 54, 82].flatMap((it) => single('MX', it, 'udp')),
        ...range('MX', 80, 81, 'tcp'),
        ...range('MX', 53, 54, 'udp'),
        'MX_NAME=/p/mx',
      ],
    ],
    [
      'SCTP before UDP; a port that is named twice is one',
      linkOf('s', ['5/udp', '5/sctp', '5/udp']),
      {},
      [`S_PORT=sctp://${IP}:5`, ...single('S', 5, 'sctp'), ...single('S', 5, 'udp'), 'S_NAME=/p/s'],
    ],
  ])('%s', (_, it, env, expected) => expect(lines(it, env)).toEqual(expected));

  test('what the node does not expose is not told, nor its host ports: only where it listens', () =>
    expect(lines(linkOf('pb', [8080]))).toContain(`PB_PORT=tcp://${IP}:8080`));

  test('IPv6 where there is no IPv4', () => {
    const { DB_PORT: url, DB_PORT_80_TCP_ADDR: address } = linkEnv(linkOf('db', [80], { addresses: ['fd00::2'] }), {});
    expect([url, address]).toEqual(['tcp://[fd00::2]:80', 'fd00::2']);
  });
});

describe('variables, as Docker 27 and all before it make them', () => {
  const linked = (alias: string, ports: readonly (string | number)[]): ServiceLink =>
    linkOf(alias, ports, { compat: 'docker-27' });
  /** Of a run, by what its start and its end are called. */
  const run = (start: string, first: string, end: string, last: string): readonly string[] => [
    `${start}_START=${first}`,
    `${start}_PORT_START=${first.split(':')[2] ?? ''}`,
    `${end}_END=${last}`,
    `${end}_PORT_END=${last.split(':')[2] ?? ''}`,
  ];

  test.each<[string, ServiceLink, object, readonly string[]]>([
    [
      'one port, and the environment without HOME and PATH: the same',
      linked('db', [6379]),
      { PASSWORD: 'gordon', HOME: '/h', PATH: '/p', EMPTY: '' },
      [
        `DB_PORT=tcp://${IP}:6379`,
        ...single('DB', 6379, 'tcp'),
        'DB_NAME=/p/db',
        'DB_ENV_PASSWORD=gordon',
        'DB_ENV_EMPTY=',
      ],
    ],
    ['no ports', linked('np', []), {}, ['NP_NAME=/p/np']],
    [
      'a run of three: the same',
      linked('rg', ['7000-7002']),
      {},
      [
        `RG_PORT=tcp://${IP}:7000`,
        ...[7000, 7001, 7002].flatMap((it) => single('RG', it, 'tcp')),
        ...range('RG', 7000, 7002, 'tcp'),
        'RG_NAME=/p/rg',
      ],
    ],
    [
      'a run of two is none',
      linked('r2', ['20-21']),
      {},
      [`R2_PORT=tcp://${IP}:20`, ...[20, 21].flatMap((it) => single('R2', it, 'tcp')), 'R2_NAME=/p/r2'],
    ],
    [
      'runs go on over protocols; the end is called by the last one',
      linked('mx', ['53/udp', 53, '54/udp', '80-81', '82/udp']),
      {},
      [
        `MX_PORT=tcp://${IP}:53`,
        ...single('MX', 53, 'tcp'),
        ...single('MX', 53, 'udp'),
        ...single('MX', 54, 'udp'),
        ...[80, 81].flatMap((it) => single('MX', it, 'tcp')),
        ...single('MX', 82, 'udp'),
        ...run('MX_PORT_53_TCP', `tcp://${IP}:53`, 'MX_PORT_53_UDP', `udp://${IP}:54`),
        ...run('MX_PORT_80_TCP', `tcp://${IP}:80`, 'MX_PORT_80_UDP', `udp://${IP}:82`),
        'MX_NAME=/p/mx',
      ],
    ],
    [
      'by number alone: UDP may come first',
      linked('u', [80, '53/udp']),
      {},
      [`U_PORT=udp://${IP}:53`, ...single('U', 53, 'udp'), ...single('U', 80, 'tcp'), 'U_NAME=/p/u'],
    ],
  ])('%s', (_, it, env, expected) => expect(lines(it, env)).toEqual(expected));
});

const node = (name: string, more: Partial<ModelNode> = {}): ModelNode => ({
  ...nodeSpec({ name }),
  on: { host: 'local', node: name },
  nics: [],
  managed: true,
  ...more,
});

function compile(serviceLinks: readonly ServiceLink[], from: Partial<ModelNode> = {}, to: Partial<ModelNode> = {}) {
  const nodes = [node('p', from), node('db', to), node('idle')];
  const { resources, slots } = link.compile(model({ nodes, serviceLinks }), featureContext());
  return {
    slots,
    blocks: resources.flatMap((it) => (isDiagnostic(it) ? [] : [it])),
    complaints: resources.filter(isDiagnostic),
  };
}

const attrsOf = ({ on, attrs }: Resource) => ({ on, ...attrs });

describe('a linked node', () => {
  test('of ip netns: variables in its slot, entries in its own hosts file, of both families', () => {
    const both = linkOf('my-db', [], { addresses: [IP, 'fd00::2'] });
    const { slots, blocks } = compile([both], { files: { etc: '/etc/netns/shop-p' } }, { hostname: 'dbhost' });
    expect(slots).toEqual({ p: { env: { MY_DB_NAME: '/p/my-db' } } });
    expect(blocks.map(attrsOf)).toEqual([
      {
        on: { host: 'local' },
        path: '/etc/netns/shop-p/hosts',
        topology: 'shop',
        lines: [`${IP}\tmy-db dbhost db`, 'fd00::2\tmy-db dbhost db'],
        copyOf: '/etc/hosts',
      },
    ]);
  });

  test('with a root of its own: entries in there, and the variables in a file; its own come first', () => {
    const { blocks } = compile(
      [linkOf('db')],
      { files: { root: 'own' }, env: { DB_NAME: null } },
      { env: { A: `it's` } },
    );
    expect(blocks.map(attrsOf)).toMatchObject([
      { on: { node: 'p' }, path: '/etc/hosts', lines: [`${IP}\tdb`], copyOf: '' },
      { on: { node: 'p' }, path: '/run/pipewright/links.env', lines: [`export DB_ENV_A='it'\\''s'`] },
    ]);
  });

  test('whose root is read only: entries, which stand in a file of the engine, and no file of ours', () => {
    for (const from of [
      { files: { root: 'own', readOnly: true } },
      { files: { root: 'own' }, shipped: { expose: [], env: {}, readOnly: true } },
    ] as const)
      expect(compile([linkOf('db')], from).blocks.map(attrsOf)).toMatchObject([{ path: '/etc/hosts' }]);
  });

  test("of a container: what its image brings is told, too; the file's own comes first", () => {
    const shipped = { expose: [], env: { PATH: '/bin', A: 'image', B: 'image' } };
    const { slots } = compile([linkOf('db')], {}, { shipped, env: { B: 'file', C: null } });
    expect(slots).toEqual({ p: { env: { DB_NAME: '/p/db', DB_ENV_A: 'image', DB_ENV_B: 'file' } } });
  });

  test("that has the host's files: variables alone", () => {
    const { slots, blocks } = compile([linkOf('db')]);
    expect(blocks).toEqual([]);
    expect(slots).toEqual({ p: { env: { DB_NAME: '/p/db' } } });
  });

  test('two links that set one variable are a mistake', () =>
    expect(compile([linkOf('my-db'), linkOf('my_db')]).complaints).toMatchObject([
      { code: 'PW_LINK_SAME_VARIABLE', message: expect.stringContaining('MY_DB_NAME') as string },
    ]));

  test.each([['my-db'], ['db']])(
    'a name of the link, %s, that the node itself puts in its hosts file is a mistake',
    (name) =>
      expect(compile([linkOf('my-db')], { hosts: ['other', name] }).complaints).toMatchObject([
        { code: 'PW_LINK_NAME_TAKEN', message: expect.stringContaining(`"${name}"`) as string },
      ]),
  );

  test('more ports than a process can be told are a mistake', () =>
    expect(compile([linkOf('db', ['1-65535'])]).complaints).toMatchObject([{ code: 'PW_LINK_TOO_MANY_PORTS' }]));
});

test('the file for shells: values to the letter, names that a shell takes', () =>
  expect(
    envFile([
      ['A', `it's "$x"\n# END pipewright:shop`],
      ['MY_DB.X_PORT', '1'],
      ['6E_NAME', 'x'],
    ]),
  ).toEqual([`export A='it'\\''s "$x"`, `''# END pipewright:shop'`]));
