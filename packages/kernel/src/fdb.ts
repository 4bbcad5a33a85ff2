import {
  exec,
  type ExecOp,
  familyOf,
  type FdbAttrs,
  type Found,
  type Key,
  keyOf,
  type Observed,
  type RawObserved,
  type ReadContext,
  type Resource,
  resourceType,
  type Surroundings,
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

const EVERYBODY = '00:00:00:00:00:00';

/** The kernel's own (vxlan_dev_configure) is its device's, by whose `remote` or group it goes to everybody. */
function relate(all: readonly RawObserved[]): ReadonlyMap<Key, Observed> {
  const entries = all.filter(({ type }) => type === 'fdb');
  if (entries.length === 0) return new Map(); // mostly
  const devices = new Map(all.flatMap((it) => (it.type === 'device' ? [[it.key, it] as const] : [])));
  return new Map(
    entries.flatMap((it) => {
      const { mac, dst, dev } = it.attrs as FdbAttrs;
      const tunnel = devices.get(dev.ref);
      if (!tunnel) return [];
      const isItsOwn = mac === EVERYBODY && dst === tunnel.attrs['remote'];
      return [[it.key, isItsOwn ? { ...it, madeBy: dev } : { ...it, facts: { tunnel: tunnelWords(tunnel) } }] as const];
    }),
  );
}

/** What tunnels have in common that take the same entries; of a family is one without addresses, too. */
function tunnelWords({ attrs: { kind, remote, local } }: Resource): string {
  const end = [remote, local].find((it) => typeof it === 'string') ?? '';
  return `${String(kind)} over IPv${String(familyOf(end))}`;
}

/** Of another kind it would be in the table of a device that sends nothing there; the other family's a tunnel refuses. */
function giveBack(lost: Observed<FdbAttrs>, among: Surroundings): Observed<FdbAttrs> | undefined {
  const tunnel = among.get(lost.attrs.dev.ref);
  return tunnel && tunnelWords(tunnel) === lost.facts?.['tunnel'] ? lost : undefined;
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
  relate,
  giveBack,
  write: ({ before, after }) => (after ? [command('append', after)] : before ? [command('del', before)] : []),
});

const parsed = (answer: unknown): unknown => (typeof answer === 'string' ? JSON.parse(answer || '[]') : answer);
