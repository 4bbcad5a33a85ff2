import { netlink, type NetlinkOp, type Op, type Placement } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { type LinesJob, roundsOf } from '../shell/jobs.js';
import { type ProgramStep, relayed, relayFailures, relayProgram, type RelayStep } from './relay-steps.js';

const host = { host: 'h1' };
const web = { host: 'h1', node: 'web' };
const path = ({ node }: Placement): string | undefined => (node === undefined ? undefined : `/run/netns/t-${node}`);
const deviceKind = () => undefined;

function stepsOf(ops: readonly Op[]): readonly RelayStep[] {
  const context = { path, file: path, netns: (on: Placement) => path(on) ?? '/proc/1/ns/net', deviceKind, undo: false };
  return relayed(roundsOf(ops, context).flat() as readonly ProgramStep[], { path, deviceKind }) as readonly RelayStep[];
}

const lineOf = (step: RelayStep): string => relayProgram(step, { undo: false }).argv[1] ?? '';

const addressOp = (number: number): NetlinkOp =>
  netlink(web, 'address', 'add', {
    address: `10.0.${number >> 8}.${number & 255}/16`,
    dev: { ref: 'device:h1/web/eth0' },
  });

const removal = (name: string): NetlinkOp => netlink(host, 'link', 'del', { name });

test('a line is never longer than a pipe has room for, and without the relay the same is done', () => {
  const ops = Array.from({ length: 1000 }, (_, index) => addressOp(index));
  const steps = stepsOf(ops);
  expect(steps.length).toBeGreaterThan(1);
  for (const step of steps) expect(lineOf(step).length).toBeLessThan(65_536);
  const instead = steps.flatMap((it) => it.instead as readonly LinesJob[]).flatMap(({ lines }) => lines);
  expect(instead.map(({ op }) => op)).toEqual(ops);
});

test('where the number of a device or the descriptor of a namespace goes is said beside the request', () => {
  const [step] = stepsOf([
    netlink(host, 'link', 'add', { name: 'h0', kind: 'veth', peer: { on: web, attrs: { name: 'eth0' } } }),
  ]);
  const [, , , request = ''] = lineOf(step!).split(' ');
  const [bytes = '', blank = ''] = request.split(',');
  const [at, place] = blank.split('=');
  expect(place).toBe(Buffer.from('/run/netns/t-web').toString('hex'));
  expect(bytes.slice(2 * Number(at) - 8, 2 * Number(at) + 8)).toBe('08001c0000000000'); // IFLA_NET_NS_FD
});

test('devices that are removed one after the other may be one request', () => {
  const [step] = stepsOf([removal('a'), removal('b'), addressOp(1)]);
  expect(lineOf(step!)).toMatch(/^send some - group:2:\w+ \w+,20=-:61 \w+,20=-:62$/);
});

test('what failed is told in the order of the ops, with the words of the kernel', () => {
  const [one, two] = [removal('a'), addressOp(1)];
  const [, step] = stepsOf([one, two, addressOp(2)]);
  const answer = ['34000000', '02000000', '00'.repeat(8), 'edffffff', '00'.repeat(32)].join(''); // ENODEV
  const stdout = `1 !Cannot find device "eth0"\n0 ${answer}\n`;
  const failures = relayFailures(step!, { code: 1, stdout, stderr: '' }, { undo: false });
  expect(failures.map(({ message }) => message)).toEqual(['No such device', 'Cannot find device "eth0"']);
  expect(failures[0]?.op).toBe(two);
});
