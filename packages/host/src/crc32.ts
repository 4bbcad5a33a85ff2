const POLYNOMIAL = 0xedb88320;

let table: Int32Array | undefined;

/** So much text in all is worth the loading of node:zlib: code of ours is slow until it has run for a while. */
const MANY = 50_000;
let summed = 0;

/** The check sum of IEEE 802.3, as gzip has it. */
export function crc32(text: string): number {
  summed += text.length;
  if (summed > MANY) return process.getBuiltinModule('node:zlib').crc32(text);
  table ??= Int32Array.from({ length: 256 }, (_, byte) => remainder(byte));
  const bytes = Buffer.from(text);
  let sum = -1;
  for (let at = 0; at < bytes.length; at++) sum = (sum >>> 8) ^ (table[(sum ^ (bytes[at] ?? 0)) & 255] ?? 0);
  return ~sum >>> 0;
}

function remainder(byte: number): number {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
}
