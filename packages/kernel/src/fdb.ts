import {
  exec,
  type ExecOp,
  type FdbAttrs,
  type Found,
  keyOf,
  type ReadContext,
  type Resource,
  resourceType,
  z,
} from '@pipewright/plugin';
import { nameOf } from './iproute2.js';
import { rowsOf } from './rows.js';

interface BridgeFdb {
  readonly mac: string;
  readonly ifname: string;
  readonly dst: string;
  readonly flags: readonly string[];
  readonly state: string;
}

/** What tunnels were told, not what they learnt. */
function read({ mac, ifname, dst, flags, state }: Partial<BridgeFdb>, { on }: ReadContext): readonly Found<FdbAttrs>[] {
  if (mac === undefined || ifname === undefined || dst === undefined) return [];
  if (state !== 'permanent' || !flags?.includes('self')) return [];
  const dev = { ref: keyOf('device', on, ifname) };
  return [{ attrs: { mac, dst, dev }, within: [dev] }];
}

/** `append`: of the all-zero MAC there are several; to say it twice does nothing. */
const command = (verb: 'append' | 'del', { on, attrs: { mac, dst, dev } }: Resource<FdbAttrs>): ExecOp =>
  exec(on, 'bridge', 'fdb', verb, mac, 'dev', nameOf(dev), 'dst', dst, 'self', 'permanent');

/**
 * An entry of a tunnel's own forwarding table. It goes with its device and carries no mark: ours are those that we
 * declared. A routing daemon may keep others there.
 */
export const fdb = resourceType<FdbAttrs>({
  type: 'fdb',
  get attrs() {
    return z.object({ mac: z.string(), dst: z.string(), dev: z.object({ ref: z.string() }) });
  },
  classes: { mac: 'fixed', dst: 'fixed' },
  name: ({ mac, dst, dev }) => `${nameOf(dev)} ${mac} ${dst}`,
  queries: [{ argv: ['bridge', '-j', 'fdb', 'show'], dump: { object: 'fdb' }, once: true, text: true }],
  parse: ([answer], context) => rowsOf<BridgeFdb>(parsed(answer)).flatMap((row) => read(row, context)),
  write: ({ before, after }) => (after ? [command('append', after)] : before ? [command('del', before)] : []),
});

const parsed = (answer: unknown): unknown => (typeof answer === 'string' ? JSON.parse(answer || '[]') : answer);
