import { type HostFacts, isDiagnostic, type Nic, type ProcessAttrs, type Resource } from '@pipewright/plugin';
import { context, featureContext, model, nic, nodeSpec, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { dhcp } from './index.js';
import { options } from './options.js';
import { refusedWord } from './words.js';

pluginSuite(plugin);

const DEVICES: HostFacts['devices'] = [{ name: 'lo', kind: 'loopback' }];

interface Given {
  readonly tools?: readonly string[];
  readonly devices?: HostFacts['devices'];
  readonly gateway?: boolean;
}

function compile(
  asked: object = {},
  { tools = ['udhcpc', 'dhclient', 'dhcpcd'], devices = DEVICES, gateway = true }: Given = {},
) {
  const one: Nic = nic({ dynamic: [{ by: 'dhcp', options: options.parse(asked), gateway }] });
  const node = {
    ...nodeSpec(),
    on: one.on,
    managed: true,
    nics: [one, nic({ name: 'eth1' })],
  };
  const facts = { ...context().facts, tools: Object.fromEntries(tools.map((it) => [it, ''])), devices };
  const whole = model({ nodes: [node] });
  return dhcp.compile(whole, featureContext({ facts })).resources;
}

const process = (asked?: object, given?: Given): Resource<ProcessAttrs> =>
  (compile(asked, given) as readonly Resource<ProcessAttrs>[])[0] ?? expect.unreachable();

test('a client of the host runs in the node, for that nic alone, until the nic goes', () => {
  expect(compile()).toHaveLength(1);
  expect(process()).toMatchObject({
    type: 'process',
    id: 'web/eth0/dhcp',
    within: [{ ref: 'device:local/web/eth0' }],
    attrs: { node: 'web', state: 'running', ready: { withinMs: 10_000 } },
  });
});

describe('the client', () => {
  test.each<[string, object, Given, readonly string[]]>([
    ['the first there is', {}, {}, ['udhcpc', '-f', '-R', '-i', 'eth0', '-s', './script']],
    ['that of busybox', {}, { tools: ['busybox', 'dhclient'] }, ['busybox', 'udhcpc', '-f']],
    ['another', {}, { tools: ['dhclient'] }, ['dhclient', '-4', '-d', '-sf', './script']],
    ['the one that is named', { client: 'dhcpcd' }, {}, ['unshare', '--mount', './hide', 'dhcpcd', '-B']],
    ['any, where nothing is known of the host', {}, { tools: [], devices: [] }, ['udhcpc']],
    ['one that ends', { once: true }, {}, ['udhcpc', '-f', '-q', '-i']],
  ])('is %s', (_, asked, given, argv) => expect(process(asked, given).attrs.argv.slice(0, argv.length)).toEqual(argv));

  test('that is to run once has run', () =>
    expect(process({ once: true }).attrs).toMatchObject({ once: true, state: 'done' }));

  test.each(['udhcpc', 'dhclient', 'dhcpcd'])('%s says who it is', (client) => {
    const { argv, files } = process({ client, hostname: 'h1', 'client-id': 'me', 'vendor-class': 'MSFT 5.0' }).attrs;
    const said = [...argv, ...Object.values(files ?? {})].join(' ');
    for (const it of [/h1/, /00:?6d:?65/, /MSFT 5\.0/]) expect(said).toMatch(it);
  });

  test('is told bytes as bytes, and by default the name of the node', () =>
    expect(process({ 'client-id': '01:02:ff' }).attrs.argv.join(' ')).toMatch(/hostname:web -x 0x3d:0102ff/));

  test('is given time, and no default route where none is welcome', () => {
    const { ready, files } = process({ timeout: 3, metric: 50 }, { gateway: false }).attrs;
    expect(ready).toEqual({ withinMs: 3000, otherwise: 'no lease within 3 s' });
    expect(files?.['script']).toMatch(/^metric=50\ndefault=no$/m);
  });

  test.each<[string, object, Given, object, RegExp]>([
    ['no client', {}, { tools: [] }, { code: 'PW_DHCP_NO_CLIENT', exit: 4 }, /udhcpc.*isc-dhcp-client.*dhcpcd-base/],
    ['not that one', { client: 'dhclient' }, { tools: ['udhcpc'] }, { exit: 4 }, /no dhclient.*isc-dhcp-client/],
    ['an option', { options: ['-s', '/tmp/x'] }, {}, { code: 'PW_DHCP_OPTION', exit: 2 }, /"-s".*-t VALUE/],
  ])('a complaint: %s', (_, asked, given, expected, says) => {
    const found = compile(asked, given).filter(isDiagnostic);
    expect(found).toMatchObject([expected]);
    expect(`${found[0]?.message ?? ''} ${found[0]?.fix ?? ''}`).toMatch(says);
  });
});

test.each([
  ['udhcpc', ['-f']],
  ['udhcpc', ['-n', '-S']],
  ['dhclient', ['-1', '-4', '-d']],
  ['dhcpcd', ['-4', '-B', '-t', '30']],
] as const)('%s is what it is by %j', (client, words) => expect(refusedWord(client, words)).toBeUndefined());

test.each([
  [['-t', '5', '-T3', '-B'], undefined],
  [['-O', 'staticroutes', '-x', 'lease:60'], undefined],
  [['-t'], '-t'],
  [['-t', '5;reboot'], '5;reboot'],
  [['-t$(reboot)'], '$(reboot)'],
  [['`reboot`'], '`reboot`'],
  [['-x', 'a b'], 'a b'],
  [['-s/tmp/x'], '-s/tmp/x'],
  [['-i', 'eth1'], '-i'],
  [['-q'], '-q'],
  [['-B5'], '-B5'],
  [['--script=x'], '--script=x'],
  [['-t', '-\n'], '-\n'],
])('further words %j', (words, refused) => expect(refusedWord('udhcpc', words)).toBe(refused));

test.each([
  [{ hostname: '-x' }],
  [{ hostname: 'a;b' }],
  [{ 'client-id': '$(x)' }],
  [{ 'vendor-class': '"; script "/tmp/x' }],
  [{ metric: -1 }],
  [{ timeout: 0 }],
  [{ client: 'pump' }],
  [{ options: '-t5' }],
])('%j is not taken', (asked) => expect(options.safeParse(asked).success).toBe(false));
