import { expect, test } from 'vitest';
import { bridgeFilterCheck } from './bridge-filter.js';

const rules = (...lines: readonly string[]) => ({ code: 0, stdout: `${lines.join('\n')}\n`, stderr: '' });

test.each([
  ['lets pass', true, rules('-P INPUT DROP', '-P FORWARD ACCEPT')],
  ['drops, but for what an engine lets others accept', true, rules('-P FORWARD DROP', '-N DOCKER-USER')],
  ['drops', false, rules('-P FORWARD DROP', '-N DOCKER-USER-OF-OTHERS')],
  ['cannot be asked', true, { code: 127, stdout: '', stderr: 'iptables: not found' }],
])('iptables %s', (_, ok, result) => expect(bridgeFilterCheck(result).ok).toBe(ok));

test('what drops frames can be turned off', () =>
  expect(bridgeFilterCheck(rules('-P FORWARD DROP')).fix).toBe('sysctl -w net.bridge.bridge-nf-call-iptables=0'));
