import { offloadRequest } from '@pipewright/kernel';
import type { OffloadOp } from '@pipewright/plugin';
import { closeSync } from 'node:fs';
import { AF_INET, SOCK_DGRAM_CLOEXEC } from '../../sys/constants.js';
import type { Syscalls } from '../../sys/syscalls.js';

/** With a socket in the namespace that we are in. */
function withSocket<T>(sys: Syscalls, work: (fd: number) => T): T {
  const fd = sys.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** A number of ethtool's about a device of the namespace that we are in; undefined where the kernel does not tell. */
export function askEthtool(sys: Syscalls, device: string, command: number): number | undefined {
  try {
    return withSocket(sys, (fd) => sys.ethtool(fd, device, command, 0));
  } catch {
    return undefined;
  }
}

/** Does it in the namespace that we are in. */
export function switchOffload(sys: Syscalls, { device, feature, state }: OffloadOp): void {
  const ask = (name: string, command: number) => askEthtool(sys, name, command);
  const request = offloadRequest({ device, feature, on: state === 'on' }, ask);
  if (request) withSocket(sys, (fd) => sys.ethtool(fd, device, request.command, request.value));
}
