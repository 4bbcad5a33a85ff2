import { type HostFacts, LOCAL_HOST } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { contextsOf, hostsOf, NO_FACTS } from './hosts.js';

const factsOf = (machineId: string): HostFacts => ({ ...NO_FACTS, machineId });

test('what drivers go by is of the host that something is on', () => {
  const contextOn = contextsOf('t', { facts: factsOf('here'), elsewhere: { h1: factsOf('there') } });
  expect([LOCAL_HOST, 'h1', 'h2'].map((it) => contextOn(it).facts.machineId)).toEqual(['here', 'there', '']);
  expect(contextOn('h1').names.mac('web', 'eth0')).not.toBe(contextOn(LOCAL_HOST).names.mac('web', 'eth0'));
});

const on = (host: string) => ({ on: { host } });
const [h1, h2, moved] = [
  { name: 'h1', ssh: 'root@h1' },
  { name: 'h2', ssh: 'root@h2' },
  { name: 'h1', ssh: 'root@elsewhere' },
];

test('hosts are asked that something is on, by what is said of them now', () => {
  expect(hostsOf([h1, h2], [on(LOCAL_HOST)], [])).toEqual([]);
  expect(hostsOf([h1, h2], [on('h1')], [])).toEqual([h1]);
  expect(hostsOf([h1, h2, moved], [on('h1')], [])).toEqual([moved]);
});
