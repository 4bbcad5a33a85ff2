import { exposedOf, isDiagnostic, type ModelNode } from '@pipewright/plugin';
import { driverSuite, nodeContext, nodeSpec } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { containerDriver } from './driver.js';
import type { ContainerOptions } from './options.js';

const harbour = containerDriver(
  { title: 'Harbour', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } },
  { command: 'harbour', container: 'container', running: 'running' },
);

driverSuite({ role: 'node', driver: harbour }, { options: { image: 'nginx', init: true } });
driverSuite({ role: 'node', driver: harbour });

const spec = (given: Partial<ContainerOptions>, name = 'web') =>
  nodeSpec({ name, topology: 'shop', options: harbour.options.parse(given) });

const codes = (given: Partial<ContainerOptions>, name?: string) =>
  harbour.compile(spec(given, name), nodeContext()).flatMap((it) => (isDiagnostic(it) ? [[it.code, ...it.path]] : []));

const ask = <T>(answer: T | ((options: never) => T) | undefined, given: Partial<ContainerOptions>): T | undefined =>
  typeof answer === 'function' ? (answer as (options: unknown) => T)(harbour.options.parse(given)) : answer;

test.each([
  ['kernel.shmmax', true],
  ['kernel.sem', true],
  ['kernel.msgmnb', true],
  ['fs.mqueue.msg_max', true],
  ['kernel.panic', false],
  ['kernel.shmmax.x', false],
  ['vm.swappiness', false],
  ['fs.file-max', false],
])('the kernel parameter %s may be given at its making: %s', (name, may) =>
  expect(harbour.sysctls?.of(name)).toBe(may),
);

describe('one that is there already', () => {
  test('has no kernel parameters that it would be made with', () => {
    const node = nodeSpec({ name: 'web', options: harbour.options.parse({}), sysctls: { 'kernel.sem': '1' } });
    const found = harbour.compile(node, nodeContext()).filter(isDiagnostic);
    expect(found.map(({ code, path }) => [code, path.at(-1)])).toEqual([['PW_CONTAINER_NEEDS_IMAGE', 'sysctls']]);
  });

  test('is found by the name of the node, or by the one that is given, and never made', () => {
    expect(ask(harbour.managed, {})).toBe(false);
    expect(ask(harbour.firstNic, {})).toBe(1);
    expect(harbour.compile(spec({}), nodeContext())).toEqual([]);
    expect(harbour.locate(spec({}))).toMatchObject({ by: 'container', engine: { title: 'Harbour' }, name: 'web' });
    expect(harbour.locate(spec({ container: 'shop_web_1' }))).toMatchObject({ name: 'shop_web_1' });
  });

  test('options that would need a new one are mistakes, each', () =>
    expect(codes({ container: 'web1', mounts: [], init: false })).toEqual([
      ['PW_CONTAINER_NEEDS_IMAGE', 'nodes', 'web', 'mounts'],
      ['PW_CONTAINER_NEEDS_IMAGE', 'nodes', 'web', 'init'],
    ]));

  test("options of features are not its driver's", () => {
    const node = nodeSpec({ name: 'web', options: { ...harbour.options.parse({}), shaped: true } });
    expect(harbour.compile(node, nodeContext())).toEqual([]);
  });

  test('a node of one letter names its container', () => {
    expect(codes({}, 'a')).toEqual([['PW_CONTAINER_NAME', 'nodes', 'a']]);
    expect(codes({ container: 'web' }, 'a')).toEqual([]);
  });
});

describe('one with an image', () => {
  test('is made, and runs, as topology and node are called', () => {
    expect(ask(harbour.managed, { image: 'nginx' })).toBe(true);
    expect(harbour.locate(spec({ image: 'nginx' }))).toMatchObject({ name: 'shop-web' });
    const [container, running, ...more] = harbour.compile(spec({ image: 'nginx' }), nodeContext());
    expect(container).toMatchObject({ type: 'container', id: 'web', attrs: { name: 'shop-web', image: 'nginx' } });
    expect(running).toMatchObject({ type: 'running', id: 'web', makes: 'web', attrs: { name: 'shop-web' } });
    expect(more).toEqual([]);
  });

  test('may have another name', () =>
    expect(harbour.compile(spec({ image: 'nginx', container: 'www' }), nodeContext())).toMatchObject([
      { attrs: { name: 'www' } },
      { attrs: { name: 'www' } },
    ]));

  test.each([
    [undefined, 0],
    ['none', 0],
    ['default', 1],
    ['front', 1],
  ])("on the engine's network %s its first nic is eth%i", (network, first) =>
    expect(ask(harbour.firstNic, { image: 'nginx', ...(network === undefined ? {} : { network }) })).toBe(first),
  );

  test.each([
    [undefined, []],
    ['none', []],
    ['default', [4]],
    ['front', [4]],
  ])("on the engine's network %s it has a way out of its own for %j", (network, families) =>
    expect(ask(harbour.leadsOut, { image: 'nginx', ...(network === undefined ? {} : { network }) })).toEqual(families),
  );

  test("the host's own network is refused", () =>
    expect(codes({ image: 'nginx', network: 'host' })).toEqual([
      ['PW_CONTAINER_HOST_NETWORK', 'nodes', 'web', 'network'],
    ]));

  test("ports are published on the engine's own networks only", () => {
    expect(codes({ image: 'nginx', ports: [80] })).toEqual([
      ['PW_CONTAINER_PORTS_UNPUBLISHED', 'nodes', 'web', 'ports'],
    ]);
    expect(codes({ image: 'nginx', ports: [80], network: 'default' })).toEqual([]);
  });
});

test('where an engine has no resolver without a network, that is told of each option', () => {
  const words = { command: 'port', container: 'container', running: 'running', resolvesOnNetworks: true } as const;
  const port = containerDriver(
    { title: 'Port', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } },
    words,
  );
  const faults = (given: Partial<ContainerOptions>) =>
    port
      .compile(spec({ image: 'nginx', dns: '10.0.0.1', 'dns-search': '.', ...given }), nodeContext())
      .flatMap((it) => (isDiagnostic(it) ? [[it.code, it.path.at(-1)]] : []));
  expect(faults({})).toEqual([
    ['PW_CONTAINER_NO_RESOLVER', 'dns'],
    ['PW_CONTAINER_NO_RESOLVER', 'dns-search'],
  ]);
  expect(faults({ network: 'default' })).toEqual([]);
  expect(codes({ image: 'nginx', dns: '10.0.0.1' })).toEqual([]);
});

test('where an engine does not know what host-gateway is, that is told', () => {
  const given = { image: 'nginx', 'extra-hosts': ['me:host-gateway', 'db:10.0.0.5'] };
  expect(codes(given)).toEqual([['PW_CONTAINER_NO_HOST_GATEWAY', 'nodes', 'web', 'extra-hosts']]);
  const words = { command: 'port', container: 'container', running: 'running', hostGateway: true } as const;
  const port = containerDriver(
    { title: 'Port', variables: [], sockets: [], api: { oldest: '1.40', newest: '1.47' } },
    words,
  );
  expect(port.compile(spec(given), nodeContext()).filter(isDiagnostic)).toEqual([]);
});

describe('names in its hosts file', () => {
  const given = { image: 'nginx', 'extra-hosts': { db: ['10.0.0.5', 'fd00::5'], web: '10.0.0.6' } };
  const faults = (hosts: Readonly<Record<string, readonly string[]>>) =>
    harbour
      .compile(spec(given), nodeContext({ slots: { env: {}, hosts, mounts: {} } }))
      .flatMap((it) => (isDiagnostic(it) ? [`${it.path.join('.')}: ${it.message}`] : []));

  test('are known to others', () => {
    expect(ask(harbour.hosts, given)).toEqual(['db', 'db', 'web']);
    expect(ask(harbour.hosts, {})).toBeUndefined();
  });

  test('may come from plugins, too', () =>
    expect(faults({ cache: ['10.0.0.7'], db: ['fd00::5', '10.0.0.5'] })).toEqual([]));

  test('of which a plugin says something else are a mistake', () =>
    expect(faults({ db: ['10.0.0.5'] })).toEqual([
      'nodes.web.extra-hosts: Node "web": extra-hosts says that "db" is 10.0.0.5 and fd00::5, and a plugin that it is 10.0.0.5.',
    ]));
});

describe('containers that have to do with each other', () => {
  type All = Readonly<Record<string, Partial<ContainerOptions>>>;

  interface Far {
    readonly kind?: string;
    readonly host?: string;
    readonly configures?: readonly string[];
  }

  const nodesOf = (
    all: All,
    { kind = 'harbour', host = 'local', configures = [] }: Far,
  ): ReadonlyMap<string, ModelNode> =>
    new Map(
      Object.entries(all).map(([name, given]) => {
        const node = name === 'far' ? { ...spec(given, name), kind, host } : { ...spec(given, name), kind: 'harbour' };
        const managed = given.image !== undefined;
        return [name, { ...node, on: { host: node.host, node: name }, nics: [], configures, managed }];
      }),
    );

  /** `far`: what is otherwise of a node that is called so; `configures` is of all. */
  const compiled = (all: All, name: string, far: Far = {}) => {
    const nodes = nodesOf(all, far);
    return harbour.compile((nodes.get(name) ?? spec({})) as never, nodeContext({ nodes }));
  };

  const faults = (all: All, name: string, configures: readonly string[] = []) =>
    compiled(all, name, { configures }).flatMap((it) => (isDiagnostic(it) ? [it.code] : []));

  const image = 'bb:1';

  test('one is started after another, and waits until that is healthy', () => {
    const all = {
      app: { image, 'depends-on': { db: 'healthy' as const, web: 'started' as const } },
      db: { image },
      web: {},
    };
    expect(compiled(all, 'app')[1]).toMatchObject({
      type: 'running',
      attrs: { after: ['shop-db'] },
      needs: [{ ref: 'running:local//shop-db' }],
    });
  });

  test('one in the namespace of another is made for it, goes with it, and starts after it', () => {
    const all = { app: { image, 'namespace-of': 'holder' }, holder: { image } };
    const holder = [{ ref: 'running:local//shop-holder' }];
    expect(compiled(all, 'app')).toMatchObject([
      { attrs: { network: 'container:shop-holder' }, within: holder },
      { type: 'running', needs: holder },
    ]);
  });

  test('naming a container of another engine, or the namespace of one on another host, is a mistake that says so', () => {
    const told = (all: All, far: Far) =>
      compiled(all, 'app', far).flatMap((it) => (isDiagnostic(it) ? [`${it.path.join('.')}: ${it.message}`] : []));
    const another = { app: { image, 'depends-on': ['far'] }, far: { image } };
    expect(told(another, { kind: 'port' })).toEqual([
      'nodes.app.depends-on: Node "app": depends-on names "far", which is of kind port; it must be of kind harbour, a container of the same engine.',
    ]);
    const elsewhere = { app: { image, 'namespace-of': 'far' }, far: { image } };
    expect(told(elsewhere, { host: 'h1' })).toEqual([
      'nodes.app.namespace-of: Node "app" is on host "local" and cannot share the network namespace of "far", which is on host "h1".',
    ]);
  });

  test.each<[string, All, readonly string[], (readonly string[])?]>([
    ['nobody', { app: { image, 'depends-on': ['db'] } }, ['PW_CONTAINER_NO_OTHER']],
    ['itself', { app: { image, 'depends-on': ['app'] } }, ['PW_CONTAINER_RING', 'PW_CONTAINER_NO_OTHER']],
    [
      'each other',
      { app: { image, 'depends-on': ['db'] }, db: { image, 'depends-on': ['app'] } },
      ['PW_CONTAINER_RING'],
    ],
    [
      'one that shares, too',
      { app: { image, 'namespace-of': 'side' }, side: { image, 'namespace-of': 'web' }, web: {} },
      ['PW_CONTAINER_HOLDER_SHARES'],
    ],
    [
      "what is the other's to say",
      { app: { image, 'namespace-of': 'web', hostname: 'me' }, web: {} },
      ['PW_CONTAINER_SAID_BY_HOLDER'],
    ],
    [
      'one in whose namespace it is to have things of its own',
      { app: { image, 'namespace-of': 'web' }, web: {} },
      ['PW_CONTAINER_SAID_BY_HOLDER', 'PW_CONTAINER_SAID_BY_HOLDER'],
      ['routes', 'sysctls'],
    ],
  ])('naming %s is a mistake', (_, all, expected, configures) =>
    expect(faults(all, 'app', configures)).toEqual(expected),
  );

  // Docker: conflicting options: port exposing and the container type network mode
  test('the ports that one listens on in the namespace of another are for that one to say', () => {
    const all = { app: { image, 'namespace-of': 'web' }, web: {} };
    const app = { ...spec(all.app, 'app'), kind: 'harbour', expose: exposedOf(['80']) };
    const items = harbour.compile(app, nodeContext({ nodes: nodesOf(all, {}) }));
    expect(items.flatMap((it) => (isDiagnostic(it) ? [it.message] : []))).toEqual([
      'Node "app" shares the network namespace of "web"; expose can only be said of "web".',
    ]);
  });
});

test.each([
  [undefined, { stdin: false, tty: false, env: {} }],
  [{ stdin: true }, { stdin: true, tty: false, env: {} }],
  [
    { stdin: true, tty: true, user: '1000:1000', env: { A: 'a b' } },
    { stdin: true, tty: true, user: '1000:1000', env: { A: 'a b' } },
  ],
] as const)('a command in it, %j', (how, asked) =>
  expect(harbour.exec(spec({}), ['id', '-u'], how)).toMatchObject({ container: 'web', argv: ['id', '-u'], ...asked }),
);

const ID = '0123456789abcdef'.repeat(4);

test.each([
  ['kind', 'web', 'web'],
  ['name', 'shop_web.1', 'shop_web.1'],
  ['name', ID.slice(0, 12), ID.slice(0, 12)],
  ['kind', ID, ID.slice(0, 12)],
  ['name', 'long'.repeat(20), 'long'.repeat(16).slice(0, 63)],
  ['path', '/run/netns/red', undefined],
  ['path', 'web', undefined],
  ['path', '/web', 'web'],
  ['kind', '/web', 'web'],
  ['name', 'a b', undefined],
  ['name', 'w', undefined],
  ['kind', '', undefined],
] as const)('a guest by %s, %s', (form, text, name) =>
  expect(harbour.guest?.({ form, text })).toEqual(name && { name, options: { container: text.replace('/', '') } }),
);
