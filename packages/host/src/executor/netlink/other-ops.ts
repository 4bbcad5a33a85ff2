import { writeFileSync } from 'node:fs';
import { errnoWords, explain, renderProcess, sysctlPath } from '@pipewright/kernel';
import {
  type Commands,
  type DeviceKind,
  type EngineOp,
  type ExecOp,
  type FileBlockOp,
  type NamespaceOp,
  type OffloadOp,
  type Placement,
  type ProcessOp,
  type SysctlOp,
  type TuntapOp,
} from '@pipewright/plugin';
import type { Namespaces } from '../../sys/namespaces.js';
import { SyscallError, type Syscalls } from '../../sys/syscalls.js';
import type { Root } from '../../files/folder.js';
import { type EngineWorkplace, runEngineOp } from '../engine-op.js';
import { runFileBlock } from '../file-block-op.js';
import { saidBy } from '../shell/failures.js';
import { inNamespace } from '../survey/answers.js';
import { NAMED, removeStale } from '../survey/locate.js';
import { switchOffload } from './ethtool.js';
import { loopbackRequest } from './loopback.js';
import type { Places } from './places.js';
import { openTuntap } from './tuntap.js';

/** What batches run on. */
export interface Workplace extends EngineWorkplace {
  readonly sys: Syscalls;
  readonly places: Places;
  readonly namespaces: Namespaces;
  readonly commands: Commands;
  /** Whether what may be the end of a namespace was run here. */
  readonly ended: boolean;
  /** The file of a place's namespace, where it has one. */
  readonly file: (on: Placement) => string | undefined;
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
  readonly rootOf: (on: Placement) => Root;
}

/** Runs what is no netlink request; returns what went wrong. */
export async function whatFailed(
  op: NamespaceOp | SysctlOp | OffloadOp | TuntapOp | FileBlockOp | ExecOp | EngineOp | ProcessOp,
  at: Workplace,
  undo: boolean,
): Promise<string | undefined> {
  try {
    if (op.op === 'exec') return await runProgram(op, at);
    if (op.op === 'engine') return await runEngineOp(op, at);
    if (op.op === 'process')
      return await runProgram({ on: op.on, argv: renderProcess(op, { file: at.file(op.in), undo }) }, at, at.stop);
    if (op.op === 'file-block') return runFileBlock(op, at.rootOf);
    if (op.op === 'sysctl') writeSysctl(op, at);
    else if (op.op === 'offload') at.places.within(op.on, () => switchOffload(at.sys, op));
    else if (op.op === 'tuntap') at.places.within(op.on, () => openTuntap(at.sys, op));
    else if (op.verb === 'add') makeNamespace(op, at);
    else removeNamespace(op, at);
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}

async function runProgram(
  { argv, stdin: input, on }: Pick<ExecOp, 'argv' | 'stdin' | 'on'>,
  { places, commands }: Workplace,
  stop?: AbortSignal,
): Promise<string | undefined> {
  const path = on.node === undefined ? undefined : `/proc/${process.pid}/fd/${places.at(on).fd}`;
  const options = { ...(input === undefined ? {} : { input }), ...(stop ? { stop } : {}) };
  const { code, stderr } = await commands.run(inNamespace(path, argv), options);
  return code === 0 ? undefined : saidBy(stderr, code);
}

function writeSysctl({ on, name, value, optional }: SysctlOp, at: Workplace): void {
  const write = (): void => writeFileSync(`/proc/sys/${sysctlPath(name)}`, value, { flag: 'r+' });
  try {
    at.places.within(on, write);
  } catch (error) {
    if (!optional) throw error;
  }
}

/** Marked and with its loopback device up before it has its name: it is ours from its first moment. */
function makeNamespace(op: NamespaceOp, { places, namespaces, deviceKind }: Workplace): void {
  const path = `${NAMED}/${op.name}`;
  removeStale(path);
  places.make(path, (place) => {
    const [failure] = place.socket.send([loopbackRequest(op, deviceKind)]);
    if (failure) throw new Error(explain(failure.acknowledgement, failure.request));
    namespaces.bind(NAMED, op.name);
  });
}

function removeNamespace({ name }: NamespaceOp, { places, namespaces }: Workplace): void {
  places.leave(`${NAMED}/${name}`);
  namespaces.unbind(NAMED, name);
}

/** What says more than Node does. */
const KERNEL_SAYS_IT: readonly unknown[] = ['EEXIST', 'ENOENT', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'];

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errno } = error as NodeJS.ErrnoException;
  if (!KERNEL_SAYS_IT.includes(code) || errno === undefined) return error.message;
  const words = errnoWords(Math.abs(errno));
  return error instanceof SyscallError ? `${error.syscall}: ${words}` : words;
}
