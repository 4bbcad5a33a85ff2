import { madeWithBlock, sysctlPath, withBlock, withoutBlock } from '@pipewright/kernel';
import type {
  DeviceKind,
  FileBlockOp,
  NamespaceOp,
  NetlinkOp,
  OffloadOp,
  TuntapOp,
  Placement,
  ProcessOp,
  SysctlOp,
} from '@pipewright/plugin';
import { refuse } from './errors.js';
import { type KernelKinds, ORDINARY_KINDS, ORDINARY_SYSCTLS } from './kinds.js';
import { addLink, findDevice, removeDevice } from './links.js';
import { sysctlAt } from './sysctls.js';
import { request, type RequestContext } from './requests.js';
import { describeKernel, type KernelPicture, type ProcessTitles } from './picture.js';
import { type Device, KERNEL_PROTOCOL, type KernelState, type Namespace, type Rule } from './state.js';

/** Finds the namespace of a place; refuses where there is none. */
export type Ways = (on: Placement) => Namespace;

/** What a test may choose of a kernel. */
export interface KernelOptions {
  /** Types of devices beside the ordinary ones. */
  readonly kinds?: KernelKinds;
  /** Sysctls beside the ordinary ones, below /proc/sys. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

/**
 * Network namespaces in memory, with the parts of Linux that topologies are made of, and what it takes along: a pair
 * with either end, secondaries with their primary, routes with a device that goes down or loses its last address. It
 * refuses what Linux refuses.
 */
export class MemoryKernel {
  readonly #state: KernelState;
  readonly #kinds: KernelKinds;
  readonly #sysctls: Readonly<Record<string, string>>;

  constructor({ kinds = {}, sysctls = {} }: KernelOptions = {}, state?: KernelState) {
    this.#kinds = { ...ORDINARY_KINDS, ...kinds };
    this.#sysctls = { ...ORDINARY_SYSCTLS, ...sysctls };
    this.#state = state ?? {
      host: this.#newNamespace(1),
      named: new Map(),
      processes: new Map(),
      helpers: new Map(),
      lastNumber: 1,
    };
    if (!state) this.#loopback(this.#state.host).up = true;
  }

  /** Another like it; what happens to one does not happen to the other. */
  copy(): MemoryKernel {
    return new MemoryKernel({ kinds: this.#kinds, sysctls: this.#sysctls }, structuredClone(this.#state));
  }

  get state(): Readonly<KernelState> {
    return this.#state;
  }

  /** All that it holds, as a value to compare: without numbers that mean nothing by themselves. */
  picture(titles: ProcessTitles = new Map()): KernelPicture {
    return describeKernel(this.#state, titles);
  }

  netlink(op: NetlinkOp, ways: Ways, deviceKind: (kind: string) => DeviceKind | undefined): void {
    const context: RequestContext = {
      kinds: this.#kinds,
      mac: () => this.#nextMac(),
      deviceKind,
      namespace: ways,
      acquaint: (one, other) => {
        number(one, other);
        number(other, one);
      },
    };
    request(op, context);
  }

  /** A program that ran into the kernel: the same requests, from a hand that is not ours. */
  byHand(...ops: readonly NetlinkOp[]): void {
    for (const op of ops)
      this.netlink(
        op,
        (on) => this.named(on.node),
        () => undefined,
      );
  }

  namespace({ verb, name, alias }: NamespaceOp): void {
    if (verb === 'del') {
      this.#unbind(name);
      return;
    }
    if (this.#state.named.has(name)) refuse('EEXIST', `Cannot create namespace file "/run/netns/${name}": File exists`);
    const made = this.newNamespace();
    const lo = this.#loopback(made);
    lo.up = true;
    lo.alias = alias ?? '';
    this.#state.named.set(name, made);
  }

  /** One that nothing leads to yet. */
  newNamespace(): Namespace {
    return this.#newNamespace(this.#next());
  }

  /** The one of that name in /run/netns; the host's own without a name. */
  named(name: string | undefined): Namespace {
    if (name === undefined) return this.#state.host;
    const missing = (): never => refuse('ENOENT', `Cannot open network namespace "${name}": No such file or directory`);
    return this.#state.named.get(name) ?? missing();
  }

  /** A process that starts in a namespace, its own where none is given. */
  start(pid: number, namespace: Namespace = this.newNamespace()): Namespace {
    this.#state.processes.set(pid, namespace);
    return namespace;
  }

  /** A namespace that nothing leads to any more dies with it. */
  stop(pid: number): void {
    const namespace = this.#state.processes.get(pid);
    this.#state.processes.delete(pid);
    if (namespace) this.#collect(namespace);
  }

  /** A helper is ready at once. */
  helper({ verb, attrs, within }: ProcessOp): void {
    this.#state.helpers.delete(attrs.mark);
    if (verb === 'stop') return;
    const record = JSON.stringify({ attrs, within });
    this.#state.helpers.set(attrs.mark, { record, alive: attrs.once !== true, ready: attrs.ready !== undefined });
  }

  sysctl({ name, value, optional }: SysctlOp, namespace: Namespace): void {
    const path = sysctlPath(name);
    const old = sysctlAt(path, namespace);
    if (old === undefined && optional) return;
    if (old === undefined) refuse('ENOENT', `/proc/sys/${path}: No such file or directory`);
    if (/^[\d\s]+$/.test(old ?? '') && !/^-?[\d\s]+$/.test(value)) refuse('EINVAL');
    namespace.sysctls.set(path, value.trim().split(/\s+/).join('\t'));
  }

  offload({ device, feature, state }: OffloadOp, namespace: Namespace): void {
    const { off } = findDevice(namespace, device) ?? refuse('ENODEV');
    if (state === 'on') off.delete(feature);
    else off.add(feature);
  }

  tuntap({ device: name, words }: TuntapOp, namespace: Namespace): void {
    const after = (word: string): string | undefined =>
      words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
    const owners = Object.fromEntries(
      ['user', 'group'].flatMap((it) => (words.includes(it) ? [[it, Number(after(it))]] : [])),
    );
    const flags = Object.fromEntries(['vnet_hdr', 'multi_queue'].map((it) => [it, words.includes(it)]));
    addLink(namespace, { name, kind: 'tun', data: { type: after('mode'), ...owners, ...flags } }, undefined, {
      kinds: this.#kinds,
      mac: () => this.#nextMac(),
    });
  }

  /** A file of the host, or of what runs in a namespace; the host's hosts file may be given by a test. */
  fileBlock({ path, topology, lines, copyOf = '' }: FileBlockOp, { files }: Namespace): void {
    const old = files.get(path);
    const base = this.#state.host.files.get(copyOf) ?? '';
    const text =
      lines === undefined
        ? withoutBlock(old ?? '', topology)
        : old === undefined
          ? madeWithBlock(base, topology, lines, copyOf)
          : withBlock(old, topology, lines);
    if (text === undefined || (old === undefined && lines === undefined)) files.delete(path);
    else files.set(path, text);
  }

  #unbind(name: string): void {
    const namespace = this.#state.named.get(name);
    if (!namespace)
      return refuse('ENOENT', `Cannot remove namespace file "/run/netns/${name}": No such file or directory`);
    this.#state.named.delete(name);
    this.#collect(namespace);
  }

  /** Without a name and without a process a namespace is gone, and its devices with it. */
  #collect(namespace: Namespace): void {
    const held = this.#held();
    if (held.includes(namespace)) return;
    for (const it of [...namespace.devices.values()]) removeDevice(namespace, it);
    for (const it of held) it.numbers.delete(namespace.number);
  }

  /** A process has ended that had namespaces open: of those that nobody else holds all goes that was put there meanwhile. */
  letGo(): void {
    const held = this.#held();
    for (const place of held)
      for (const it of [...place.devices.values()])
        if (it.far && !held.includes(it.far.namespace)) removeDevice(place, it);
  }

  #held(): readonly Namespace[] {
    return [this.#state.host, ...this.#state.named.values(), ...this.#state.processes.values()];
  }

  #next(): number {
    this.#state.lastNumber += 1;
    return this.#state.lastNumber;
  }

  #nextMac(): string {
    const last = this.#next().toString(16).padStart(8, '0').match(/../g) ?? [];
    return ['ee', 'ee', ...last].join(':');
  }

  #newNamespace(number: number): Namespace {
    return {
      number,
      devices: new Map([[1, { ...LOOPBACK, altnames: [], data: {}, off: new Set() }]]),
      lastIndex: 1,
      addresses: [],
      routes: [],
      rules: RULES.map((it) => ({ ...NO_SELECTOR, ...it })),
      neighbours: [],
      fdb: [],
      sysctls: new Map(Object.entries(this.#sysctls)),
      files: new Map(),
      tables: new Map(),
      numbers: new Map(),
    };
  }

  #loopback(namespace: Namespace): Device {
    return findDevice(namespace, 'lo') ?? refuse('ENODEV');
  }
}

function number(one: Namespace, other: Namespace): void {
  const taken = new Set(one.numbers.values());
  if (one.numbers.has(other.number)) return;
  for (let free = 0; ; free += 1)
    if (!taken.has(free)) {
      one.numbers.set(other.number, free);
      return;
    }
}

const LOOPBACK: Omit<Device, 'altnames' | 'data' | 'off'> = {
  index: 1,
  name: 'lo',
  kind: 'loopback',
  mac: '00:00:00:00:00:00',
  mtu: 65_536,
  up: false,
  promisc: false,
  master: undefined,
  alias: '',
  group: 0,
  far: undefined,
  fixedMtu: false,
};

const NO_SELECTOR = { from: undefined, to: undefined, fwmark: undefined, iif: undefined, oif: undefined } as const;

/** The three of IPv4 and the two of IPv6 that each namespace has. */
const RULES: readonly Pick<Rule, 'family' | 'priority' | 'table' | 'protocol'>[] = [
  { family: 4, priority: 0, table: 255, protocol: KERNEL_PROTOCOL },
  { family: 6, priority: 0, table: 255, protocol: KERNEL_PROTOCOL },
  { family: 4, priority: 32_766, table: 254, protocol: KERNEL_PROTOCOL },
  { family: 6, priority: 32_766, table: 254, protocol: KERNEL_PROTOCOL },
  { family: 4, priority: 32_767, table: 253, protocol: KERNEL_PROTOCOL },
];
