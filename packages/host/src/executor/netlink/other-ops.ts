import { statSync, unlinkSync, writeFileSync } from 'node:fs';
import { encodeNetlink, explain, sysctlPath } from '@pipewright/kernel';
import {
  type Commands,
  type DeviceKind,
  type ExecOp,
  type NamespaceOp,
  netlink,
  type SysctlOp,
} from '@pipewright/plugin';
import type { Namespaces } from '../../sys/namespaces.js';
import { SyscallError } from '../../sys/syscalls.js';
import { inNamespace } from '../survey/answers.js';
import { isNamespace, NAMED } from '../survey/locate.js';
import type { Places } from './places.js';

/** What batches run on. */
export interface Workplace {
  readonly places: Places;
  readonly namespaces: Namespaces;
  readonly commands: Commands;
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
}

/** Runs what is no netlink request; returns what went wrong. */
export async function whatFailed(op: NamespaceOp | SysctlOp | ExecOp, at: Workplace): Promise<string | undefined> {
  try {
    if (op.op === 'exec') return await runProgram(op, at);
    if (op.op === 'sysctl') writeSysctl(op, at);
    else if (op.verb === 'add') makeNamespace(op, at);
    else removeNamespace(op, at);
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}

async function runProgram({ argv, stdin, on }: ExecOp, { places, commands }: Workplace): Promise<string | undefined> {
  const path = on.node === undefined ? undefined : `/proc/${process.pid}/fd/${places.at(on).fd}`;
  const { code, stderr } = await commands.run(inNamespace(path, argv), stdin === undefined ? {} : { input: stdin });
  return code === 0 ? undefined : stderr.trim() || `exit code ${code}`;
}

function writeSysctl({ on, name, value }: SysctlOp, { places, namespaces }: Workplace): void {
  const write = (): void => writeFileSync(`/proc/sys/${sysctlPath(name)}`, value, { flag: 'r+' });
  if (on.node === undefined) write();
  else namespaces.within(places.at(on).fd, write);
}

/** Marked and with its loopback device up before it has its name: it is ours from its first moment. */
function makeNamespace(op: NamespaceOp, { places, namespaces, deviceKind }: Workplace): void {
  const path = `${NAMED}/${op.name}`;
  removeStale(path);
  places.make(path, (place) => {
    const attrs = { name: 'lo', up: true, ...(op.alias === undefined ? {} : { alias: op.alias }) };
    const context = { deviceKind, index: () => LOOPBACK, netns: () => place.fd, found: () => LOOPBACK };
    const [failure] = place.socket.send(encodeNetlink(netlink(op.on, 'link', 'set', attrs), context));
    if (failure) throw new Error(explain(failure.acknowledgement, failure.request));
    namespaces.bind(NAMED, op.name);
  });
}

const LOOPBACK = 1; // LOOPBACK_IFINDEX

function removeNamespace({ name }: NamespaceOp, { places, namespaces }: Workplace): void {
  places.leave(`${NAMED}/${name}`);
  namespaces.unbind(NAMED, name);
}

/** A file that a crash left between its making and the mounting of a namespace on it. */
function removeStale(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() === true && file.size === 0 && !isNamespace(path)) unlinkSync(path);
}

const WORDS: Readonly<Record<string, string>> = {
  EEXIST: 'File exists',
  ENOENT: 'No such file or directory',
  EPERM: 'Operation not permitted',
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
};

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const words = WORDS[code];
  if (words === undefined) return error.message;
  return error instanceof SyscallError ? `${error.syscall}: ${words}` : words;
}
