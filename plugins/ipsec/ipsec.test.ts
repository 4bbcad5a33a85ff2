import {
  type Diagnostic,
  type FabricWay,
  isDiagnostic,
  type Resource,
  type XfrmPolicyAttrs,
  type XfrmStateAttrs,
} from '@pipewright/plugin';
import { context, fabricSpec, featureContext, model, pluginSuite } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import plugin, { ipsec, room } from './index.js';
import { type FabricOptions, options } from './options.js';

pluginSuite(plugin, {});

const KEY = '0123456789abcdef'.repeat(4);
const withKey = (key: string): FabricOptions => options.parse({ encrypt: { key } });
const [h1, h2] = [
  { host: 'h1', underlay: '198.51.100.1' },
  { host: 'h2', underlay: '198.51.100.2' },
] as const;

const way = (given: Partial<FabricWay<FabricOptions>> = {}): FabricWay<FabricOptions> => ({
  options: withKey(KEY),
  here: h1,
  there: h2,
  traffic: { protocol: 17, port: 4789 },
  path: [],
  ...given,
});

const compiled = (given?: Partial<FabricWay<FabricOptions>>): readonly Resource[] =>
  (ipsec.fabric?.compile(way(given), context()) ?? []).flatMap((it) => (isDiagnostic(it) ? [] : [it]));

const states = (given?: Partial<FabricWay<FabricOptions>>): readonly XfrmStateAttrs[] =>
  compiled(given).flatMap(({ type, attrs }) => (type === 'xfrm-state' ? [attrs as XfrmStateAttrs] : []));

test('an association each way, of which both hosts think the same, and no two have a key in common', () => {
  const [sent, taken] = states();
  expect(sent).toMatchObject({ src: h1.underlay, dst: h2.underlay });
  expect(states({ here: h2, there: h1 })).toEqual([taken, sent]);
  const keys = [sent, taken].flatMap((it) => [it?.keys.secretText.slice(0, 64), it?.keys.secretText.slice(64)]);
  expect(new Set(keys).size).toBe(4);
  for (const it of keys) expect(it).toMatch(/^[0-9a-f]{64}$/);
  expect(keys.join()).not.toContain(KEY);
});

test('another key, another SPI: nothing that is encrypted with the one is taken for that of the other', () => {
  const numbers = [...states(), ...states({ options: withKey(`${KEY}0`) })].map(({ spi }) => spi);
  expect(new Set(numbers).size).toBe(4);
  for (const it of numbers) expect(it > 255 && it < 2 ** 32).toBe(true);
});

test('nothing is sent before it is taken on the other host', () => {
  const [sent, taken] = compiled().filter(({ type }) => type === 'xfrm-state');
  const [its] = compiled({ here: h2, there: h1 }).filter(({ attrs }) => attrs['src'] === h1.underlay && 'spi' in attrs);
  expect(sent?.needs).toEqual([{ ref: its?.key }]);
  expect([its?.on.host, taken?.needs]).toEqual(['h2', undefined]);
});

test('what goes either way must be encrypted, and nothing else must', () => {
  const policies = compiled({ traffic: { protocol: 47, key: 7 } }).filter((it) => it.type === 'xfrm-policy');
  const attrs = policies.map((it) => it.attrs as XfrmPolicyAttrs);
  const traffic = { protocol: 47, key: 7 };
  expect(attrs).toEqual([
    { dir: 'out', src: h1.underlay, dst: h2.underlay, ...traffic },
    { dir: 'in', src: h2.underlay, dst: h1.underlay, ...traffic },
  ]);
  const keys = compiled().flatMap(({ type, key }) => (type === 'xfrm-state' ? [key] : []));
  expect(policies[0]?.needs?.map(({ ref }) => ref)).toEqual(keys);
});

describe('the room is what ESP leaves: header 8, vector 16, whole blocks of 16 with 2 bytes at their end, checksum 16', () => {
  test.each([
    [1500, 4, 1458],
    [1500, 6, 1446],
    [1499, 4, 1442],
    [9000, 4, 8946],
  ] as const)('%i over IPv%i', (carries, family, most) => {
    expect(room(carries, family)).toBe(most);
    const header = family === 6 ? 40 : 20;
    const encrypted = (size: number) => header + 8 + 16 + Math.ceil((size - header + 2) / 16) * 16 + 16;
    expect(encrypted(most)).toBeLessThanOrEqual(carries);
    expect(encrypted(most + 1)).toBeGreaterThan(carries);
  });
});

const fabric = (
  network: string,
  key: string | undefined,
  traffic: FabricWay['traffic'],
  here: typeof h1 | typeof h2 = h1,
) =>
  fabricSpec({
    network,
    here,
    others: [here === h1 ? h2 : h1],
    traffic,
    options: key === undefined ? {} : withKey(key),
    path: ['networks', network],
  });

const UDP = { protocol: 17, port: 4789 };

test.each<[string, readonly ReturnType<typeof fabric>[], readonly string[]]>([
  ['one key for all', [fabric('a', KEY, UDP), fabric('b', KEY, { protocol: 47, key: 7 })], []],
  [
    'a key that is short',
    [fabric('a', KEY.slice(0, 31), UDP), fabric('a', KEY.slice(0, 31), UDP, h2)],
    ['PW_IPSEC_WEAK_KEY'],
  ],
  ['two keys', [fabric('a', KEY, UDP), fabric('b', `${KEY}0`, { protocol: 17, port: 4790 })], ['PW_IPSEC_TWO_KEYS']],
  ['in the clear on the same port', [fabric('a', undefined, UDP), fabric('b', KEY, UDP)], ['PW_IPSEC_IN_THE_CLEAR']],
  ['in the clear on another', [fabric('a', undefined, { protocol: 17, port: 4790 }), fabric('b', KEY, UDP)], []],
  [
    'in the clear by another key of GRE',
    [fabric('a', undefined, { protocol: 47, key: 8 }), fabric('b', KEY, { protocol: 47, key: 7 })],
    [],
  ],
])('%s', (_, fabrics, codes) => {
  const { resources } = ipsec.compile(model({ fabrics }), featureContext());
  const found = resources.filter((it): it is Diagnostic => isDiagnostic(it));
  expect(found.map(({ code }) => code)).toEqual(codes);
  expect(JSON.stringify(found)).not.toContain(KEY.slice(0, 31));
});
