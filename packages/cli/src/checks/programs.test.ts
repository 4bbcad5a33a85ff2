import { expect, test } from 'vitest';
import { programCheck } from './programs.js';

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
