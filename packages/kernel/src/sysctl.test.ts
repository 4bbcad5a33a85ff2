import { sysctl as sysctlOf } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { sysctl } from './sysctl.js';

const web = { host: 'local', node: 'web' };

test('asks for what is wanted, and reads numbers between tabs', () => {
  const wanted = ['net.ipv4.ip_forward', 'net.ipv4.tcp_rmem'].map((name) => sysctlOf(web, name, '1'));
  const question = sysctl.point?.(wanted);
  expect(question?.argv.slice(-3)).toEqual(['sh', 'net/ipv4/ip_forward', 'net/ipv4/tcp_rmem']);
  expect(question?.parse('net/ipv4/ip_forward=1\nnet/ipv4/tcp_rmem=4096\t131072\t6291456\n')).toEqual([
    { attrs: { name: 'net.ipv4.ip_forward', value: '1' } },
    { attrs: { name: 'net.ipv4.tcp_rmem', value: '4096 131072 6291456' } },
  ]);
});

test('reads the files themselves where no process is needed for it', () => {
  const files: Readonly<Record<string, string>> = { '/proc/sys/net/ipv4/tcp_rmem': '4096\t131072\t6291456\n' };
  const wanted = ['net.ipv4.tcp_rmem', 'net.ipv4.none'].map((name) => sysctlOf(web, name, '1'));
  expect(
    sysctl.point?.(wanted).direct?.({ text: (path) => files[path], ethtool: () => undefined, nftTables: () => [] }),
  ).toEqual([{ attrs: { name: 'net.ipv4.tcp_rmem', value: '4096 131072 6291456' } }]);
});

test.each([
  ['net.ipv4.ip_forward', true],
  ['net.ipv4.conf.eth0.rp_filter', true],
  ['kernel.hostname', false],
  ['net.ipv4/../../kernel/core_pattern', false],
  ['net...kernel', false],
  ['net', false],
])('%s is one of ours to write: %s', (name, ok) =>
  expect(sysctl.attrs.safeParse({ name, value: '1' }).success).toBe(ok),
);

test.each([
  ['01', '1'],
  ['0x10', '16'],
  ['010', '8'],
  ['-1', '-1'],
  ['1 0x20', '1\t32'],
  ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
])('%s is found as %s', (wanted, found) => expect(sysctl.equal?.('value', wanted, found)).toBe(true));

test('values are equal as words', () => {
  expect(sysctl.equal?.('value', '20000 30000', '20000\t30000')).toBe(true);
  expect(sysctl.equal?.('value', '1', '0')).toBe(false);
  expect(sysctl.equal?.('value', 'cubic', 'reno')).toBe(false);
});

test('one of a device goes back to what a new device has, where nobody remembers more', () => {
  const within = [{ ref: 'device:local/web/eth0.7' }];
  const wanted = sysctlOf(web, 'net.ipv4.conf.eth0/7.rp_filter', '2', { within });
  const question = sysctl.point?.([wanted]);
  expect(question?.argv.slice(-2)).toEqual(['net/ipv4/conf/eth0.7/rp_filter', 'net/ipv4/conf/default/rp_filter']);
  const [found] = question?.parse('net/ipv4/conf/eth0.7/rp_filter=2\nnet/ipv4/conf/default/rp_filter=1\n') ?? [];
  expect(found).toEqual({ attrs: wanted.attrs, within, facts: { default: '1' } });
  expect(sysctl.byItself?.({ ...wanted, ...found })?.attrs).toEqual({ ...wanted.attrs, value: '1' });
  expect(sysctl.byItself?.(sysctlOf(web, 'net.ipv4.ip_forward', '1'))).toBeUndefined();
});
