import {
  exec,
  type Family,
  type Key,
  type Observed,
  parseIp,
  type RawObserved,
  type Resource,
  resourceType,
  type Trial,
  type XfrmStateAttrs,
  xfrmStateName,
  z,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { groupOf } from './mark.js';
import { policySet } from './xfrm-policy.js';
import { concerning, entriesOf, lister, xfrm } from './xfrm.js';

/** With its mark, by which policies find it, too. */
type MarkedState = XfrmStateAttrs & { readonly reqid?: number };

/** Bytes of each of the two keys, in hexadecimal. */
const KEY = 64;

// RFC 8221, 5 and 6: what is fit for keys that nobody exchanges. Counter modes (GCM) are not: a state that is made again
// with its old key would use its nonces again.
const AUTH = 'hmac(sha256)';
const ENC = 'cbc(aes)';

const bounds = ({ src, dst, spi }: XfrmStateAttrs): readonly string[] => [
  'src',
  src,
  'dst',
  dst,
  'proto',
  'esp',
  'spi',
  `0x${spi.toString(16)}`,
];

/**
 * Numbers of packets may begin anew (RFC 4303, 3.3.3): nobody exchanges keys then, and what was sent before the state was
 * made again must not make the receiver drop what is sent after it. So none are looked at.
 */
const added = (it: MarkedState): readonly string[] => [
  ...['state', 'add', ...bounds(it), 'reqid', String(it.reqid ?? 0), 'mode', 'transport'],
  ...['replay-window', '0', 'extra-flag', 'oseq-may-wrap'],
  ...[
    'auth-trunc',
    AUTH,
    `0x${it.keys.secretText.slice(0, KEY)}`,
    '128',
    'enc',
    ENC,
    `0x${it.keys.secretText.slice(KEY)}`,
  ],
];

/** As one of ours is printed; another has other keys. */
function read(entry: string): MarkedState {
  const [, src = '', dst = ''] = /^src (\S+) dst (\S+)/.exec(entry) ?? [];
  const [, spi = '0', reqid = '0', mode = ''] =
    /proto esp spi (0x[0-9a-f]+)\S* reqid (\d+)\S* mode (\w+)/.exec(entry) ?? [];
  const [, auth = ''] = /auth-trunc hmac\(sha256\) 0x([0-9a-f]{64})\b.* 128$/m.exec(entry) ?? [];
  const [, enc = ''] = /enc cbc\(aes\) 0x([0-9a-f]{64})\b/.exec(entry) ?? [];
  const secret = mode === 'transport' && auth !== '' && enc !== '' ? auth + enc : '';
  return { src, dst, spi: Number(spi), reqid: Number(reqid), keys: { secretText: secret } };
}

/** In a namespace of its own, so that it leaves nothing but modules. Their names come with the kernel's words. */
const TRY = `words=$(unshare --net ip -batch - 2>&1) || { echo "$words" >&2; exit 1; }`;

const trialOf = (family: Family, address: string): Trial<MarkedState> => {
  const state = { src: address, dst: address, spi: 256, keys: { secretText: '0'.repeat(2 * KEY) } };
  const policy = { dir: 'out', src: address, dst: address, protocol: 17 } as const;
  return {
    name: `IPsec over IPv${String(family)}`,
    argv: ['sh', '-c', TRY],
    stdin: [added(state), policySet('add', policy)].map((words) => `xfrm ${words.join(' ')}\n`).join(''),
    takenBy: ({ attrs: { src } }) => parseIp(src)?.family === family,
    fix: (words) => lacking(family, words),
  };
};

const TRIALS = [trialOf(4, '127.0.0.1'), trialOf(6, '::1')];

const trialsFor = (it: Resource<MarkedState>) => TRIALS.filter(({ takenBy }) => takenBy(it));

/** What each of the kernel's words is about: modules, and what a kernel is built with that has them. */
const parts = (family: Family) =>
  [
    [/netlink socket/i, ['xfrm_user'], ['XFRM_USER']],
    [/type not found/i, [`esp${String(family)}`], [family === 6 ? 'INET6_ESP' : 'INET_ESP']],
    [/algorithm|cryptographic/i, ['authenc', 'cbc', 'echainiv'], ['CRYPTO_AUTHENC', 'CRYPTO_CBC', 'CRYPTO_ECHAINIV']],
  ] as const;

function lacking(family: Family, words: string): string {
  const all = parts(family);
  const told = all.filter(([pattern]) => pattern.test(words));
  const lacks = told.length > 0 ? told : all;
  const modules = lacks.flatMap(([, it]) => it).join(' ');
  const options = lacks.flatMap(([, , it]) => it.map((one) => `CONFIG_${one}`)).join(', ');
  return `load what the kernel lacks by \`modprobe -a ${modules}\`, or use one that was built with ${options}`;
}

/** No kernel tells which of two hosts sends by a state. Who sends is to stop before the other takes no more. */
function takenElsewhere(all: readonly RawObserved[], declared: readonly Resource[]): ReadonlyMap<Key, Observed> {
  const needs = new Map(declared.flatMap((it) => (it.type === 'xfrm-state' && it.needs ? [[it.key, it.needs]] : [])));
  if (needs.size === 0) return new Map(); // mostly
  return new Map(
    all.flatMap((it) => {
      const its = needs.get(it.key);
      return its ? [[it.key, { ...it, needs: its }] as const] : [];
    }),
  );
}

/** A direction of IPsec between two hosts. Asked for only where there is one, or was. */
export const xfrmState = resourceType<MarkedState>({
  type: 'xfrm-state',
  get attrs() {
    return z.object({
      src: z.string(),
      dst: z.string(),
      spi: z.int(),
      keys: z.object({ secretText: z.string() }),
      reqid: z.int().optional(),
    });
  },
  classes: { src: 'fixed', dst: 'fixed', spi: 'fixed', keys: 'fixed', reqid: 'fixed' },
  exclusive: true,
  name: xfrmStateName,
  mark: (it, topology) => ({ ...it, attrs: { ...it.attrs, reqid: groupOf(topology) } }),
  owner: ({ attrs }, _, topology) => (attrs.reqid === groupOf(topology) ? topology : undefined),
  queries: [],
  parse: () => [],
  point: (wanted) => ({
    argv: lister('state'),
    parse: (printed) => concerning(entriesOf(printed).map(read), wanted, xfrmStateName).map((attrs) => ({ attrs })),
  }),
  relate: takenElsewhere,
  // What is sent with the newest is taken by then, and what was sent with the old one has arrived.
  removeLast: true,
  trials: TRIALS,
  prepare: (it) => trialsFor(it).map(({ argv, stdin = '' }) => ({ ...exec(it.on, ...argv), stdin })),
  unprepared: (it, words) =>
    errors.noIpsec(
      it.on.host,
      words,
      trialsFor(it)
        .map(({ fix }) => fix(words))
        .join(),
    ),
  write: ({ before, after, on }) => [
    ...(before ? [xfrm(on, 'state', 'delete', ...bounds(before.attrs))] : []),
    ...(after ? [xfrm(on, ...added(after.attrs))] : []),
  ],
});
