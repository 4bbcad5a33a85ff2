import { expect, test } from 'vitest';
import { ifname, nicName } from './schema.js';

test.each(['-v', '--', '.', '..', '+x'])('%s is told what a name begins with', (name) => {
  for (const schema of [ifname, nicName])
    expect(schema.safeParse(name).error?.issues[0]?.message).toContain('starting with a letter, a digit or _');
});

test.each(['eth0', '_x', '0x', 'eth0.30', 'w-1+2'])('%s is a name', (name) => {
  expect(nicName.safeParse(name).success).toBe(true);
});
