// errno.h and strerror(3).
const WORDS = {
  ENOENT: 'No such file or directory',
  ESRCH: 'No such process',
  EIO: 'Input/output error',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  EINVAL: 'Invalid argument',
  ERANGE: 'Numerical result out of range',
  ELOOP: 'Too many levels of symbolic links',
  EOPNOTSUPP: 'Operation not supported',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  EHOSTUNREACH: 'No route to host',
} as const;

export type Errno = keyof typeof WORDS;

/** What the kernel refuses, in its own words. */
export class KernelError extends Error {
  override readonly name = 'KernelError';

  constructor(
    readonly code: Errno,
    message: string = WORDS[code],
  ) {
    super(message);
  }
}

export const refuse = (code: Errno, message?: string): never => {
  throw new KernelError(code, message);
};
