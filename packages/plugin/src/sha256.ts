/** FIPS 180-4, 4.2.2 and 5.3.3: the first 32 bits after the point of the roots of the first primes. */
const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
  113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239,
  241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311,
];
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;
const CONSTANTS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

/** node:crypto takes as long to load as this takes for so many. */
const WITHOUT_LOADING = 50;
let made = 0;

/** The SHA-256 digest of a text. Names are made of a few in every command: too few to load node:crypto for them. */
export const sha256 = (text: string): Uint8Array =>
  ++made <= WITHOUT_LOADING
    ? digest(text)
    : process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest();

export function digest(text: string): Uint8Array {
  const blocks = padded(new TextEncoder().encode(text));
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let at = 0; at < blocks.byteLength; at += 64) mix(state, words, blocks, at);
  const bytes = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => bytes.setInt32(index * 4, word));
  return new Uint8Array(bytes.buffer);
}

/** 5.1.1: a one, zeros, and the length in bits, to a multiple of 512 bits. */
function padded(bytes: Uint8Array): DataView {
  const all = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  all.set(bytes);
  all[bytes.length] = 0x80;
  const view = new DataView(all.buffer);
  view.setBigUint64(all.length - 8, BigInt(bytes.length) * 8n);
  return view;
}

/** 6.2.2. Written out, as most calls come before a compiler has seen it. */
function mix(state: Int32Array, words: Int32Array, blocks: DataView, at: number): void {
  for (let t = 0; t < 16; t++) words[t] = blocks.getInt32(at + t * 4);
  for (let t = 16; t < 64; t++) {
    const far = words[t - 15] ?? 0;
    const near = words[t - 2] ?? 0;
    const first = ((far >>> 7) | (far << 25)) ^ ((far >>> 18) | (far << 14)) ^ (far >>> 3);
    const second = ((near >>> 17) | (near << 15)) ^ ((near >>> 19) | (near << 13)) ^ (near >>> 10);
    words[t] = second + (words[t - 7] ?? 0) + first + (words[t - 16] ?? 0);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const sumOfE = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + sumOfE + ((e & f) ^ (~e & g)) + (CONSTANTS[t] ?? 0) + (words[t] ?? 0)) | 0;
    const sumOfA = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = sumOfA + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] = (state[index] ?? 0) + word));
}
