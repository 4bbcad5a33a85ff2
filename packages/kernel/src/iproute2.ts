import {
  type Attrs,
  type DeviceAttribute,
  type DeviceKind,
  type ExecOp,
  type FileBlockOp,
  fail,
  isRef,
  type LinkMove,
  type LinkPeer,
  type NamespaceOp,
  type NetlinkOp,
  type OffloadOp,
  type Placement,
  type PortAttrs,
  type Ref,
  requestPlace,
  type RouteAttrs,
  samePlace,
  type SysctlOp,
  type TuntapOp,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import { renderFileBlock } from './file-block-script.js';
import { sysctlPath } from './sysctl.js';

/** What the words of a command depend on. */
export interface RenderContext {
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
  /** What stands after `netns` for a namespace: a node's name in /run/netns, or a path. */
  readonly netns: (on: Placement) => string;
}

/** The words after `ip`. But for an option at the beginning, they are fit for one line of `ip -batch`. */
export type Line = readonly string[];

/** The name of a resource in its place: the last part of its key. */
export const nameOf = ({ ref }: Ref): string => ref.split('/').slice(2).join('/');

/** One request in iproute2's words: one line, or two where an `ip` command takes only a part of it. */
export function renderNetlink(op: NetlinkOp, context: RenderContext): readonly Line[] {
  const lines = renderers[op.object](op, context).map((words) => words.filter((word) => word !== undefined));
  for (const word of lines.flat()) if (!SAFE.test(word)) fail(errors.unsafeWord(word));
  return lines.map((words) => words.map((word) => (/^$| /.test(word) ? `"${word}"` : word)));
}

// Neither quote, backslash, # nor newline: a line of a batch stays one line, a word one word. Blanks: in others' aliases.
const SAFE = /^[A-Za-z0-9_.,+:/@=% -]*$/;

type Words = readonly (string | undefined)[];
type Renderer = (op: NetlinkOp, context: RenderContext) => readonly Words[];

const renderers: Readonly<Record<NetlinkOp['object'], Renderer>> = {
  link: (op, context) => {
    const name = String(op.attrs['name']);
    if (op.verb === 'del') return [['link', 'del', 'dev', name]];
    if (op.verb === 'move') return [linkMove(op, context)];
    return op.verb === 'add' ? [linkAdd(op, context)] : linkSet(name, op.attrs, context);
  },
  address: ({ verb, attrs }) => [
    ['addr', verb, text(attrs['address']), ...option('dev', attrs['dev']), ...flag('nodad', attrs['nodad'])],
  ],
  route: ({ verb, attrs }) => [
    [
      'route',
      verb,
      ...routeSelector(attrs),
      ...option('src', attrs['src']),
      ...flag('onlink', attrs['onlink']),
      ...protocol(verb, attrs),
      ...nexthops(verb, attrs as RouteAttrs),
    ],
  ],
  // Of rules alone iproute2 does not see the family by the addresses.
  rule: ({ verb, attrs }) => [
    [...flag('-6', attrs['family'] === 6), 'rule', verb, ...ruleSelector(attrs), ...protocol(verb, attrs)],
  ],
  neighbour: ({ verb, attrs }) => [
    verb === 'del'
      ? ['neigh', 'del', text(attrs['to']), ...option('dev', attrs['dev'])]
      : [
          'neigh',
          verb,
          text(attrs['to']),
          ...option('lladdr', attrs['mac']),
          ...option('dev', attrs['dev']),
          'nud',
          'permanent',
          ...protocol(verb, attrs),
        ],
  ],
};

const text = (value: unknown): string => (isRef(value) ? nameOf(value) : String(value));

const option = (word: string, value: unknown): Words =>
  value === undefined || value === null ? [] : [word, text(value)];

const flag = (word: string, value: unknown): Words => (value === true ? [word] : []);

const protocol = (verb: string, attrs: Attrs): Words => (verb === 'del' ? [] : option('protocol', attrs['protocol']));

/** The words by which the kernel finds one route. 0.0.0.0/0 is `default`; `::/0` says the family, which no line can. */
function routeSelector(attrs: Attrs): Words {
  const { kind, to, family, table, metric } = attrs;
  return [
    kind === 'unicast' ? undefined : text(kind),
    to === 'default' && family === 6 ? '::/0' : text(to),
    ...option('via', attrs['via']),
    ...option('dev', attrs['dev']),
    ...(table === 254 ? [] : option('table', table)),
    ...(metric === 0 ? [] : option('metric', metric)),
  ];
}

/** Without them IPv6 removes those that are there, be it all or what is left of them. */
const nexthops = (verb: string, { family, nexthops = [] }: RouteAttrs): Words =>
  verb === 'del' && family === 6
    ? []
    : nexthops.flatMap(({ via, dev, weight, onlink }) => [
        'nexthop',
        ...option('via', via),
        ...option('dev', dev),
        ...option('weight', weight),
        ...flag('onlink', onlink),
      ]);

const ruleSelector = (attrs: Attrs): Words =>
  ['priority', 'from', 'to', 'fwmark', 'iif', 'oif', 'table'].flatMap((word) => option(word, attrs[word]));

function linkAdd(op: NetlinkOp, context: RenderContext): Words {
  const { on, attrs } = op;
  const elsewhere = !samePlace(on, requestPlace(op));
  const peer = attrs['peer'] as LinkPeer | undefined;
  const { lower } = context.deviceKind(text(attrs['kind'])) ?? {};
  return [
    ...['link', 'add', ...(lower ? [] : option('link', attrs['link'])), 'name', text(attrs['name'])],
    ...(elsewhere ? ['netns', context.netns(on)] : []),
    ...linkWords(attrs),
    ...(peer ? ONE_QUEUE : []),
    ...['type', text(attrs['kind'])],
    ...kindWords(newOnly(attrs, context), context),
    ...(lower ? option(lower.word, attrs['link']) : []),
    ...(peer ? peerWords(peer, elsewhere, context) : []),
  ];
}

function peerWords({ on, attrs }: LinkPeer, farFromHost: boolean, context: RenderContext): Words {
  // The kernel's default for where the peer is born has changed between versions once its other end is elsewhere.
  const netns = on.node !== undefined ? context.netns(on) : farFromHost ? '/proc/self/ns/net' : undefined;
  return ['peer', 'name', text(attrs['name']), ...option('netns', netns), ...linkWords(attrs), ...ONE_QUEUE];
}

/** Of an end of a cable: see what writes it for netlink. */
const ONE_QUEUE: Words = ['numtxqueues', '1', 'numrxqueues', '1'];

function linkMove({ on, attrs }: NetlinkOp, { netns }: RenderContext): Words {
  const { name, to } = attrs as LinkMove;
  const away = samePlace(on, to.on) ? [] : ['netns', netns(to.on)];
  return ['link', 'set', 'dev', name, ...away, 'name', text(to.attrs['name']), ...linkWords(to.attrs)];
}

function linkSet(name: string, attrs: Attrs, context: RenderContext): readonly Words[] {
  const kind = kindWords(attrs, context);
  const words = [...linkWords(attrs), ...(kind.length > 0 ? ['type', text(attrs['kind']), ...kind] : [])];
  const altnames = (attrs['altnames'] as readonly string[] | undefined) ?? [];
  return [
    ...(words.length > 0 ? [['link', 'set', 'dev', name, ...words]] : []),
    ...portWords(name, attrs, context),
    ...(altnames.length > 0
      ? [['link', 'property', 'add', 'dev', name, ...altnames.flatMap((it) => ['altname', it])]]
      : []),
  ];
}

const onOff = (value: unknown): string => (value === true ? 'on' : value === false ? 'off' : text(value));

function portWords(name: string, attrs: Attrs, { deviceKind }: RenderContext): readonly Words[] {
  const { asPort } = attrs as { readonly asPort?: PortAttrs };
  if (!asPort) return [];
  const words = Object.entries(deviceKind(asPort.of)?.ports ?? {}).flatMap(([key, { word }]) =>
    asPort[key] === undefined ? [] : [word, onOff(asPort[key])],
  );
  return [['link', 'set', 'dev', name, 'type', `${asPort.of}_slave`, ...words]];
}

/** Words that every kind of link has. `up` comes last, when all else is set. */
const linkWords = (attrs: Attrs): Words => [
  ...option('address', attrs['mac']),
  ...option('mtu', attrs['mtu']),
  ...option('group', attrs['group']),
  ...option('alias', attrs['alias']),
  ...(attrs['master'] === null ? ['nomaster'] : option('master', attrs['master'])),
  ...(typeof attrs['promisc'] === 'boolean' ? ['promisc', attrs['promisc'] ? 'on' : 'off'] : []),
  ...(typeof attrs['up'] === 'boolean' ? [attrs['up'] ? 'up' : 'down'] : []),
];

type Kinds = Pick<RenderContext, 'deviceKind'>;

/** What a new device of its kind is to have, in iproute2's words. */
export const wordsOfNew = (attrs: Attrs, kinds: Kinds): readonly string[] =>
  kindWords(newOnly(attrs, kinds), kinds).filter((word) => word !== undefined);

/** Without what a new device has by itself. */
function newOnly(attrs: Attrs, { deviceKind }: Kinds): Attrs {
  const table = deviceKind(text(attrs['kind']))?.attributes ?? {};
  return Object.fromEntries(Object.entries(attrs).filter(([name, value]) => table[name]?.initial !== value));
}

function kindWords(attrs: Attrs, { deviceKind }: Kinds): Words {
  const table = Object.entries(deviceKind(text(attrs['kind']))?.attributes ?? {});
  return table.flatMap(([name, attribute]) =>
    attrs[name] === undefined ? [] : attributeWords(attribute, attrs[name]),
  );
}

function attributeWords(attribute: DeviceAttribute, value: unknown): Words {
  if (attribute.words) return attribute.words(value);
  if (value === null) return [];
  if (attribute.netlink.layout === 'flag') return value === true ? [attribute.word] : [];
  if (attribute.write) return [attribute.word, attribute.write(value)];
  return [attribute.word, typeof value === 'boolean' ? (value ? '1' : '0') : text(value)];
}

// The alias stands before the name is bound: a namespace of that name is ours from its first moment. What `ip` binds is
// its own: it is the process that reads here what its number is.
const ADD_NAMESPACE = `read -r pid rest < /proc/self/stat
exec unshare --net ip -batch - << END
link set dev lo alias "$2" up
netns attach $1 $pid
END
`;

function namespaceAdd({ name, alias = '' }: NamespaceOp): readonly string[] {
  for (const word of [name, alias]) if (!SAFE.test(word)) fail(errors.unsafeWord(word));
  return ['sh', '-c', ADD_NAMESPACE, 'sh', name, alias];
}

const WRITE = 'printf %s "$2" > "/proc/sys/$1"';

/** The program that carries out what is no netlink request, in the namespace of its place. */
export function renderCommand(
  op: NamespaceOp | SysctlOp | OffloadOp | TuntapOp | FileBlockOp | ExecOp,
): readonly string[] {
  switch (op.op) {
    case 'exec':
      return op.argv;
    case 'sysctl':
      return [
        'sh',
        '-c',
        op.optional ? `[ ! -w "/proc/sys/$1" ] || ${WRITE}` : WRITE,
        'sh',
        sysctlPath(op.name),
        op.value,
      ];
    case 'offload':
      return ['ethtool', '-K', op.device, op.feature, op.state];
    case 'tuntap':
      return ['ip', 'tuntap', 'add', 'dev', op.device, ...op.words];
    case 'file-block': {
      const [script, words] = renderFileBlock(op);
      return ['sh', '-c', script, 'sh', op.path, ...words];
    }
    case 'namespace':
      return op.verb === 'del' ? ['ip', 'netns', 'del', op.name] : namespaceAdd(op);
  }
}
