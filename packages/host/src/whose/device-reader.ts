import { closeSync, openSync } from 'node:fs';
import type { Commands, ReadQuery } from '@pipewright/plugin';
import { dumpAll } from '../executor/netlink/dump-all.js';
import { Places } from '../executor/netlink/places.js';
import { type Answers, ask, type NamespacePath } from '../executor/survey/answers.js';
import type { Kinds } from '../executor/survey/observe.js';
import { loadLibc } from '../sys/libc.js';
import { Namespaces } from '../sys/namespaces.js';
import type { Syscalls } from '../sys/syscalls.js';
import type { FoundNamespace } from './namespaces.js';
import { namedNumbers, processNumbers } from './numbers.js';

/** By inode, the number that the host's own namespace has for each; null: it has none. Absent: nobody knows. */
export type NamespaceNumbers = ReadonlyMap<number, number | null>;

/** Reads the devices of namespaces. */
export interface DeviceReader {
  numbersOf(namespaces: readonly FoundNamespace[]): Promise<NamespaceNumbers>;
  /** Answers to questions that are dumps. Rejects where there is no such namespace any more. */
  read(queries: readonly ReadQuery[], path: NamespacePath): Promise<Answers>;
  close(): void;
}

/** By rtnetlink in process where that can be, else, as on another machine, or where $PIPEWRIGHT_EXECUTOR says so, by iproute2's programs. */
export async function openDeviceReader(commands: Commands, kinds: Kinds, far = false): Promise<DeviceReader> {
  if (far || process.env['PIPEWRIGHT_EXECUTOR'] === 'shell') return new ShellDeviceReader(commands);
  try {
    return new NetlinkDeviceReader(await loadLibc(), kinds);
  } catch {
    return new ShellDeviceReader(commands);
  }
}

class NetlinkDeviceReader implements DeviceReader {
  readonly #places: Places;
  readonly #kinds: Kinds;

  constructor(sys: Syscalls, kinds: Kinds) {
    this.#places = new Places(sys, new Namespaces(sys));
    this.#kinds = kinds;
  }

  async numbersOf(namespaces: readonly FoundNamespace[]): Promise<NamespaceNumbers> {
    return new Map(namespaces.map(({ inode, path }) => [inode, this.#numberOf(path)]));
  }

  async read(queries: readonly ReadQuery[], path: NamespacePath): Promise<Answers> {
    const place = path === undefined ? this.#places.host : this.#places.byPath(path);
    return dumpAll(queries, place, this.#kinds, () => []);
  }

  close(): void {
    this.#places.leaveAll();
  }

  #numberOf(path: string): number | null {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return null; // gone meanwhile
    }
    try {
      return this.#places.host.socket.numberOf(fd) ?? null;
    } finally {
      closeSync(fd);
    }
  }
}

class ShellDeviceReader implements DeviceReader {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  async numbersOf(namespaces: readonly FoundNamespace[]): Promise<NamespaceNumbers> {
    const [ofProcesses, ofNames] = await Promise.all([
      this.#commands.run(['lsns', '--json', '--type', 'net', '--output', 'NS,NETNSID']),
      this.#commands.run(['ip', '-j', 'netns', 'list']),
    ]);
    return new Map([...processNumbers(ofProcesses), ...namedNumbers(ofNames, namespaces)]);
  }

  async read(queries: readonly ReadQuery[], path: NamespacePath): Promise<Answers> {
    return ask(queries, { label: path ?? 'The host', path }, this.#commands);
  }

  close(): void {
    // It holds nothing.
  }
}
