import { device, keyOf, type Observed, processIn, type RawObserved, ref } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { renderProcess } from './process-script.js';
import { process } from './process.js';

const web = { host: 'local', node: 'web' };
const eth0 = device(web, 'eth0', { kind: 'veth' });
const helper = processIn(web, 'shop', 'web/eth0/help', { argv: ['./run', '-v'] }, { within: [ref(eth0)] });

const marked = process.mark?.(helper as never, 'shop') ?? expect.unreachable();
const record = `record ${JSON.stringify({ attrs: marked.attrs, within: marked.within })}`;
const living = (pid: number, mark = marked.attrs.mark) => `/proc/${pid}/environ:PIPEWRIGHT_PROCESS=${mark}`;

const read = (...lines: readonly string[]) =>
  process.parse([lines.join('\n')], { on: { host: 'local' }, nodes: [], deviceKind: () => undefined });

const stateOf = (given: object, ...lines: readonly string[]): unknown =>
  read(`record ${JSON.stringify({ attrs: { ...marked.attrs, ...given }, within: [] })}`, ...lines)[0]?.attrs.state;

describe('a helper that was started', () => {
  test('is known by its folder, with all that it was made of, and what it says of itself', () =>
    expect(read(record, 'ready -', 'ready address=10.0.0.7/24', 'ready nonsense', living(7), living(40))).toEqual([
      {
        attrs: marked.attrs,
        within: [ref(eth0)],
        facts: { pid: '7 40', address: '10.0.0.7/24' },
      },
    ]));

  const ready = { ready: { withinMs: 1, otherwise: '' } };
  test.each([
    ['running', {}, [living(7)]],
    ['dead', {}, []],
    ['running', {}, ['pid 7', living(7), living(40)]],
    ['dead', {}, ['pid 7', living(40)]],
    ['dead', {}, ['pid 7']],
    ['running', ready, ['ready -', living(7)]],
    ['waiting', ready, [living(7)]],
    ['dead', ready, ['ready -']],
    ['done', { ...ready, once: true }, ['ready -']],
    ['waiting', { ...ready, once: true }, ['ready -', living(7)]],
  ])('is %s: %j, %j', (state, given, lines) => expect(stateOf(given, ...lines)).toBe(state));

  test('tells of one that has ended what it said last, and where', () => {
    const told = ['pid 7', 'ready -', 'ready address=10.0.0.7/24', 'log /run/log', 'said no peer', 'said giving up'];
    const [dead] = read(record, ...told);
    expect(dead?.facts).toEqual({ address: '10.0.0.7/24', log: '/run/log', said: 'no peer; giving up' });
    expect(read(record, ...told, living(7))[0]?.facts).toEqual({ address: '10.0.0.7/24', pid: '7' });
    const found = { ...marked, ...dead } as Observed<typeof marked.attrs>;
    expect(process.ending?.(found)).toBe('it ended, and said last: no peer; giving up');
    expect(process.ending?.(marked)).toBeUndefined();
    expect(process.whyGone?.(marked, found)?.message).toMatch(/web\/eth0\/help ended by itself.*no peer; giving up\. /);
    expect(process.whyGone?.(marked, marked)).toBeUndefined();
    expect(process.whyGone?.(marked)).toBeUndefined();
  });

  test('comes back once it is gone, unless it had ended, or nobody knows how it was started', () => {
    const answers = [[record, living(7)], [record], [living(7)]];
    expect(answers.map((lines) => read(...lines)[0]?.irretrievable)).toEqual([undefined, true, true]);
  });

  test('is known by its mark where its folder is lost; it can be ended, but not be started', () => {
    const [lost] = read(living(7));
    expect(lost).toMatchObject({ attrs: { name: 'shop/web/eth0/help', mark: marked.attrs.mark }, facts: { pid: '7' } });
    const before = { ...helper, attrs: lost!.attrs } as Observed<typeof marked.attrs>;
    const common = { type: 'process', key: helper.key, id: helper.id, on: helper.on, fields: [] };
    expect(process.write({ ...common, action: 'delete', before }, { role: 'alone' })).toMatchObject([{ verb: 'stop' }]);
    expect(process.write({ ...common, action: 'create', after: before }, { role: 'alone' })).toEqual([]);
  });

  test.each(['record {', 'record {"attrs":{}}', 'record []', '/proc/x/environ:PIPEWRIGHT_PROCESS=a', 'else'])(
    'is not told of by %s',
    (line) => expect(read(line)).toEqual([]),
  );
});

describe('of use', () => {
  const found = (facts: Record<string, string>): RawObserved => ({ ...marked, facts });
  const stateAmong = (facts: Record<string, string>, ...others: readonly RawObserved[]) =>
    process.relate?.([found(facts), ...others], []).get(helper.key)?.attrs['state'] ?? 'running';
  const address = { ...eth0, type: 'address', key: 'address:local/web/eth0 10.0.0.7/24', attrs: {} };

  test.each([
    ['while its device is there', {}, [eth0], 'running'],
    ['not without it', {}, [], 'waiting'],
    ['with the address that it gave', { address: '10.0.0.7/24' }, [eth0, address], 'running'],
    ['not where somebody took that away', { address: '10.0.0.7/24' }, [eth0], 'waiting'],
  ])('%s', (_, facts, others, state) => expect(stateAmong(facts, ...others)).toBe(state));

  test.each([
    ['without its device, whatever became of itself', 'dead', [], true],
    ['not with it', 'dead', [eth0], undefined],
  ] as const)('a stray %s', (_, state, others, stray) => {
    const it = { ...marked, attrs: { ...marked.attrs, state } };
    expect(process.relate?.([it, ...others], []).get(it.key)?.stray).toBe(stray);
  });
});

test('is where that is now which its record knows by another name', () => {
  const before = { host: 'local', node: 'web (before)' };
  const there: RawObserved = { ...eth0, on: before, key: keyOf('device', before, 'eth0') };
  const attrs = { ...marked.attrs, node: before.node };
  const applied = { ...helper, attrs, within: [ref(there.key)] };
  const its = process.relate?.([marked, there], [applied, helper]).get(helper.key);
  expect(its).toEqual({ ...marked, attrs, within: [ref(there.key)] });
  expect(
    its && process.write({ ...its, action: 'create', fields: [], after: its as never }, { role: 'alone' }),
  ).toMatchObject([{ verb: 'start', on: before, in: before }]);
  expect(process.relate?.([marked, eth0], [helper])).toEqual(new Map());
});

describe('what it gave', () => {
  const facts = { address: '10.0.0.7/24', router: '10.0.0.1' };
  const route = (dev: string, via: string, protocol: number): RawObserved => ({
    ...eth0,
    type: 'route',
    key: `route:local/web/${dev} ${via} ${String(protocol)}`,
    attrs: { via, protocol, dev: { ref: keyOf('device', web, dev) } },
  });
  const made = (...others: readonly RawObserved[]) =>
    [...(process.relate?.([{ ...marked, facts }, eth0, ...others], []) ?? [])].flatMap(([key, it]) =>
      it.madeBy ? [[key, it.madeBy]] : [],
    );
  const address = (text: string): RawObserved => ({
    ...eth0,
    type: 'address',
    key: keyOf('address', web, `eth0 ${text}`),
    attrs: {},
  });

  test.each([
    ['its address', address('10.0.0.7/24')],
    ['the route to its router', route('eth0', '10.0.0.1', 16)],
  ])('is %s', (_, it) => expect(made(it)).toEqual([[it.key, ref(helper)]]));

  test.each([
    ['another address', address('10.0.0.8/24')],
    ['a route to another router', route('eth0', '10.0.0.9', 16)],
    ['one that a user made', route('eth0', '10.0.0.1', 3)],
    ['one by another device', route('eth9', '10.0.0.1', 16)],
  ])('is not %s', (_, it) => expect(made(it)).toEqual([]));
});

test('what it is started with stands in arguments: no shell reads it', () => {
  const attrs = { ...marked.attrs, files: { run: '$(reboot)' }, argv: ['./run', '`reboot`'] };
  const op = { op: 'process', verb: 'start', on: web, in: web, attrs, within: [] } as const;
  const [sh, option, script, ...words] = renderProcess(op, { file: '/run/netns/shop-web', undo: false });
  expect([sh, option, script?.includes('reboot')]).toEqual(['sh', '-c', false]);
  expect(words.slice(-4)).toEqual(['run', '$(reboot)', './run', '`reboot`']);
});
