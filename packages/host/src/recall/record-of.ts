import { datagramOf, readsOf } from '@pipewright/kernel';
import { spelled } from './file-question.js';
import { align, DONE, gistOf, hasGist, HEADER, PORT, SEQUENCE } from './message.js';
import {
  type DumpCheck,
  type FileChecks,
  type Head,
  IDLE,
  type Idle,
  type Inputs,
  type PlaceCheck,
  recordBytes,
  type Said,
  type Shape,
} from './record.js';
import type { DumpAsked, FileAsked, NumberAsked, Recording } from './recording.js';

/** The file of a record; undefined where there is something that cannot be asked again. Throws where an answer is odd. */
export function recordOf(
  recording: Recording,
  inputs: Omit<Inputs, 'variables'>,
  said: readonly Said[],
): readonly Buffer[] | undefined {
  if (recording.spoiled !== undefined) return undefined;
  const variables = [...recording.variables].map(([name, value]) => [name, value ?? null] as const);
  const writer = new RecordWriter(recording);
  const places = writer.places();
  const { shapes, layouts, idles, dumps } = writer;
  const head: Head = {
    inputs: { ...inputs, variables },
    said,
    shapes: shapes.all,
    layouts: layouts.all,
    idles: [...idles.values()].map(({ all }) => all),
    dumps: dumps.all,
    places,
  };
  return recordBytes(head, Buffer.concat(writer.parts));
}

/** Each kept once. */
class Once<T> {
  readonly all: T[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(it: T): number {
    const key = JSON.stringify(it);
    const known = this.#numbers.get(key) ?? this.all.push(it) - 1;
    this.#numbers.set(key, known);
    return known;
  }
}

class RecordWriter {
  readonly shapes = new Once<Shape>();
  readonly layouts = new Once<readonly number[]>();
  readonly dumps = new Once<readonly DumpCheck[]>();
  /** By what is asked. */
  readonly idles = new Map<string, Once<Idle>>();
  readonly parts: Buffer[] = [];
  readonly #recording: Recording;
  /** Most messages are read as others are. */
  readonly #reads = new Map<string, Uint8Array>();
  readonly #shapes = new Map<Uint8Array, Shape>();
  readonly #numbers = new Map<Shape, number>();

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  places(): readonly PlaceCheck[] {
    const numbers = [...this.#recording.numbers.values()];
    const ofHost = new Map(numbers.flatMap((it) => (it.place === '' && it.of !== '' ? [[it.of, it] as const] : [])));
    const all = {
      files: groupBy([...this.#recording.files.values()], ({ place }) => place),
      dumps: groupBy(this.#recording.dumps, ({ place }) => place),
      // The host's are asked for where what they are of is open.
      numbers: groupBy(
        numbers.filter(({ place, of }) => place !== '' || of === ''),
        ({ place }) => place,
      ),
    };
    const paths = new Set(['', ...all.files.keys(), ...all.dumps.keys(), ...all.numbers.keys(), ...ofHost.keys()]);
    return [...paths].map((path) => ({
      path,
      files: this.#files(all.files.get(path) ?? []),
      ...numbersOf(all.numbers.get(path), ofHost.get(path)),
      ...this.#dumps(all.dumps.get(path)),
    }));
  }

  #dumps(asked: readonly DumpAsked[] = []): Pick<PlaceCheck, 'dumps' | 'lengths'> {
    const checks = asked.map((it) => {
      const bytes = this.#bytesOf(it);
      this.parts.push(bytes);
      return { check: this.#dump(it, bytes), length: bytes.length };
    });
    return {
      dumps: this.dumps.numberOf(checks.map(({ check }) => check)),
      lengths: checks.map(({ length }) => length),
    };
  }

  #files(all: readonly FileAsked[]): readonly FileChecks[] {
    const groups = groupBy(all, (it) => JSON.stringify([it.call, it.options, fieldsOf(it)]));
    return [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const { call, options } = first;
      const fields = fieldsOf(first);
      return { call, options, fields, asked: group.map((it) => [it.path, this.#spelled(it, fields)] as const) };
    });
  }

  #spelled({ call, answer }: FileAsked, fields: readonly string[]): string | number {
    if (call !== 'readFileSync' || !('all' in answer)) return spelled(answer, fields);
    const text = Buffer.from(answer.all as string);
    this.parts.push(text);
    return text.length;
  }

  #dump({ protocol, request, messages }: DumpAsked, bytes: Buffer): DumpCheck {
    const sent = Buffer.from(datagramOf([{ request, seq: SEQUENCE, acknowledge: false }])).toString('base64');
    const check = { protocol, request: sent };
    const decoding = this.#recording.decodings.get(messages);
    if (!decoding) return check;
    const dumps = [...decoding.dumps];
    const key = JSON.stringify(dumps);
    const idle = this.idles.get(key) ?? new Once<Idle>();
    this.idles.set(key, idle);
    let at = 0;
    const layout = messages.map((message) => {
      const { read, isIdle } = readsOf(dumps, message, decoding.context, this.#reads);
      const [from, shape] = [at, this.#shapeOf(read)];
      at += align(shape.length);
      if (!isIdle) return this.#numberOf(shape);
      const isKnown = idle.all.some((it) => it.shape === shape && hasGist(bytes, from, shape, it.gist));
      if (!isKnown) idle.numberOf({ shape, gist: gistOf(bytes, from, shape) });
      return IDLE;
    });
    return { ...check, layout: this.layouts.numberOf(layout), idle: [...this.idles.keys()].indexOf(key) };
  }

  #shapeOf(read: Uint8Array): Shape {
    const known = this.#shapes.get(read) ?? shapeOf(read);
    this.#shapes.set(read, known);
    return known;
  }

  #numberOf(shape: Shape): number {
    const known = this.#numbers.get(shape) ?? this.shapes.numberOf(shape);
    this.#numbers.set(shape, known);
    return known;
  }

  /** As they would have come to our question. */
  #bytesOf({ datagrams, messages }: DumpAsked): Buffer {
    const bytes = Buffer.concat(datagrams);
    let count = 0;
    let sequence: number | undefined;
    for (let at = 0; at < bytes.length; at += align(bytes.readUInt32LE(at))) {
      sequence ??= bytes.readUInt32LE(at + HEADER.sequence);
      if (bytes.readUInt32LE(at + HEADER.sequence) !== sequence) throw new Error(STRAY);
      if (bytes.readUInt16LE(at + HEADER.type) !== DONE) count++;
      bytes.writeUInt32LE(SEQUENCE, at + HEADER.sequence);
      bytes.writeUInt32LE(PORT, at + HEADER.port);
    }
    if (count !== messages.length) throw new Error(STRAY);
    return bytes;
  }
}

function groupBy<T>(all: readonly T[], keyOf: (it: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const it of all) {
    const group = groups.get(keyOf(it));
    if (group) group.push(it);
    else groups.set(keyOf(it), [it]);
  }
  return groups;
}

const numbersOf = (
  own: readonly NumberAsked[] | undefined,
  ofHost: NumberAsked | undefined,
): Pick<PlaceCheck, 'number' | 'numbers'> => ({
  ...(ofHost ? { number: ofHost.number ?? NO_NUMBER } : {}),
  ...(own ? { numbers: own.map(({ of, number = NO_NUMBER }) => [of, number] as const) } : {}),
});

const fieldsOf = ({ fields }: FileAsked): readonly string[] => [...fields].sort();

const STRAY = 'an answer to another question';
const NO_NUMBER = -1;

/** By the bits that were read of a body. */
function shapeOf(read: Uint8Array): Shape {
  const ranges: number[] = [HEADER.length, HEADER.flags];
  const bits: number[] = [];
  for (let at = 0; at < read.length; at++) {
    const [byte = 0, place] = [read[at], HEADER.end + at];
    if (byte !== 0 && byte !== WHOLE) bits.push(place, byte);
    if (byte !== WHOLE) continue;
    if (ranges.at(-1) === place) ranges[ranges.length - 1] = place + 1;
    else ranges.push(place, place + 1);
  }
  return { length: HEADER.end + read.length, ranges, bits };
}

const WHOLE = 0xff;
