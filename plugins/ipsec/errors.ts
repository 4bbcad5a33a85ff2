import { defineError } from '@pipewright/plugin';

export const errors = {
  weakKey: defineError('PW_IPSEC_WEAK_KEY', (least: number) => ({
    message: `The key of \`encrypt\` is shorter than ${String(least)} characters: who listens could try them all.`,
    fix: 'Make one by `openssl rand -hex 32`, keep it in a variable and not in the file: `key: "${SHOP_KEY}"`.',
  })),
  twoKeys: defineError('PW_IPSEC_TWO_KEYS', (one: string, other: string, hosts: readonly string[]) => ({
    message: `"${one}" and "${other}" both go between ${hosts.join(' and ')}, with different keys.`,
    fix: 'Give them one key: what goes between two hosts of a topology is encrypted as one.',
  })),
  inTheClear: defineError(
    'PW_IPSEC_IN_THE_CLEAR',
    (clear: string, encrypted: string, hosts: readonly string[], port: number) => ({
      message: `"${clear}" is not to be encrypted, and goes between ${hosts.join(' and ')} to the same UDP port ${String(port)} as "${encrypted}", which is.`,
      fix: `Encrypt it, too; or give one of them another port: \`fabric: { port: ${String(port + 1)} }\`.`,
    }),
  ),
};
