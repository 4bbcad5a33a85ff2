import { type NicSettings, z } from '@pipewright/plugin';
import { sysctlsOf, sysctlValue } from './sysctl.js';

const NIC_SYSCTL = 'a kernel parameter of the device, with IFNAME for its name: net.ipv4.conf.IFNAME.rp_filter';

/** In Docker's words (`com.docker.network.endpoint.sysctls`), as the name of the device may be a hashed one. */
const nicSysctls = z.record(
  z.string().regex(/^net\.((ipv[46]\.(conf|neigh))|mpls\.conf)\.IFNAME\.[a-z0-9_]+$/, NIC_SYSCTL),
  sysctlValue,
);

/** What a nic's device is set to, of whatever kind it is. */
export const settingsKeys = {
  up: z
    .boolean()
    .optional()
    .meta({ description: 'false: the nic is made and left down, with its addresses and no routes' }),
  promisc: z.boolean().optional().meta({ description: 'it takes in frames that are for others, too' }),
  sysctls: nicSysctls.optional().meta({ description: `its kernel parameters, each ${NIC_SYSCTL}` }),
};

type SettingsKeys = z.output<z.ZodObject<typeof settingsKeys>>;

export const settingsOf = ({ up, promisc, sysctls }: SettingsKeys): NicSettings => ({
  ...(up === false ? { up } : {}),
  ...(promisc === undefined ? {} : { promisc }),
  ...(sysctls === undefined ? {} : { sysctls: sysctlsOf(sysctls) }),
});
