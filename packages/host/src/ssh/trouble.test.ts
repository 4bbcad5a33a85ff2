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

test('of a key that changed it says which it is, and where the known one stands', () => {
  const frame = '@@@@@@@@@@@\n';
  const { message } = troubleOf(
    target,
    `${frame}@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n${frame}IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
${'It is also possible that a host key has just been changed.\n'.repeat(9)}The fingerprint for the ED25519 key sent by the remote host is
SHA256:NbYzcJLkg.
Please contact your system administrator.
Add correct host key in /root/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /root/.ssh/known_hosts:3
Host key for h1 has changed and you have requested strict checking.
Host key verification failed.`,
  );
  expect(message).toMatch(/: SHA256:NbYzcJLkg\.; Offending ED25519 key in \/root\/\.ssh\/known_hosts:3$/);
});

test('what a host says to whoever knocks does not hide the cause', () =>
  expect(
    troubleOf(target, `${'Authorised use only.\n'.repeat(50)}root@h1: Permission denied (publickey).`).message,
  ).toMatch(/Permission denied \(publickey\)\.$/));

test('a destination is never an option, and no question is ever asked', () => {
  const words = sshWords({ name: 'h1', ssh: '-oProxyCommand=reboot' }, 'true');
  expect(words.slice(-3)).toEqual(['--', '-oProxyCommand=reboot', 'true']);
  expect(words).toContain('BatchMode=yes');
  expect(words).toContain('StrictHostKeyChecking=yes');
});
