import {
  type Change,
  device,
  type Observed,
  ref,
  type Resource,
  xfrmPolicy as policyOf,
  xfrmState as stateOf,
} from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { groupOf } from './mark.js';
import { xfrmPolicy } from './xfrm-policy.js';
import { xfrmState } from './xfrm-state.js';

const on = { host: 'h1' };
const MARK = String(groupOf('shop'));
const [AUTH, ENC] = ['a1'.repeat(32), 'e2'.repeat(32)];
const bounds = { src: '198.51.100.1', dst: '198.51.100.2' };
const state = xfrmState.mark?.(stateOf(on, { ...bounds, spi: 0x1001, keys: { secretText: AUTH + ENC } }), 'shop');
const policy = xfrmPolicy.mark?.(policyOf(on, { ...bounds, dir: 'out', protocol: 17, port: 4789 }), 'shop');

// ip xfrm state, iproute2 6.1: ours, one of a daemon, and one with our SPI and other keys.
const stateText = (source: string, spi: string, reqid: string, keys: string): string => `src ${source} dst 198.51.100.2
	proto esp spi ${spi} reqid ${reqid} mode transport
	replay-window 0 
${keys}
	anti-replay context: seq 0x0, oseq 0x17, bitmap 0x00000000
	sel src 0.0.0.0/0 dst 0.0.0.0/0 
`;
const OURS = stateText(
  '198.51.100.1',
  '0x00001001',
  MARK,
  `	auth-trunc hmac(sha256) 0x${AUTH} 128\n	enc cbc(aes) 0x${ENC}`,
);
const DAEMONS = stateText('203.0.113.9', '0x0c0ffee0', '1', `	aead rfc4106(gcm(aes)) 0x${'00'.repeat(20)} 128`);
const OTHER_KEYS = stateText(
  '198.51.100.1',
  '0x00001001',
  '5',
  `	auth-trunc hmac(sha1) 0x${'00'.repeat(20)} 96\n	enc cbc(aes) 0x${ENC}`,
);

const statesIn = (text: string) =>
  xfrmState
    .point?.([state as never])
    .parse(text)
    .map(({ attrs }) => attrs);

test('reads associations: ours, and what has the place of ours; those of daemons are none of our business', () => {
  expect(statesIn(DAEMONS + OURS)).toEqual([state?.attrs]);
  expect(statesIn(OTHER_KEYS)).toEqual([{ ...bounds, spi: 0x1001, reqid: 5, keys: { secretText: '' } }]);
  expect(statesIn('')).toEqual([]);
});

// ip xfrm policy, iproute2 6.1
const POLICIES = `src fd00::1/128 dst fd00::2/128 proto gre key 4000000000 
	dir in priority 0 ptype main 
	tmpl src fd00::1 dst fd00::2
		proto esp reqid ${MARK} mode transport
src 198.51.100.1/32 dst 198.51.100.2/32 proto 17 dport 4789 
	dir out priority 0 ptype main 
	tmpl src 198.51.100.1 dst 198.51.100.2
		proto esp reqid ${MARK} mode transport
src 198.51.100.1/32 dst 198.51.100.2/32 proto udp dport 4790 
	dir fwd priority 0 ptype main 
src 0.0.0.0/0 dst 0.0.0.0/0 
	socket in priority 0 ptype main 
`;

test('reads policies, whatever the host calls protocols', () => {
  const gre = { dir: 'in', src: 'fd00::1', dst: 'fd00::2', protocol: 47, key: 4000000000, reqid: Number(MARK) };
  const found = xfrmPolicy.point?.([policy as never]).parse(POLICIES);
  expect(found?.map(({ attrs }) => attrs)).toEqual([gre, policy?.attrs]);
});

const written = (type: typeof xfrmState | typeof xfrmPolicy, change: Pick<Change, 'before' | 'after'>) => {
  const { key, id } = state as Resource;
  const whole = { type: type.type, key, id, on, action: 'update', fields: [], ...change };
  return type.write(whole as never, { role: 'alone' }).map((op) => (op.op === 'exec' ? [op.argv, op.stdin] : op));
};

test('keys are told by standard input alone, as arguments are seen by all', () => {
  const added = `xfrm state add src 198.51.100.1 dst 198.51.100.2 proto esp spi 0x1001 reqid ${MARK} mode transport replay-window 0 extra-flag oseq-may-wrap auth-trunc hmac(sha256) 0x${AUTH} 128 enc cbc(aes) 0x${ENC}\n`;
  const batch = ['ip', '-batch', '-'];
  expect(written(xfrmState, { after: state as never })).toEqual([[batch, added]]);
  expect(written(xfrmState, { before: state as never })).toEqual([
    [batch, 'xfrm state delete src 198.51.100.1 dst 198.51.100.2 proto esp spi 0x1001\n'],
  ]);
  expect(JSON.stringify(xfrmState.prepare?.(state as never))).not.toContain(AUTH);
});

test('policies are made, changed and removed by what they select', () => {
  const selector = 'src 198.51.100.1 dst 198.51.100.2 proto 17 dport 4789 dir out';
  const template = `tmpl src 198.51.100.1 dst 198.51.100.2 proto esp reqid ${MARK} mode transport`;
  const [after, before] = [policy, policy] as never[];
  const words = (change: Pick<Change, 'before' | 'after'>) =>
    written(xfrmPolicy, change).map((it) => (it as string[])[1]);
  expect(words({ after: after as never })).toEqual([`xfrm policy add ${selector} ${template}\n`]);
  expect(words({ before: before as never, after: after as never })).toEqual([
    `xfrm policy update ${selector} ${template}\n`,
  ]);
  expect(words({ before: before as never })).toEqual([`xfrm policy delete ${selector}\n`]);
});

test('a device that is there only behind policies is found so', () => {
  const its = policy as Observed;
  const tunnel = device(on, 'vx0', { kind: 'tunnel' }, { needs: [ref(its)] });
  const { needs: _, ...bare } = tunnel;
  const related = xfrmPolicy.relate?.([its, bare] as Observed[], [tunnel]);
  expect([...(related ?? [])]).toEqual([[tunnel.key, tunnel]]);
  expect(xfrmPolicy.relate?.([bare] as Observed[], [tunnel]).size).toBe(0);
});

test('who sends by a state stops before the other host takes no more; only the file knows who does', () => {
  const needs = [{ ref: 'xfrm-state:h2//198.51.100.1 198.51.100.2 1001' }];
  const found = state as Observed;
  const related = xfrmState.relate?.([found, policy as Observed], [{ ...found, needs }]);
  expect([...(related ?? [])]).toEqual([[found.key, { ...found, needs }]]);
  expect(xfrmState.relate?.([found], [found]).size).toBe(0);
});

test.each([
  ['Cannot open netlink socket: Protocol not supported', '`modprobe -a xfrm_user`', 'CONFIG_XFRM_USER'],
  ['Error: Requested type not found.\nCommand failed -:1', '`modprobe -a esp6`', 'CONFIG_INET6_ESP'],
  [
    'Error: Kernel was unable to initialize cryptographic operations.\nCommand failed -:1',
    '`modprobe -a authenc cbc echainiv`',
    'CONFIG_CRYPTO_AUTHENC, CONFIG_CRYPTO_CBC, CONFIG_CRYPTO_ECHAINIV',
  ],
  [
    'RTNETLINK answers: Protocol not supported',
    '`modprobe -a xfrm_user esp6 authenc cbc echainiv`',
    'CONFIG_XFRM_USER, ',
  ],
])('%s: what the kernel lacks', (words, modules, options) => {
  const trial = xfrmState.trials?.find(({ name }) => name === 'IPsec over IPv6');
  expect(trial?.fix(words)).toContain(`${modules}, or use one that was built with ${options}`);
});

test('the trial is of a state and of a policy, of the family that is taken', () => {
  const taken = xfrmState.trials?.filter(({ takenBy }) => takenBy(state as never));
  expect(taken?.map(({ name }) => name)).toEqual(['IPsec over IPv4']);
  expect(taken?.[0]?.stdin).toMatch(/^xfrm state add src 127\.0\.0\.1 .*\nxfrm policy add src 127\.0\.0\.1 .*\n$/);
});
