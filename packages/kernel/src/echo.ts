import { checksumOf } from './checksum.js';

/** By what a request and what comes back of it find each other. */
export interface EchoNumbers {
  /** Of who asks. */
  readonly id: number;
  readonly sequence: number;
}

/** What came back of a request: a reply, or an error, in the words of ping(8). */
export interface EchoReturn extends EchoNumbers {
  readonly error?: string;
}

/** ping(8) sends as much by default. */
const DATA = 56;

/** RFC 792; RFC 4443, 4.1: there the kernel writes the checksum, as the addresses are in it. */
export function echoRequest(family: 4 | 6, { id, sequence }: EchoNumbers): Uint8Array {
  const bytes = new Uint8Array(8 + DATA);
  const view = new DataView(bytes.buffer);
  bytes[0] = WORDS[family].request;
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  if (family === 4) view.setUint16(2, checksumOf([...bytes]));
  return bytes;
}

/** Of what a raw socket receives; undefined where that is something else. Of IPv4 it has the IP header in front. */
export function readEcho(family: 4 | 6, packet: Uint8Array): EchoReturn | undefined {
  const { request, reply, errorOf, headerOf } = WORDS[family];
  const message = family === 4 ? packet.subarray(ipv4Header(packet)) : packet;
  if (message[0] === reply) return numbersIn(message);
  const error = errorOf(message);
  if (error === undefined) return undefined;
  const asked = message.subarray(8); // as much of the request as fits, from its IP header on
  const header = headerOf(asked);
  const numbers = header !== undefined && asked[header] === request ? numbersIn(asked.subarray(header)) : undefined;
  return numbers && { ...numbers, error };
}

const ipv4Header = (packet: Uint8Array): number => ((packet[0] ?? 0) & 0xf) * 4;

function numbersIn(message: Uint8Array): EchoNumbers | undefined {
  if (message.length < 8) return undefined;
  const view = new DataView(message.buffer, message.byteOffset);
  return { id: view.getUint16(4), sequence: view.getUint16(6) };
}

/** By code. */
const UNREACHABLE = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  'Frag needed and DF set',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
];

/** By code. */
const UNREACHABLE_6 = [
  'No route',
  'Administratively prohibited',
  'Beyond scope of source address',
  'Address unreachable',
  'Port unreachable',
];

function errorOf4([type, code = 0]: Uint8Array): string | undefined {
  if (type === 3) return UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${String(code)}`;
  if (type === 11) return code === 0 ? 'Time to live exceeded' : 'Frag reassembly time exceeded';
  return type === 12 ? 'Parameter problem' : undefined;
}

function errorOf6([type, code = 0]: Uint8Array): string | undefined {
  if (type === 1) return `Destination unreachable: ${UNREACHABLE_6[code] ?? `Unknown code ${String(code)}`}`;
  if (type === 2) return 'Packet too big';
  if (type === 3) return `Time exceeded: ${code === 0 ? 'Hop limit' : 'Defragmentation failure'}`;
  return type === 4 ? 'Parameter problem' : undefined;
}

/** `headerOf`: how long the IP header of a request is; undefined where it is of another protocol. */
const WORDS = {
  4: {
    ...{ request: 8, reply: 0, errorOf: errorOf4 },
    headerOf: (asked: Uint8Array) => (asked[9] === 1 ? ipv4Header(asked) : undefined),
  },
  6: {
    ...{ request: 128, reply: 129, errorOf: errorOf6 },
    headerOf: (asked: Uint8Array) => (asked[6] === 58 ? 40 : undefined),
  },
} as const;
