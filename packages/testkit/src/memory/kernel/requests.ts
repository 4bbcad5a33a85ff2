import type {
  Attrs,
  DeviceAttribute,
  DeviceKind,
  LinkMove,
  LinkPeer,
  NetlinkOp,
  Placement,
  RouteAttrs,
} from '@pipewright/plugin';
import { familyOf, isRef, printedKeys } from '@pipewright/plugin';
import { nameOf } from '@pipewright/kernel';
import { addAddress, deleteAddress } from './addresses.js';
import { refuse } from './errors.js';
import { addLink, deleteLink, type LinkSpec, type Maker, moveLink, needDevice, setLink } from './links.js';
import { addNeighbour, addRoute, addRule, deleteNeighbour, deleteRoute, deleteRule } from './routes.js';
import { BOOT_PROTOCOL, type Namespace, type Neighbour, type Route, type Rule } from './state.js';

/** What a request depends on besides the kernel's own state. */
export interface RequestContext extends Maker {
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
  /** The namespace of a place; refuses where there is none. */
  readonly namespace: (on: Placement) => Namespace;
  /** Two namespaces have heard of each other, and number each other. */
  readonly acquaint: (one: Namespace, other: Namespace) => void;
}

/** Carries out one rtnetlink request, or throws what the kernel says. */
export function request(op: NetlinkOp, context: RequestContext): void {
  const namespace = context.namespace(op.on);
  switch (op.object) {
    case 'link':
      link(op, namespace, context);
      return;
    case 'address':
      address(op, namespace);
      return;
    case 'route':
      route(op, namespace);
      return;
    case 'rule':
      rule(op, namespace);
      return;
    case 'neighbour':
      neighbour(op, namespace);
  }
}

/** The name of a device, given by itself or by a pointer. */
const nameIn = (value: unknown): string =>
  isRef(value) ? nameOf(value) : typeof value === 'string' ? value : refuse('EINVAL');

const deviceOf = (namespace: Namespace, value: unknown): number => needDevice(namespace, nameIn(value)).index;

function link({ verb, attrs }: NetlinkOp, namespace: Namespace, context: RequestContext): void {
  if (verb === 'del') {
    deleteLink(namespace, nameIn(attrs['name']));
    return;
  }
  if (verb === 'move') {
    const { name, to } = attrs as LinkMove;
    const into = context.namespace(to.on);
    moveLink(namespace, name, into, specOf(to.attrs, context), context);
    const { far } = needDevice(into, nameIn(to.attrs['name']));
    if (far && far.namespace !== into) context.acquaint(into, far.namespace);
    return;
  }
  if (verb !== 'add') {
    setLink(namespace, specOf(changing(attrs, namespace), context), context);
    return;
  }
  const peer = attrs['peer'] as LinkPeer | undefined;
  const far = peer && { into: context.namespace(peer.on), spec: specOf(peer.attrs, context) };
  addLink(namespace, specOf(attrs, context), far, context);
  if (far && far.into !== namespace) context.acquaint(namespace, far.into);
}

/** A change need not say the kind of what it changes. */
const changing = (attrs: Attrs, namespace: Namespace): Attrs => ({
  ...attrs,
  kind: attrs['kind'] ?? needDevice(namespace, nameIn(attrs['name'])).kind,
});

const ORDINARY = ['name', 'kind', 'mac', 'mtu', 'up', 'promisc', 'group', 'alias', 'altnames'];

function specOf(attrs: Attrs, { deviceKind }: RequestContext): LinkSpec {
  const { master } = attrs;
  const ordinary = Object.fromEntries(ORDINARY.flatMap((it) => (attrs[it] === undefined ? [] : [[it, attrs[it]]])));
  return {
    ...(ordinary as unknown as LinkSpec),
    ...(master === undefined ? {} : { master: master === null ? null : nameIn(master) }),
    data: printedData(attrs, deviceKind(String(attrs['kind']))),
  };
}

/** A kind's attributes as they will be printed. */
function printedData(attrs: Attrs, kind: DeviceKind | undefined): Readonly<Record<string, unknown>> {
  const table = Object.entries(kind?.attributes ?? {});
  return Object.fromEntries(
    table.flatMap(([name, it]) =>
      attrs[name] === undefined ? [] : [[printedKeys(it)[0] ?? it.word, printed(it, attrs[name])]],
    ),
  );
}

/** Of the forms a value is printed in, the one from which the kind reads the value. */
function printed({ read, write }: DeviceAttribute, value: unknown): unknown {
  const word = write ? write(value) : typeof value === 'boolean' ? Number(value) : value;
  if (!read) return value;
  return [Number(word), word, value, String(word)].find((it) => Object.is(read(it), value)) ?? word;
}

function address({ verb, attrs }: NetlinkOp, namespace: Namespace): void {
  const device = needDevice(namespace, nameIn(attrs['dev']));
  const text = String(attrs['address']);
  if (verb === 'del') deleteAddress(namespace, device, text);
  else addAddress(namespace, device, text, verb === 'replace');
}

function route({ verb, attrs }: NetlinkOp, namespace: Namespace): void {
  const { family, to, table, metric, kind, via, src, dev, onlink, protocol } = attrs as Partial<Route> & Attrs;
  const device = dev === undefined ? undefined : deviceOf(namespace, dev);
  const hops = hopsOf(attrs, namespace);
  const selector = { family: family ?? 4, to: to ?? '', table: table ?? 254, metric: metric ?? 0, via, device, src };
  if (verb === 'del') {
    const ways = family === 6 ? undefined : hops; // IPv6 removes whatever is left of them
    deleteRoute(namespace, { ...selector, hops: ways, kind: kind === 'unicast' ? undefined : kind });
    return;
  }
  if (kind === 'local') return; // every address has one here, always
  addRoute(
    namespace,
    { ...selector, hops, kind: kind ?? 'unicast', onlink: onlink ?? false, protocol: protocol ?? BOOT_PROTOCOL },
    verb === 'replace',
  );
}

const hopsOf = ({ nexthops }: Partial<RouteAttrs>, namespace: Namespace): Route['hops'] =>
  nexthops?.map(({ via, dev, weight, onlink = false }) => ({ device: deviceOf(namespace, dev), via, weight, onlink }));

function rule({ verb, attrs }: NetlinkOp, namespace: Namespace): void {
  if (verb === 'del') deleteRule(namespace, ruleOf(attrs));
  else addRule(namespace, ruleOf(attrs));
}

function ruleOf(attrs: Attrs): Rule {
  const { family, priority, from, to, fwmark, iif, oif, table, protocol } = attrs as Partial<Rule>;
  return {
    family: family ?? 4,
    priority: priority ?? refuse('EINVAL'),
    from,
    to,
    fwmark,
    iif,
    oif,
    table: table ?? refuse('EINVAL'),
    protocol: protocol ?? BOOT_PROTOCOL,
  };
}

function neighbour({ verb, attrs }: NetlinkOp, namespace: Namespace): void {
  const { to = '', mac = '', protocol = 0 } = attrs as Partial<Neighbour>;
  const key = { device: deviceOf(namespace, attrs['dev']), to };
  if (verb === 'del') deleteNeighbour(namespace, key);
  else addNeighbour(namespace, { ...key, family: familyOf(to), mac, protocol }, verb === 'replace');
}
