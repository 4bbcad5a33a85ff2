import { constants } from 'node:os';
import { errnoWords } from '@pipewright/kernel';

export type Errno = keyof typeof constants.errno;

/** What the kernel refuses, in its own words. */
export class KernelError extends Error {
  override readonly name = 'KernelError';

  constructor(
    readonly code: Errno,
    message: string = errnoWords(constants.errno[code]),
  ) {
    super(message);
  }
}

export const refuse = (code: Errno, message?: string): never => {
  throw new KernelError(code, message);
};
