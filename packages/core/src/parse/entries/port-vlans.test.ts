import { z } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { portVlansOf, vlanKeys } from './port-vlans.js';

const keys = z.strictObject(vlanKeys);

test.each([
  [{}, undefined],
  [{ vlan: 10 }, { untagged: 10, tagged: [] }],
  [{ trunk: ['20-22', 10, 23, '21-24'] }, { tagged: ['10', '20-24'] }],
  [
    { vlan: 10, trunk: [9, 10, 11] },
    { untagged: 10, tagged: ['9', '11'] },
  ],
])('%j', (written, vlans) => expect(portVlansOf(keys.parse(written))).toEqual(vlans));

test.each([{ vlan: 0 }, { vlan: 4095 }, { trunk: [] }, { trunk: ['29-20'] }, { trunk: ['10,20'] }, { trunk: [4095] }])(
  'is none: %j',
  (written) => expect(keys.safeParse(written).success).toBe(false),
);
