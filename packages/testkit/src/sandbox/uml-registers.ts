import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pathOf } from './tools.js';

/**
 * User-mode Linux before 6.13 keeps 2,696 bytes of a process's extended registers (AVX-512 and what is older). A CPU with
 * AMX has 11,008, and its kernel sets all or none of them (EFAULT): without this, the first process dies as it starts.
 * The tiles of AMX are given as unused; nobody has them without asking for them (arch_prctl(2)).
 */
const ALL_REGISTERS = `
enum { PEEKTEXT = 1, PEEKUSER = 3, GETREGSET = 0x4204, SETREGSET = 0x4205 };
enum { NT_X86_XSTATE = 0x202, SYS_ptrace = 101 };

struct iovec { void *base; unsigned long length; };
extern long syscall(long number, ...);
extern void *memcpy(void *to, const void *from, unsigned long length);
extern void *memset(void *at, int byte, unsigned long length);

static char registers[1 << 16];
static struct iovec all = { registers, 0 };

static long sys(long request, long pid, void *address, void *data) {
  return syscall(SYS_ptrace, request, pid, address, data);
}

/* In place of the C library's. */
long ptrace(long request, long pid, void *address, void *data) {
  if (request >= PEEKTEXT && request <= PEEKUSER) {
    long word;
    return sys(request, pid, address, &word) < 0 ? -1 : word;
  }
  if (request != SETREGSET || (long)address != NT_X86_XSTATE) return sys(request, pid, address, data);

  if (all.length == 0) {
    all.length = sizeof registers;
    if (sys(GETREGSET, pid, address, &all) < 0) return -1;
    memset(registers, 0, all.length);
  }
  struct iovec *given = data;
  memcpy(registers, given->base, given->length);
  return sys(SETREGSET, pid, address, &all);
}
`;

const COMPILER = 'tcc';

const hasAmx = (): boolean => /\bamx_tile\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

/** Why user-mode Linux cannot have this CPU's registers; undefined where it can. */
export function whyNoRegisters(): string | undefined {
  return hasAmx() && pathOf(COMPILER) === undefined ? `needs ${COMPILER}, as this CPU has AMX` : undefined;
}

/** What is to be in the environment of user-mode Linux on this CPU, with what that needs in a folder. */
export async function withAllRegisters(folder: string): Promise<NodeJS.ProcessEnv> {
  if (!hasAmx()) return {};
  const [source, library] = [join(folder, 'registers.c'), join(folder, 'registers.so')];
  await writeFile(source, ALL_REGISTERS);
  await promisify(execFile)(pathOf(COMPILER) ?? COMPILER, ['-shared', '-nostdlib', '-o', library, source]);
  return { LD_PRELOAD: library };
}
