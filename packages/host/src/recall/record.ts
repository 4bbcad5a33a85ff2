import type { FileQuestion } from './file-question.js';

/** What a command was asked with: where one of it differs, nothing that is recorded holds. */
export interface Inputs {
  /** Of the program. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly folder: string;
  /** Those that were looked at; null for one that was not there. */
  readonly variables: readonly (readonly [name: string, value: string | null])[];
}

/** The same asked of many paths. */
export interface FileChecks {
  readonly call: FileQuestion['call'];
  readonly options: unknown;
  readonly fields: readonly string[];
  /** With the answer as it is spelled, or, of a text, its length in the bytes behind the head. */
  readonly asked: readonly (readonly [path: FileQuestion['path'], answer: string | number])[];
}

/** In place of the number of a shape: nothing comes of the message. */
export const IDLE = -1;

/** What of a message of one length matters, its type among it. */
export interface Shape {
  readonly length: number;
  /** Whole bytes: from, to, from, to, … */
  readonly ranges: readonly number[];
  /** Bits of a byte: where it is, which, where, which, … */
  readonly bits: readonly number[];
}

/** Messages of which nothing comes, by what decides that. */
export interface Idle {
  readonly shape: Shape;
  readonly gist: string;
}

export interface DumpCheck {
  readonly protocol: number;
  /** In base64, as it is sent. */
  readonly request: string;
  /** The number of the list of shapes of its messages; undefined: all bytes matter. */
  readonly layout?: number;
  /** The number of the list of idle messages that may come and go. */
  readonly idle?: number;
}

/** What is asked in one network namespace. The host's own has the empty path, and is the first. */
export interface PlaceCheck {
  readonly path: string;
  readonly files: readonly FileChecks[];
  /** The number that the host has for it; -1 where it has none. */
  readonly number?: number;
  /** The numbers that it has for others, by their paths. */
  readonly numbers?: readonly (readonly [path: string, number: number])[];
  /** The number of the list of its dumps. */
  readonly dumps: number;
  /** Of their answers: all their messages as they came stand in the bytes behind the head. */
  readonly lengths: readonly number[];
}

export interface Said {
  readonly to: 1 | 2;
  readonly text: string;
}

/** An `up` that found nothing to do: what it was asked with, what it asked, what it was told, and what it said. */
export interface Head {
  readonly inputs: Inputs;
  readonly said: readonly Said[];
  readonly shapes: readonly Shape[];
  readonly layouts: readonly (readonly number[])[];
  readonly idles: readonly (readonly Idle[])[];
  readonly dumps: readonly (readonly DumpCheck[])[];
  readonly places: readonly PlaceCheck[];
}

export interface KeptRecord {
  readonly head: Head;
  /** Texts of files, then answers to dumps, place after place. */
  readonly bytes: Buffer;
}

const MAGIC = 'pipewright unchanged 1\n\n';
/** Behind it: length and checksum of the head, length of the bytes. */
const FRAME = MAGIC.length + 12;

export function recordBytes(head: Head, bytes: Buffer): readonly Buffer[] {
  const json = JSON.stringify(head);
  const text = Buffer.from(json.padEnd(json.length + 4 - (Buffer.byteLength(json) % 4)));
  const frame = Buffer.alloc(FRAME);
  frame.write(MAGIC, 'latin1');
  const words = [text.length, checksumOf(text), bytes.length];
  words.forEach((it, index) => frame.writeUInt32LE(it, MAGIC.length + 4 * index));
  return [frame, text, bytes];
}

/** Undefined for what is no whole record of this format. */
export function recordIn(file: Buffer): KeptRecord | undefined {
  if (file.length < FRAME || file.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const [length = 0, checksum, more = 0] = [0, 4, 8].map((at) => file.readUInt32LE(MAGIC.length + at));
  if (file.length !== FRAME + length + more || length % 4 !== 0) return undefined;
  const text = file.subarray(FRAME, FRAME + length);
  if (checksumOf(text) !== checksum) return undefined;
  return { head: JSON.parse(text.toString()) as Head, bytes: file.subarray(FRAME + length) };
}

/** FNV-1a, by words of four bytes, as many as there are. */
function checksumOf(bytes: Buffer): number {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.concat([bytes]);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  let sum = 0x811c9dc5;
  for (let at = 0; at < words.length; at++) sum = Math.imul(sum ^ (words[at] ?? 0), 0x01000193);
  return sum >>> 0;
}
