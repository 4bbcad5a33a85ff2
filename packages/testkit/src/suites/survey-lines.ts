import { isRef, type Observed, type Ref, type Survey } from '@pipewright/plugin';

/** What goes without saying. */
const ORDINARY: Readonly<Record<string, readonly unknown[]>> = {
  mtu: [1500],
  up: [false],
  promisc: [false],
  master: [null],
  altnames: ['[]'],
  group: [0],
  family: [4],
  kind: ['unicast'],
  table: [254],
  metric: [0],
  loopback: [true],
  stp: [false],
  ageing: [300],
};

/** The attribute that a thing is called by, where it is not its name. */
const TITLES: Readonly<Record<string, string>> = {
  address: 'address',
  route: 'to',
  neighbour: 'to',
  rule: 'priority',
  'file-block': 'path',
  offload: 'feature',
};

/**
 * A survey in a line a thing, sorted: `device a/eth0 kind veth mac 02:00:00:00:00:0a up peer host/h0`. Without what
 * every namespace has, and without MACs that the kernel made up (a test's own begin with 02).
 */
export const surveyLines = ({ actual }: Survey): readonly string[] =>
  actual
    .filter(({ attrs }) => attrs['kind'] !== 'loopback')
    .map(lineOf)
    .sort();

function lineOf(it: Observed): string {
  const { type, on, attrs, needs = [], within = [], peer, makes, owner } = it;
  const title = TITLES[type] ?? 'name';
  const words = Object.entries(attrs).flatMap(([key, value]) => (key === title ? [] : wordsOf(key, value)));
  const dev = isRef(attrs['dev']) ? attrs['dev'].ref : undefined;
  const further = within.filter(({ ref }) => ref !== dev);
  return [
    type,
    `${on.node ?? 'host'}/${String(attrs[title])}`,
    ...words,
    ...(makes === undefined ? [] : ['of', makes]),
    ...(peer ? ['peer', shortOf(peer)] : []),
    ...needs.map((ref) => `needs ${shortOf(ref)}`),
    ...further.map((ref) => `within ${shortOf(ref)}`),
    ...(owner === undefined ? [] : [`(${owner})`]),
  ].join(' ');
}

function wordsOf(key: string, value: unknown): readonly string[] {
  const short = (_: string, it: unknown): unknown => (isRef(it) ? shortOf(it) : it);
  const text = isRef(value) ? shortOf(value) : typeof value === 'string' ? value : JSON.stringify(value, short);
  if (ORDINARY[key]?.some((it) => it === value || it === text)) return [];
  if (key === 'mac' && !text.startsWith('02:')) return [];
  return value === true ? [key] : [key, text];
}

/** `device:local/a/eth0` → `a/eth0`. */
function shortOf({ ref }: Ref): string {
  const [, node = '', ...name] = ref.split('/');
  return `${node === '' ? 'host' : node}/${name.join('/')}`;
}
