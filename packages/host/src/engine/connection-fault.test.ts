import { expect, test } from 'vitest';
import { connectionFault } from './connection-fault.js';

const attempt = { engine: 'Docker at X', asked: 'GET /_ping', socketPath: '/x.sock', variables: ['DOCKER_HOST'] };
const failure = (code: string, message = `it says ${code}`): Error => Object.assign(new Error(message), { code });

test.each([
  ['EACCES', 'PW_ENGINE_FORBIDDEN'],
  ['EPERM', 'PW_ENGINE_FORBIDDEN'],
  ['ECONNRESET', 'PW_ENGINE_BROKE_OFF'],
  ['HPE_INVALID_CONSTANT', 'PW_NOT_AN_ENGINE'],
  ['CERT_HAS_EXPIRED', 'PW_ENGINE_TLS'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'PW_ENGINE_TLS'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'PW_ENGINE_TLS'],
  ['ENOENT', 'PW_ENGINE_UNREACHABLE'],
  ['EHOSTUNREACH', 'PW_ENGINE_UNREACHABLE'],
])('%s of a socket is %s', (code, expected) => expect(connectionFault(failure(code), attempt).code).toBe(expected));

test('no rights: the error names the socket, as far as there is one', () => {
  expect(connectionFault(failure('EACCES'), attempt).fix).toContain('ls -l /x.sock');
  const overTcp = connectionFault(failure('EACCES'), { ...attempt, socketPath: undefined });
  expect(overTcp).toMatchObject({ code: 'PW_ENGINE_UNREACHABLE', exit: 4 });
});

test('an error without words gives its code', () =>
  expect(connectionFault(failure('ETIMEDOUT', ''), attempt).message).toBe(
    'Docker at X cannot be reached: ETIMEDOUT. Does its daemon run?',
  ));
