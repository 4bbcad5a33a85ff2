import { expect, test } from 'vitest';
import { sshWords } from './destination.js';
import { troubleOf } from './trouble.js';

const target = { name: 'h1', ssh: 'root@h1' };

// What OpenSSH 9.2 prints.
test.each([
  [
    'No ED25519 host key is known for h1 and you have requested strict checking.\nHost key verification failed.',
    'PW_HOST_KEY',
  ],
  [
    '@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@\nHost key verification failed.',
    'PW_HOST_KEY',
  ],
  ['root@h1: Permission denied (publickey,password).', 'PW_HOST_LOGIN'],
  ['Received disconnect from 198.51.100.1 port 22:2: Too many authentication failures', 'PW_HOST_LOGIN'],
  ['ssh: connect to host h1 port 22: Connection refused', 'PW_HOST_UNREACHABLE'],
  ['ssh: connect to host h1 port 22: Connection timed out', 'PW_HOST_UNREACHABLE'],
  ['ssh: Could not resolve hostname h1: Name or service not known', 'PW_HOST_UNREACHABLE'],
  ['', 'PW_HOST_UNREACHABLE'],
])('%s is %s', (words, code) => {
  const fault = troubleOf(target, words);
  expect(fault).toMatchObject({ code, exit: 4 });
  expect(fault.message).toContain('"h1" (root@h1)');
  expect(fault.message).not.toContain('@@@');
}); // prettier-ignore

test('a destination is never an option, and no question is ever asked', () => {
  const words = sshWords({ name: 'h1', ssh: '-oProxyCommand=reboot' }, 'true');
  expect(words.slice(-3)).toEqual(['--', '-oProxyCommand=reboot', 'true']);
  expect(words).toContain('BatchMode=yes');
  expect(words).toContain('StrictHostKeyChecking=yes');
});
