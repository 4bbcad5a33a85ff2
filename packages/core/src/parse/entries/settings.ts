import { asArray, type NicSettings, oneOrMore, z } from '@pipewright/plugin';
import { sysctlsOf, sysctlValue } from './sysctl.js';

const NIC_SYSCTL = 'a kernel parameter of the device, with IFNAME for its name: net.ipv4.conf.IFNAME.rp_filter';

/** In Docker's words (`com.docker.network.endpoint.sysctls`), as the name of the device may be a hashed one. */
const nicSysctls = z.record(
  z.string().regex(/^net\.((ipv[46]\.(conf|neigh))|mpls\.conf)\.IFNAME\.[a-z0-9_]+$/, NIC_SYSCTL),
  sysctlValue,
);

const TC_LINE =
  'what follows `tc qdisc add dev DEVICE root` (tbf rate 10mbit burst 32k latency 50ms), or lines of tc without `dev DEVICE` (qdisc add root handle 1: htb)';

/** Words, and no option: each line is one of a batch. */
const tcLine = z
  .string()
  .regex(/^[A-Za-z0-9_.:,%/+=@-]+( [A-Za-z0-9_.:,%/+=@-]+)*$/, TC_LINE)
  .refine((text) => SPELLED_OUT.test(text) || !NO_QDISC.test(text), { error: () => TC_LINE });

const SPELLED_OUT = /^(qdisc|class|filter) (add|replace) (?!dev )/;
const NO_QDISC = /^(-|(qdisc|class|filter|add|replace|del|root|dev|handle|parent|ingress|clsact)( |$))/;

const tcLinesOf = (lines: string | readonly string[]): readonly string[] =>
  asArray(lines).map((it) => (SPELLED_OUT.test(it) ? it.replace(' replace ', ' add ') : `qdisc add root ${it}`));

/** The words of `ethtool -K`. */
const FEATURES = ['rx', 'tx', 'sg', 'tso', 'gso', 'gro', 'lro', 'rxvlan', 'txvlan', 'ntuple', 'rxhash'] as const;

const onOrOff = z.union([z.literal(['on', 'off']), z.boolean()], { error: () => 'on or off' });
const offloads = z.strictObject(
  Object.fromEntries(FEATURES.map((it) => [it, onOrOff.optional()])) as Record<
    (typeof FEATURES)[number],
    z.ZodOptional<typeof onOrOff>
  >,
);

const offloadOf = (written: z.output<typeof offloads>): NonNullable<NicSettings['offload']> =>
  Object.fromEntries(
    Object.entries(written).map(([feature, state]) => [feature, state === true || state === 'on' ? 'on' : 'off']),
  );

/** What a nic's device is set to, of whatever kind it is. */
export const settingsKeys = {
  up: z
    .boolean()
    .optional()
    .meta({ description: 'false: the nic is made and left down, with its addresses and no routes' }),
  promisc: z.boolean().optional().meta({ description: 'it takes in frames that are for others, too' }),
  offload: offloads.optional().meta({
    description: 'what its device does itself (on) or leaves to the kernel (off), in the words of `ethtool -K`',
  }),
  qdisc: oneOrMore(tcLine)
    .optional()
    .meta({ description: `how it queues what it sends: ${TC_LINE}` }),
  sysctls: nicSysctls.optional().meta({ description: `its kernel parameters, each ${NIC_SYSCTL}` }),
};

type SettingsKeys = z.output<z.ZodObject<typeof settingsKeys>>;

export const settingsOf = ({ up, promisc, offload, qdisc, sysctls }: SettingsKeys): NicSettings => ({
  ...(up === false ? { up } : {}),
  ...(promisc === undefined ? {} : { promisc }),
  ...(offload === undefined ? {} : { offload: offloadOf(offload) }),
  ...(qdisc === undefined ? {} : { qdisc: tcLinesOf(qdisc) }),
  ...(sysctls === undefined ? {} : { sysctls: sysctlsOf(sysctls) }),
});
