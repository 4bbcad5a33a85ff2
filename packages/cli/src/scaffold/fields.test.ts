import { expect, test } from 'vitest';
import { given, kindField, nameField, networkField, nodesField } from './fields.js';

const kinds = kindField(['box', 'cell']);

test.each([
  [nameField, 'shop.1', 'shop.1'],
  [nodesField, '3', ['node1', 'node2', 'node3']],
  [nodesField, 'web, db', ['web', 'db']],
  [networkField, '10.10.0.0/24', { name: 'lan', subnet: '10.10.0.0/24' }],
  [networkField, 'front=fd00::/64', { name: 'front', subnet: 'fd00::/64' }],
  [kinds, 'box', { kind: 'box', options: [] }],
  [
    kinds,
    'cell,image=a:b=c,size=2',
    {
      kind: 'cell',
      options: [
        ['image', 'a:b=c'],
        ['size', '2'],
      ],
    },
  ],
])('%o reads %s', (field, text, value) => expect(field.read(text)).toEqual(value));

test.each([
  [nameField, ['', 'a b', '-x', 'x'.repeat(64)]],
  [nodesField, ['', '0', '1001', '99999999999', 'a,a', 'a,', 'a b', '-1']],
  [networkField, ['', 'front', '=10.10.0.0/24', 'front=', '10.10.0.1/24', 'a b=10.10.0.0/24']],
  [kinds, ['', 'bix', 'box,', 'box,x', 'box,x=', 'box,=1']],
])('%o refuses %j', (field, texts) => expect(texts.filter((text) => field.read(text) !== undefined)).toEqual([]));

test('an option that cannot be is told with what is allowed', () =>
  expect(() => given(kinds, 'bix')).toThrow(/--kind is "bix", but must be one of box, cell/));
