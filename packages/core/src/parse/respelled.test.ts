import type { z } from '@pipewright/plugin';
import { cidr, ip, ipAddress, mac, subnet } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { respelled } from './respelled.js';

const allowedBy = (schema: z.ZodType, text: string): string => schema.safeParse(text).error?.issues[0]?.message ?? '';

describe('what was meant by', () => {
  test.each<[string, z.ZodType, string, string | undefined]>([
    ['a MAC with dashes', mac, '02-00-00-00-00-0A', '02:00:00:00:00:0a'],
    ['a MAC in threes', mac, '0200.0000.000a', '02:00:00:00:00:0a'],
    ['a MAC in one', mac, '02000000000a', '02:00:00:00:00:0a'],
    ['a MAC without zeros', mac, '2:0:0:0:0:a', '02:00:00:00:00:0a'],
    ['a MAC of a group', mac, '01:00:5e:00:00:01', undefined],
    ['no MAC', mac, '02:00:00:00:01', undefined],
    ['leading zeros', ipAddress, '010.000.0.05/24', '10.0.0.5/24'],
    ['a netmask', cidr, '10.0.0.9/255.255.255.0', '10.0.0.9/24'],
    ['no netmask', cidr, '10.0.0.9/255.0.255.0', undefined],
    ['a zone', ip, 'fe80::5%eth0', 'fe80::5'],
    ['blanks', ipAddress, ' 10.0.0.1 ', '10.0.0.1'],
    ['a subnet by its mask', subnet, '10.0.0.0/255.255.0.0', '10.0.0.0/16'],
    ['a subnet without a length', subnet, '010.0.0.0', undefined],
    ['an address without its length', cidr, '10.0.0.01', undefined],
    ['a byte too large', ip, '10.0.0.256', undefined],
    ['a name', ip, 'gateway', undefined],
  ])('%s', (_, schema, text, meant) => expect(respelled(text, allowedBy(schema, text))).toBe(meant));

  test('nothing where no address is allowed', () => expect(respelled('10.0.0.01', 'text')).toBeUndefined());
});
