import { defineError } from '@pipewright/plugin';

export const errors = {
  deaf: defineError('PW_SLAAC_DEAF', (nic: string, parameter: string, value: string, wanted: string) => ({
    message: `${nic} is to have what routers announce, for which ${parameter} must be ${wanted}, and is to be ${value}.`,
    fix: `Take that line away, or \`slaac\`.`,
  })),
  mtu: defineError('PW_SLAAC_MTU', (nic: string, mtu: number, least: number) => ({
    message: `${nic} is to have IPv6 addresses that routers announce, and an MTU of ${String(mtu)}; IPv6 needs ${String(least)} (RFC 8200, 5).`,
    fix: `Give an MTU of at least ${String(least)}, or take \`slaac\` away.`,
  })),
};
