import { describe, expect, test } from 'vitest';
import { environment, exposedOf, exposedPorts, pairsOf } from './service.js';

describe('ports that a node listens on', () => {
  test.each([
    [6379, [6379, 6379], 'tcp'],
    ['53/udp', [53, 53], 'udp'],
    ['5060/SCTP', [5060, 5060], 'sctp'],
    ['7000-7009', [7000, 7009], 'tcp'],
    ['1-65535', [1, 65_535], 'tcp'],
  ])('%s', (text, ports, protocol) => expect(exposedOf([text])).toEqual([{ ports, protocol }]));

  test.each(['8080:80', '80/icmp', '0', '', '9-8', '65536', '007', '1-', 'http', 0, -1, 70_000, 1.5])(
    'not "%s"',
    (it) => expect(exposedPorts.safeParse([it]).error?.issues[0]?.message).toMatch(/^ports as `6379`/),
  );
});

describe('environment', () => {
  test.each<[unknown, object]>([
    [
      { A: 'x=y', N: 5, B: true, E: '' },
      { A: 'x=y', N: '5', B: 'true', E: '' },
    ],
    [['A=x=y', 'E='], { A: 'x=y', E: '' }],
    [[`A= 'x'\n"y"=z `], { A: ` 'x'\n"y"=z ` }],
    [{ DB_PORT: null }, { DB_PORT: null }],
    [undefined, {}],
  ])('%j', (given, expected) =>
    expect(pairsOf(given === undefined ? given : environment.parse(given))).toEqual(expected),
  );

  test.each<[unknown, RegExp]>([
    [['HOME'], /^NAME=VALUE/],
    [['=x'], /^NAME=VALUE/],
    [{ A: [1] }, /text, a number or a boolean/],
    [{ 'A=B': 1 }, /a name without =/],
    [{ 'A\nB': 1 }, /a name without = and line breaks/],
    ['A=B', /./],
  ])('not %j', (given, message) => {
    const { error } = environment.safeParse(given);
    expect(JSON.stringify(error?.issues)).toMatch(new RegExp(message.source.replace('^', '"')));
  });
});
