import { defineError } from '@pipewright/plugin';

export const errors = {
  noServer: defineError(
    'PW_DNS_NO_SERVER',
    (network: string) => ({
      message: `Network "${network}" is \`dns\`, which the program dnsmasq serves, and the host has none.`,
      fix: 'Install it: `apt install dnsmasq-base` (`dnf install dnsmasq`, `apk add dnsmasq`).',
    }),
    4,
  ),
  noAddress: defineError('PW_DNS_NO_ADDRESS', (network: string) => ({
    message: `Network "${network}" is \`dns\`, but the host has no address in it at which its nodes could ask.`,
    fix: 'Give it one: `kind: bridge` with `address: 10.0.0.1/24`.',
  })),
  aliasTwice: defineError('PW_DNS_ALIAS_TWICE', (network: string, alias: string, one: string, other: string) => ({
    message: `Network "${network}" is \`dns\`, and there "${alias}" is what one calls node "${one}", and another calls node "${other}": asked for it, it knows none.`,
    fix: 'Give one of the service links another alias. In the hosts files of those who are linked each finds its own.',
  })),
};
