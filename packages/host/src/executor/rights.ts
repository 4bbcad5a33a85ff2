import { type Batch, fail, type Op } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { textOf } from '../text-of.js';

/** Bits of capabilities(7), as linux/capability.h numbers them. */
const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 };

type Capability = keyof typeof CAPABILITIES;

const ALL = Object.keys(CAPABILITIES) as readonly Capability[];

/** Throws where this process, root though it may be, has not the rights for these. */
export function needRights(batches: readonly Batch[], status = textOf('/proc/self/status')): void {
  const absent = lackingIn(status);
  if (absent.length === 0) return;
  const needed = neededFor(batches.flatMap(({ ops }) => ops));
  const lacking = absent.filter((it) => needed.has(it));
  if (lacking.length > 0) fail(errors.lacksCapability(lacking));
}

/** By the text of a /proc/PID/status. */
export function lackingIn(status: string): readonly Capability[] {
  const [, effective] = /^CapEff:\s*([\da-f]+)$/m.exec(status) ?? [];
  if (effective === undefined) return [];
  const bits = BigInt(`0x${effective}`);
  return ALL.filter((it) => ((bits >> BigInt(CAPABILITIES[it])) & 1n) === 0n);
}

/** Namespaces are made and entered by the one, what is in them is changed by the other; an engine has rights of its own. */
function neededFor(ops: readonly Op[]): ReadonlySet<Capability> {
  const own = ops.filter(({ op }) => op !== 'engine' && op !== 'file-block');
  const enters = own.some(({ op, on }) => op === 'namespace' || on.node !== undefined);
  return new Set([
    ...(own.length > 0 ? (['CAP_NET_ADMIN'] as const) : []),
    ...(enters ? (['CAP_SYS_ADMIN'] as const) : []),
  ]);
}
