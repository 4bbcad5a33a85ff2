import { defineError } from '@pipewright/plugin';
import { printable } from '../output/text.js';

const quoted = (text: string): string => `"${printable(text)}"`;

/** What can be wrong with a line in pipework's words. 1 where the script ended with 1, 2 where it left it to the kernel. */
export const errors = {
  noNetmask: defineError(
    'PW_PIPEWORK_NO_NETMASK',
    (address: string, meant: string) => ({
      message: `The IP address ${quoted(address)} has no netmask.`,
      fix: `Maybe you meant ${printable(meant)} ?`,
    }),
    1,
  ),
  badAddress: defineError(
    'PW_PIPEWORK_BAD_ADDRESS',
    (found: string) => ({
      message: `${quoted(found)} is no address with its prefix length, and perhaps a gateway.`,
      fix: 'Write it as 192.168.1.1/24 or 192.168.1.1/24@192.168.1.254; 0/0 is none.',
    }),
    1,
  ),
  otherFamily: defineError(
    'PW_PIPEWORK_FAMILY',
    (address: string, family: number) => ({
      message: `-a asks for IPv${String(family)}, and ${quoted(address)} is not of it.`,
      fix: 'Leave -a out: the address says it.',
    }),
    1,
  ),
  badMac: defineError('PW_PIPEWORK_BAD_MAC', (found: string) => ({
    message: `${quoted(found)} is no MAC address that a nic can have.`,
    fix: 'Give a unicast one, its first byte even (fa:de:b0:99:52:1c), or U: and a text to make one from.',
  })),
  badVlan: defineError('PW_PIPEWORK_BAD_VLAN', (found: string) => ({
    message: `${quoted(found)} is no VLAN id.`,
    fix: 'Give a number from 1 to 4094 after the @.',
  })),
  noSuchMac: defineError(
    'PW_PIPEWORK_NO_SUCH_MAC',
    (mac: string) => ({
      message: `No device of the host has the MAC address ${quoted(mac)}.`,
      fix: 'See `ip link` for those that are there.',
    }),
    1,
  ),
  unknownInterface: defineError(
    'PW_PIPEWORK_UNKNOWN_INTERFACE',
    (name: string) => ({
      message: `There is no device ${quoted(name)}, and it is not made: only a new bridge is, and its name begins with br.`,
      fix: 'Give a device that `ip link` shows, or call the bridge br….',
    }),
    1,
  ),
  notYet: defineError(
    'PW_PIPEWORK_NOT_YET',
    (what: string) => ({
      message: `${what} is not supported by this version yet; nothing was touched.`,
      fix: 'Use a Linux bridge and a fixed address: `pipework br1 GUEST 192.168.1.1/24`.',
    }),
    1,
  ),
};
