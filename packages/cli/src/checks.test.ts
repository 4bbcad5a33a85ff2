import { expect, test } from 'vitest';
import { deviceCheck, deviceChecks, programCheck } from './checks.js';

const ended = (code: number, stderr = '', stdout = '') => ({ code, stderr, stdout });
const ip = { name: 'ip', argv: ['ip', '-V'], package: 'iproute2', essential: true };

test('a program that is not there is told with its package', () => {
  expect(programCheck(ip, ended(0, '', 'ip utility, iproute2-6.1.0\n'))).toEqual({
    name: 'ip',
    ok: true,
    essential: true,
    detail: 'ip utility, iproute2-6.1.0',
  });
  expect(programCheck(ip, ended(127, 'ip: not found'))).toMatchObject({
    ok: false,
    detail: 'ip: not found',
    package: 'iproute2',
  });
});

test('a kind of device is known where the kernel makes it or only asks for more', () => {
  const asked = [
    ended(0),
    ended(255, 'vxlan: id is required'),
    ended(2, 'Error: Unknown device type.'),
    ended(2, 'RTNETLINK answers: Operation not supported'),
  ];
  expect(asked.map((it) => deviceCheck('x', it).ok)).toEqual([true, true, false, false]);
});

test('one kind that cannot be made is no end; none at all is', () => {
  const [good, bad] = [deviceCheck('a', ended(0)), deviceCheck('b', ended(2, 'Unknown device type'))];
  expect(deviceChecks([good, bad]).map((it) => it.essential)).toEqual([false, false]);
  expect(deviceChecks([bad]).map((it) => it.essential)).toEqual([true]);
});
