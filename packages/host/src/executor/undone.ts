import type { ExecOp, Op } from '@pipewright/plugin';

const NONE =
  /Cannot find device|No such (process|file|device)|does not exist|Address not found|Cannot assign requested address/i;
const EXISTS = /File exists|already assigned/i;

/** Of a rule, or of the chain that it was in: https://git.netfilter.org/iptables/tree/libiptc/libiptc.c, iptc_strerror. */
const NO_RULE = /does a matching rule exist|No chain\/target\/match by that name/;

/** In undoing: what was to go is not there, what was to come is. */
export function isUndone(op: Op, message: string): boolean {
  if (op.op === 'exec') return (isRuleRemoval(op) && NO_RULE.test(message)) || (isFdbRemoval(op) && NONE.test(message));
  if (op.op !== 'netlink' && op.op !== 'namespace') return false;
  return op.verb === 'del' ? NONE.test(message) : !['set', 'move'].includes(op.verb) && EXISTS.test(message);
}

const isRuleRemoval = ({ argv }: ExecOp): boolean => /^ip6?tables$/.test(argv[0] ?? '') && argv.includes('-D');

const isFdbRemoval = ({ argv }: ExecOp): boolean => argv[0] === 'bridge' && argv[2] === 'del';
