import { type HostFacts, type LedgerEntry, LOCAL_HOST, resource } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { checkMachines, contextsOf, hostsOf, NO_FACTS } from './hosts.js';

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

describe('a name that reaches another way than when it was applied', () => {
  const last: LedgerEntry = {
    topology: 't',
    source: { name: 't', hosts: { h1: { ssh: 'root@h1' } } },
    base: '/',
    resources: [resource('device', { host: 'h1' }, 'lan', {})],
    replaced: [],
    machines: { h1: 'one' },
  };
  const complaints = (machineId: string, of: LedgerEntry = last, hosts = [moved]) =>
    checkMachines({ hosts }, of, { elsewhere: { h1: factsOf(machineId) } }).map(({ code, path }) => [code, ...path]);

  test('to another machine is a mistake', () =>
    expect(complaints('two')).toEqual([['PW_HOST_REPLACED', 'hosts', 'h1', 'ssh']]));

  const { machines: _, ...older } = last;
  test.each([
    ['to the same one', complaints('one')],
    ['to who knows which', complaints('')],
    ['where nobody knows which it was', complaints('two', older)],
    ['with nothing on it', complaints('two', { ...last, resources: [] })],
    ['though it does not: the machine was set up anew', complaints('two', last, [h1])],
  ])('%s is none', (_name, found) => expect(found).toEqual([]));
});
