import { describe, expect, test } from 'vitest';
import { dropsIn, ownerOf, parseTrace, type TraceStep, wayOf, wordsOf } from './trace.js';

const PRINTED = `trace id ffa9 bridge t fw packet: iif "v2" oif "v3" ether saddr 16:f6:dc:12:28:d0 ip daddr 10.7.0.3 tcp dport 6380 
trace id ffa9 bridge t fw rule jump sub (verdict jump sub)
trace id ffa9 bridge t sub rule tcp dport { 6380, 6381 } drop comment "x (verdict y)" (verdict drop)
trace id 41f5 bridge t fw packet: iif "v2" oif "v4" ip daddr 10.7.0.3 tcp dport 6381 
trace id 41f5 bridge t sub rule goto sub2 (verdict goto sub2)
trace id 41f5 bridge t fw policy drop 
trace id 77aa ip filter FORWARD unknown thing
`;

test('what nft prints, a step a line; what is none of a step is left out', () => {
  const steps = parseTrace(PRINTED);
  expect(steps.map(({ packet, chain, by, verdict }) => [packet, chain, by, verdict])).toEqual([
    ['ffa9', 'fw', 'packet', ''],
    ['ffa9', 'fw', 'rule', 'jump sub'],
    ['ffa9', 'sub', 'rule', 'drop'],
    ['41f5', 'fw', 'packet', ''],
    ['41f5', 'sub', 'rule', 'goto sub2'],
    ['41f5', 'fw', 'policy', 'drop'],
  ]);
  expect(dropsIn([...steps, ...steps]).map(wordsOf)).toEqual([
    'bridge t sub: tcp dport { 6380, 6381 } drop comment "x (verdict y)"',
    'bridge t fw: policy drop',
  ]);
  expect(wayOf(steps)).toEqual({ in: 'v2', out: 'v4' });
  expect(wayOf([])).toEqual({});
});

describe('whose a table is', () => {
  test.each([
    ['pipewright-shop', 'isolated', 'of topology shop'],
    ['filter', 'DOCKER-ISOLATION-STAGE-2', "Docker's"],
    ['filter', 'FORWARD', "iptables'"],
    ['filter', 'ufw-user-forward', "ufw's"],
    ['firewalld', 'filter_FWD_public', "firewalld's"],
    ['mine', 'forward', 'of somebody else'],
  ])('%s %s', (table, chain, owner) => expect(ownerOf({ table, chain } as TraceStep)).toBe(owner));
});
