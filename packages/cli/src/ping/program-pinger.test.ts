import type { Echo } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { pingArgv, ProgramPinger, roundTrip } from './program-pinger.js';

const echo: Echo = { on: { host: 'local', node: 'a' }, family: 4, address: '10.0.0.3' };

test('one packet, without names', () =>
  expect(pingArgv(echo)).toEqual(['ping', '-4', '-n', '-c', '1', '-W', '1', '10.0.0.3']));

test('the round trip is read', () => {
  expect(['64 bytes from 10.0.0.3: icmp_seq=1 ttl=64 time=0.053 ms', 'time<1 ms', ''].map(roundTrip)).toEqual([
    0.053,
    1,
    null,
  ]);
});

const LOST = '1 packets transmitted, 0 received, 100% packet loss, time 0ms';
const REFUSED = 'From 10.0.0.1 icmp_seq=1 Packet filtered';

/** Where the program prints these, one after the other, then that all is lost. */
const told = (...outputs: readonly { readonly stdout?: string; readonly stderr?: string }[]) => {
  const left = outputs.values();
  const run = async () => ({ code: 1, stdout: LOST, stderr: '', ...left.next().value });
  return new ProgramPinger({ run }, (_, argv) => argv).ping([echo]);
};

test.each([
  [
    'of its lines, the one that says who refused it',
    [{ stdout: `${REFUSED}\n${LOST}`, stderr: 'ping: sendmsg: Error' }],
    REFUSED,
  ],
  ['not that another way is shorter', [{ stdout: `From 10.0.0.1 icmp_seq=1 Redirect Host\n${LOST}` }], LOST],
  ['of three tries, an error rather than silence', [{}, { stdout: REFUSED }], REFUSED],
  ['silence', [], LOST],
])('told: %s', async (_, outputs, message) => {
  expect(await told(...outputs)).toEqual([{ message }]);
});
