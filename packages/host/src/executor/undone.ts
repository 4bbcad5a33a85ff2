import type { ExecOp, Op, RunOptions } from '@pipewright/plugin';

const NONE =
  /Cannot find device|No such (process|file|device)|does not exist|Address not found|Cannot assign requested address/i;
const EXISTS = /File exists|already assigned/i;

/** Of a rule, or of the chain that it was in: https://git.netfilter.org/iptables/tree/libiptc/libiptc.c, iptc_strerror. */
const NO_RULE = /does a matching rule exist|No chain\/target\/match by that name/;

/** Whether what an op was to come to is so all the same. */
export const isSo = (op: Op, message: string, { undo }: RunOptions): boolean =>
  undo ? isUndone(op, message) : isGone(op, message);

const NO_DEVICE = /Cannot find device|No such device/;

/**
 * A device that was to go is not there. The kernel takes an end of a cable along with the namespace that the other one is
 * in, in its own time: after a container has ended, some time after anybody has looked.
 */
const isGone = (op: Op, message: string): boolean =>
  op.op === 'netlink' && op.object === 'link' && op.verb === 'del' && NO_DEVICE.test(message);

/** In undoing: what was to go is not there, what was to come is. */
function isUndone(op: Op, message: string): boolean {
  if (op.op === 'exec') return REMOVALS.some(({ of, gone }) => of(op) && gone.test(message));
  if (op.op === 'tuntap') return /Device or resource busy/.test(message);
  if (op.op !== 'netlink' && op.op !== 'namespace') return false;
  return op.verb === 'del' ? NONE.test(message) : !['set', 'move'].includes(op.verb) && EXISTS.test(message);
}

/** Of tc: an older kernel, a newer one, and one where the device is gone. */
const NO_QDISC = /handle of zero|Cannot find specified qdisc|Invalid handle|Cannot find device|No such file/;

const isRuleRemoval = ({ argv }: ExecOp): boolean => /^ip6?tables$/.test(argv[0] ?? '') && argv.includes('-D');

const isFdbRemoval = ({ argv }: ExecOp): boolean => argv[0] === 'bridge' && argv[2] === 'del';

const isQdiscRemoval = ({ argv }: ExecOp): boolean => argv[0] === 'tc' && argv[2] === 'del';

/** What is in VLANs is gone with them. */
const isOfVlans = ({ argv }: ExecOp): boolean => argv[0] === 'bridge' && argv[1] === '-batch';

const REMOVALS = [
  { of: isRuleRemoval, gone: NO_RULE },
  { of: isFdbRemoval, gone: NONE },
  { of: isQdiscRemoval, gone: NO_QDISC },
  { of: isOfVlans, gone: NONE },
];
