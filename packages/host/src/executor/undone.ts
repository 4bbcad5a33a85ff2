import type { Op } from '@pipewright/plugin';

const NONE =
  /Cannot find device|No such (process|file|device)|does not exist|Address not found|Cannot assign requested address/i;
const EXISTS = /File exists|already assigned/i;

/** In undoing: what was to go is not there, what was to come is. */
export function isUndone(op: Op, message: string): boolean {
  if (op.op !== 'netlink' && op.op !== 'namespace') return false;
  return op.verb === 'del' ? NONE.test(message) : op.verb !== 'set' && EXISTS.test(message);
}
