import { defineError, LOCAL_HOST } from '@pipewright/plugin';

export const errors = {
  unsafeWord: defineError('PW_UNSAFE_WORD', (word: string) => ({
    message: `${JSON.stringify(word)} cannot be given to iproute2: it would be read as something else.`,
    fix: 'Use letters, digits and _ . + : / - only.',
  })),
  badMark: defineError('PW_BAD_MARK', (topology: string, id: string) => ({
    message: `"${id}" of topology "${topology}" cannot be marked as ours.`,
    fix: 'Use letters, digits and _ . + : / - only in names.',
  })),
  notEncodable: defineError('PW_NOT_ENCODABLE', (what: string, value: string) => ({
    message: `${JSON.stringify(value)} cannot be given to the kernel: it is not ${what}.`,
    fix: 'Correct it in the topology, or in the driver that made it.',
  })),
  noIpsec: defineError(
    'PW_NO_IPSEC',
    (host: string, words: string, cure: string) => ({
      message: `${host === LOCAL_HOST ? 'This host' : `Host "${host}"`} cannot have IPsec, ESP with hmac(sha256) and cbc(aes): ${words}. Nothing was changed.`,
      fix: `On that host: ${cure}; or take \`encrypt\` away.`,
    }),
    4,
  ),
  processEnded: defineError(
    'PW_PROCESS_ENDED',
    (process: string, said: string) => ({
      message: `Process ${process} ended by itself right after it was started${said === '' ? ', without a word' : `, and said last: ${said.replace(/\.$/, '')}`}. Everything was put back as it was.`,
      fix: 'It has to run on in the foreground: one that goes into the background by itself has ended for us.',
    }),
    1,
  ),
  truncatedNetlink: defineError(
    'PW_TRUNCATED_NETLINK',
    () => ({
      message: 'What the kernel answered ends in the middle of a message.',
      fix: 'Run the command again.',
    }),
    1,
  ),
};
