import { type Names, sha256 } from '@pipewright/plugin';

const IFNAMSIZ = 15;
const ALTIFNAMSIZ = 127;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Names that are the same on every run. The words are hashed as a list, so that `a-b`,`c` is not `a`,`b-c`. */
export function namesFor(topology: string, machineId: string): Names {
  const readable = (words: readonly string[]): string | undefined => {
    const all = [topology, ...words];
    const name = all.join('-');
    return name.length <= IFNAMSIZ && all.every((word) => /^[A-Za-z0-9_.]+$/.test(word)) ? name : undefined;
  };
  const hashed = (words: readonly string[]): string => `pw${base32(digest([topology, ...words]), 13)}`;
  /** Of two long names that begin alike each must be its own. */
  const inFull = (words: readonly string[]): string => {
    const all = [topology, ...words].join(':');
    const end = `:${hashed(words)}`;
    return all.length <= ALTIFNAMSIZ ? all : `${all.slice(0, ALTIFNAMSIZ - end.length)}${end}`;
  };
  return {
    device: (...words) => readable(words) ?? hashed(words),
    altnames: (...words) => (readable(words) === undefined ? [inFull(words)] : []),
    mac: (...words) => macOf(digest([machineId, topology, ...words])),
  };
}

const digest = (words: readonly string[]): Uint8Array => sha256(JSON.stringify(words));

/** `length` characters of 5 bits each. */
function base32(bytes: Uint8Array, length: number): string {
  const bits = BigInt(`0x${Buffer.from(bytes.subarray(0, 16)).toString('hex')}`);
  return Array.from({ length }, (_, i) => BASE32[Number((bits >> BigInt(5 * i)) & 31n)]).join('');
}

/** Locally administered and unicast: IEEE 802c, the two low bits of the first byte. */
function macOf(bytes: Uint8Array): string {
  const first = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return [first, ...bytes.subarray(1, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
