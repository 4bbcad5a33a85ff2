import { formatIp, type Listener } from '@pipewright/plugin';

/** Where the kernel lists sockets of the namespace we are in, and the state (tcp_states.h) of one that waits for anybody. */
const TABLES = [
  { path: 'tcp', protocol: 'tcp', family: 4, waiting: '0A' },
  { path: 'tcp6', protocol: 'tcp', family: 6, waiting: '0A' },
  { path: 'udp', protocol: 'udp', family: 4, waiting: '07' },
  { path: 'udp6', protocol: 'udp', family: 6, waiting: '07' },
] as const;

/** The files in which they are. */
export const LISTENER_FILES: readonly string[] = TABLES.map(({ path }) => `/proc/net/${path}`);

/** Sockets of the host that wait for somebody; `read` gives nothing where there is no such file. */
export const readListeners = (read: (path: string) => string): readonly Listener[] =>
  TABLES.flatMap(({ path, protocol, family, waiting }) =>
    read(`/proc/net/${path}`)
      .split('\n')
      .slice(1)
      .flatMap((line): readonly Listener[] => {
        const [, local = '', , state] = line.trim().split(/\s+/);
        const [address = '', port = ''] = local.split(':');
        return state === waiting
          ? [{ protocol, family, port: Number.parseInt(port, 16), ip: ipOf(address, family) }]
          : [];
      }),
  );

/** Words of 32 bits, each in the order of the machine. */
function ipOf(hex: string, family: 4 | 6): string | null {
  const words = hex.match(/.{8}/g) ?? [];
  const value = BigInt(`0x${words.map(littleEndian).join('')}`);
  return value === 0n ? null : formatIp(family, value);
}

const littleEndian = (word: string): string => (word.match(/../g) ?? []).reverse().join('');
