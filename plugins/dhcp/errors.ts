import { defineError } from '@pipewright/plugin';

export const errors = {
  noClient: defineError(
    'PW_DHCP_NO_CLIENT',
    (nic: string, client: string, packages: readonly string[]) => ({
      message: `${nic} is to get an address by DHCP, and the host has no ${client}.`,
      fix: `Install it; on Debian by \`apt-get install\` of ${packages.join(' or ')}.`,
    }),
    4,
  ),
  refusedOption: defineError('PW_DHCP_OPTION', (nic: string, word: string, client: string, allowed: string) => ({
    message: `The DHCP client of ${nic} is not given ${JSON.stringify(word)}.`,
    fix: `Of its own words ${client} takes here: ${allowed}. A value has letters, digits and _ . , : = @ + -.`,
  })),
};
