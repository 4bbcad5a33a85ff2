import {
  address,
  type Change,
  device,
  type LedgerEntry,
  namespace,
  type NodeTarget,
  type Resource,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { commandsNotRun, newNodes, ranBy } from './ran.js';

const web = namespace('local', 'web', 't-web');
const eth0 = device({ host: 'local', node: 'web' }, 'eth0', { kind: 'veth' });
const cid = device({ host: 'local', node: 'db' }, 'eth0', { kind: 'veth' });
const lo = device({ host: 'local', node: 'web' }, 'lo', { kind: 'loopback' });
const ours = { ...eth0, owner: 't' };
const dockers = { by: 'container', engine: { title: 'Docker' }, name: 't-web' } as NodeTarget['locator'];
const inContainer = [{ name: 'web', on: { host: 'local', node: 'web' }, locator: dockers }];
const making = (after: Resource): Change => {
  const { type, key, id, on } = after;
  return { action: 'create', type, key, id, on, fields: [], after };
};

describe('new is', () => {
  test.each([
    ['a node whose namespace is made', { changes: [making(web)], desired: [web, eth0], actual: [] }, ['web']],
    [
      'one that is made anew',
      { changes: [{ ...making(web), action: 'replace' }], desired: [web], actual: [web] },
      ['web'],
    ],
    [
      'not one whose namespace is changed',
      { changes: [{ ...making(web), action: 'update' }], desired: [web], actual: [web] },
      [],
    ],
    ['not one that has lost its nic', { changes: [making(eth0)], desired: [web, eth0], actual: [web] }, []],
    [
      'a container of ours that has lost all its nics, as it was started again',
      { changes: [making(eth0)], desired: [web, eth0], actual: [web], nodes: inContainer },
      ['web'],
    ],
    [
      'such a one, though there is a nic of what was left of it on another host',
      {
        changes: [making(eth0)],
        desired: [web, eth0],
        actual: [web, { ...ours, on: { host: 'far', node: 'web' } }],
        nodes: inContainer,
      },
      ['web'],
    ],
    [
      'not one that has some nic of ours',
      { changes: [making(eth0)], desired: [web, { ...eth0, id: 'web/eth1' }], actual: [web, ours], nodes: inContainer },
      [],
    ],
    [
      'one that is to have an address on its loopback alone',
      { changes: [], desired: [web, address(lo, '10.9.9.9/32')], actual: [web], nodes: inContainer },
      ['web'],
    ],
    ['not one that is to have none', { changes: [], desired: [web], actual: [web], nodes: inContainer }, []],
    [
      'one of somebody else that gets its first nic',
      { changes: [making(cid)], desired: [cid], actual: [eth0] },
      ['db'],
    ],
    [
      'not one that has had some of it',
      { changes: [making(cid)], desired: [cid, address(cid, '10.0.0.2/24')], actual: [address(cid, '10.0.0.2/24')] },
      [],
    ],
    ['not one that has nothing of the topology', { changes: [], desired: [], actual: [cid] }, []],
  ] as const)('%s', (_, it, names) => expect([...newNodes({ nodes: [], ...it })]).toEqual(names));
});

describe('commands of a node', () => {
  const node = (...commands: readonly string[]) => [
    { name: 'web', host: 'local', commands: commands.map((it) => [it]), path: ['nodes', 'web'] },
  ];
  const made = { changes: [making(web)], desired: [web], actual: [], nodes: [] };
  const stays = { changes: [], desired: [web], actual: [web], nodes: [] };
  const entry = { topology: 't', source: {}, base: '/', resources: [], replaced: [] };
  const after = (ran: LedgerEntry['ran']): LedgerEntry => ({ ...entry, ...(ran ? { ran } : {}) });
  const first = after(ranBy(node('a'), undefined, made));
  const told = (nodes: ReturnType<typeof node>, last: LedgerEntry, as: Parameters<typeof newNodes>[0] = stays) =>
    commandsNotRun(nodes, last, as).map(({ code, path }) => `${code} ${path.join('.')}`);
  const NOTE = ['PW_COMMANDS_NOT_RUN nodes.web.commands'];

  test.each([
    ['are those that ran', node('a'), first, stays, []],
    ['are others', node('b'), first, stays, NOTE],
    ['are more', node('a', 'b'), first, stays, NOTE],
    ['are none any more', node(), first, stays, NOTE],
    ['are there, where none ran', node('a'), after({}), stays, NOTE],
    ['are others, and run as it is made anew', node('b'), first, made, []],
    ['may have run: nobody knows', node('b'), after(undefined), stays, []],
  ])('%s', (_, nodes, last, as, notes) => expect(told(nodes, last, as)).toEqual(notes));

  test('that did not run are told of until it is made anew', () => {
    const second = after(ranBy(node('b'), first, stays));
    expect(second).toEqual(first);
    expect(told(node('b'), after(ranBy(node('b'), second, made)))).toEqual([]);
  });

  test('that were there before anybody knew are taken for run', () =>
    expect(told(node('a'), after(ranBy(node('a'), undefined, stays)))).toEqual([]));

  test('that there are none of are remembered by nothing', () => expect(ranBy(node(), undefined, made)).toEqual({}));
});
