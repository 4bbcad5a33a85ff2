import { describe, expect, test } from 'vitest';
import { parseSource } from './yaml.js';

const ENV = { IMAGE: 'shop/web:1', MTU: '1400', LIST: 'a,b', EMPTY: '' };

const read = (text: string) => parseSource(text, { file: 'f.yaml', env: ENV });

describe('references in flow maps and lists', () => {
  test.each([
    ['{ image: ${IMAGE} }', { image: 'shop/web:1' }],
    ['{ mtu: ${MTU}, n: ${NONE:-7} }', { mtu: 1400, n: 7 }],
    ['{ mtu: "${MTU}" }', { mtu: '1400' }],
    ['{ subnet: 10.${NET:-50}.0.0/24 }', { subnet: '10.50.0.0/24' }],
    ['[${IMAGE}, "${IMAGE}", echo ${LIST}]', ['shop/web:1', 'shop/web:1', 'echo a,b']],
    ['[${NONE:-[a, b]}]', ['[a, b]']],
    ['{ a: "$${IMAGE}", b: $${IMAGE} }', { a: '${IMAGE}', b: '${IMAGE}' }],
    ["{ a: ${EMPTY}, '${KEY}': 1 } # ${COMMENT", { a: null, '${KEY}': 1 }],
    ['{ a: "\ue000 ${IMAGE} \ue001" }', { a: '\ue000 shop/web:1 \ue001' }],
    ['|\n  ${IMAGE}, {x}\n', 'shop/web:1, {x}\n'],
    ['!!str ${MTU}', '1400'],
  ])('%s', (written, value) => {
    const source = read(`x: ${written}\n`);
    expect(source.diagnostics).toEqual([]);
    expect(source.valueAt(['x'])).toEqual(value);
  });

  test('what follows them is where it is written', () => {
    const { diagnostics } = read('x: { a: ${IMAGE}, b: ${NOT_SET}, a: 1 }\n');
    expect(diagnostics.map(({ code, at }) => [code, at?.column])).toEqual([
      ['PW_UNSET_VARIABLE', 22],
      ['PW_DUPLICATE_KEY', 34],
    ]);
  });

  test('one that does not end is no YAML, in the words as they were written', () => {
    const [fault] = read('x: { a: ${IMAGE} ${B }\n  y: ${IMAGE}: 1\n').diagnostics;
    expect(fault?.code).toBe('PW_NOT_YAML');
    expect(fault?.message).not.toMatch(/[\ue000-\ue004]/);
  });
});
