import { fail, PipewrightError } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { Asked } from './asker.js';

/** What the kernel refuses of a look into a namespace is that namespace's trouble, in words. */
export function carefully<T>({ label }: Asked, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PipewrightError) throw error;
    return fail(errors.surveyFailed(label, 'rtnetlink', String(error)), { cause: error });
  }
}
