import { readdirSync, readFileSync } from 'node:fs';
import { renderCommand, renderNetlink, resourceTypes } from '@pipewright/kernel';
import {
  type Attrs,
  type Batch,
  address,
  type Change,
  type DeviceAttrs,
  device,
  keyOf,
  namespace,
  type Observed,
  type Op,
  type Placement,
  type Resource,
  processIn,
  ref,
  route,
  sysctl,
  xfrmState,
} from '@pipewright/plugin';
import { testPlugin } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { forwardBatches, undoBatches } from '../apply/undo.js';
import { nicScope, ofNic } from '../attach/scope.js';
import { diff } from '../diff/diff.js';
import { DeviceKinds, ResourceTypes } from '../registry/registry.js';
import { plan } from './plan.js';

/**
 * A case is a folder: what is wanted, what is there, and the plan that makes one of the other: its changes, the words
 * of its ops stage by stage, and those of its undoing. A new case is three small files and no code.
 */
const types = new ResourceTypes(resourceTypes);
const deviceKinds = new DeviceKinds(testPlugin.deviceKinds ?? []);
const folder = new URL('./cases/', import.meta.url);

for (const name of readdirSync(folder)) {
  test(name.replaceAll('-', ' '), () => {
    const read = (file: string): unknown => parse(readFileSync(new URL(`${name}/${file}.yaml`, folder), 'utf8'));
    const expected = read('plan') as Expected;
    const desired = entries(read('desired')).map(resourceOf);
    const actual = entries(read('actual')).map((it): Observed => observed(resourceOf(it), it));
    const replaced = entries(expected.replaced).map(resourceOf);
    const applied = entries(expected.applied).map(resourceOf);
    const { nic } = expected;
    const scope = nic === undefined ? () => true : nicScope(ofNic(nic, actual, types));
    const changes = diff(
      { topology: 't', desired, actual, scope, applied, replaced, unseen: [] },
      { types, deviceKinds },
    );
    const planned = plan('t', changes, { types, deviceKinds });
    expect(planned.changes.map(worded)).toEqual(expected.changes ?? []);
    expect(changes.diagnostics.map((it) => it.code)).toEqual(expected.refused ?? []);
    if (expected.notes) expect(planned.notes).toEqual(expected.notes);
    if (expected.stages) expect(planned.stages.map(forwardBatches).filter(hasOps).map(words)).toEqual(expected.stages);
    if (expected.undo) expect(undoBatches(planned.stages).filter(hasOps).map(words)).toEqual(expected.undo);
  });
}

interface Expected {
  /** The nic that a command answers for alone. */
  readonly nic?: string;
  /** What was applied last. */
  readonly applied?: unknown;
  readonly changes?: readonly string[];
  readonly notes?: readonly string[];
  readonly refused?: readonly string[];
  /** What lasting things were before us. */
  readonly replaced?: unknown;
  readonly stages?: unknown;
  readonly undo?: unknown;
}

type Entry = Readonly<Record<string, unknown>>;

const entries = (it: unknown): readonly Entry[] => (it ?? []) as readonly Entry[];

const text = (entry: Entry, field: string): string => (typeof entry[field] === 'string' ? entry[field] : '');

function resourceOf(entry: Entry): Resource {
  const [type = '', name = ''] = Object.entries(entry)[0]?.map(String) ?? [];
  const { [type]: _, owner: _owner, 'made-by': _maker, stray: _stray, lacks: _lacks, ...known } = entry;
  const { peer, adopt, shared, within, ...rest } = known;
  const extras = {
    ...(peer ? { peer: ref(deviceKey(text(entry, 'peer'))) } : {}),
    ...(adopt ? { adopt: true as const } : {}),
    ...(shared ? { shared: true as const } : {}),
    ...(within ? { within: [ref(keyWithin(text(entry, 'within')))] } : {}),
  };
  const { on, name: own } = place(name);
  switch (type) {
    case 'namespace':
      return namespace(on.host, own.replace(/^t-/, ''), own);
    case 'device':
      return device(on, own, deviceAttrs(rest), extras);
    case 'address':
      return address(stub(name.split(' ')[0] ?? ''), name.split(' ')[1] ?? '', extras);
    case 'process':
      return processIn(on, 't', name, { argv: ['udhcpc'] }, extras);
    case 'route':
      return routeOf(on, own, rest, extras);
    case 'xfrm-state': {
      const [src = '', dst = '', spi = ''] = name.split(' ');
      return xfrmState({ host: 'local' }, { src, dst, spi: Number(spi), keys: { secretText: '0'.repeat(128) } });
    }
    case 'sysctl':
      return sysctl(on, own, String(rest['value']));
    default:
      throw new Error(`a case cannot have a ${type}`);
  }
}

/** `family`, `metric`, who made it, and so on where they are not the ordinary ones. */
function routeOf(
  on: Placement,
  to: string,
  { dev, nexthops: hops, protocol, ...more }: Entry,
  extras: Parameters<typeof route>[3],
): Resource {
  const family = more['family'] === 6 ? 6 : 4;
  const nexthops = entries(hops).map((it) => ({
    ...(text(it, 'via') === '' ? {} : { via: text(it, 'via') }),
    dev: ref(stub(text(it, 'dev'))),
    weight: 1,
  }));
  const ways = hops === undefined ? {} : { nexthops };
  const made = route(on, typeof dev === 'string' ? stub(dev) : undefined, { family, to, ...ways, ...more }, extras);
  const by = protocol === undefined ? {} : { protocol };
  return { ...made, attrs: { ...made.attrs, ...by }, id: `${on.node ?? ''}/${to}` };
}

function deviceAttrs(entry: Entry): Attrs & { kind: string } {
  const { master, ...rest } = entry;
  return {
    kind: 'wire',
    ...rest,
    ...(master === undefined ? {} : { master: master === null ? null : ref(deviceKey(text(entry, 'master'))) }),
  };
}

function observed(it: Resource, entry: Entry): Observed {
  const owner = text(entry, 'owner') || 't';
  const maker = text(entry, 'made-by');
  const madeBy = maker === '' ? {} : { madeBy: ref(resourceOf({ process: maker })) };
  const stray = entry['stray'] === true ? { stray: true as const } : {};
  const lacks = text(entry, 'lacks') === '' ? {} : { lacks: text(entry, 'lacks') };
  return { ...it, ...madeBy, ...stray, ...lacks, ...(owner === 'foreign' ? {} : { owner }) };
}

/** `web/eth0` is in node web, `br` on the host; `web/eth0@far` is on another one. */
function place(text: string): { on: Placement; name: string } {
  const [, node, name = '', host = 'local'] = /^(?:([a-z]+)\/)?(.+?)(?:@([a-z]+))?$/.exec(text) ?? [];
  return { on: node === undefined ? { host } : { host, node }, name };
}

const stub = (text: string): Resource<DeviceAttrs> => device(place(text).on, place(text).name, { kind: 'wire' });
const deviceKey = (text: string): string => keyOf('device', place(text).on, place(text).name);
const addressKey = (text: string): string => address(stub(text.split(' ')[0] ?? ''), text.split(' ')[1] ?? '').key;

/** `web/eth0`, or `web/eth0 10.0.0.2/24`. */
const keyWithin = (text: string): string => (text.includes(' ') ? addressKey(text) : deviceKey(text));

const worded = (it: Change): string =>
  [it.action, it.type, it.id, ...it.fields, it.reason && `(${it.reason})`].filter(Boolean).join(' ');

const hasOps = (batches: readonly Batch[]): boolean => batches.some((it) => it.ops.length > 0);

const words = (batches: readonly Batch[]): Record<string, string[]> =>
  Object.fromEntries(
    batches.filter((it) => it.ops.length > 0).map(({ on, ops }) => [on.node ?? 'host', ops.flatMap(opWords)]),
  );

function opWords(op: Op): readonly string[] {
  if (op.op === 'engine') return [`${op.method} ${op.path}`];
  if (op.op === 'process') return [`${op.verb} ${op.attrs.name}`];
  if (op.op === 'exec' && op.stdin !== undefined) return [op.stdin.trim().replace(/ reqid .*/, '')];
  if (op.op !== 'netlink') return [op.op === 'namespace' ? `netns ${op.verb} ${op.name}` : renderCommand(op).join(' ')];
  return renderNetlink(op, { deviceKind: (kind) => deviceKinds.get(kind), netns: (on) => `t-${on.node ?? ''}` }).map(
    (line) => line.join(' '),
  );
}
