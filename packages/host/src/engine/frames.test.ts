import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framesOf } from './frames.js';

function frame([stream, text]: readonly ['stdout' | 'stderr', string]): Buffer {
  const bytes = Buffer.from(text);
  const header = Buffer.from([stream === 'stderr' ? 2 : 1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

async function* cut(whole: Buffer, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = [...new Set([0, ...places.map((it) => it % (whole.length + 1)), whole.length])].sort((a, b) => a - b);
  for (const [index, end] of at.slice(1).entries()) yield whole.subarray(at[index], end);
}

test('two streams come out whole, wherever what carries them is cut', async () => {
  const said = fc.array(
    fc.tuple(fc.constantFrom('stdout', 'stderr'), fc.string({ unit: fc.constantFrom('a', 'ü', '\0', '😀') })),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(said, fc.array(fc.nat(), { maxLength: 12 }), async (frames, places) => {
      const found = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
      for await (const { stream, bytes } of framesOf(cut(Buffer.concat(frames.map(frame)), places)))
        found[stream] = Buffer.concat([found[stream], bytes]);
      for (const stream of ['stdout', 'stderr'] as const) {
        const wanted = frames.filter(([of]) => of === stream).map(([, text]) => text);
        expect(found[stream].toString()).toBe(Buffer.from(wanted.join('')).toString());
      }
    }),
  );
});

test('what breaks off in the middle of a frame is told as far as it came', async () => {
  const texts: string[] = [];
  for await (const { bytes } of framesOf(cut(frame(['stdout', 'all of it']).subarray(0, 11), [])))
    texts.push(Buffer.from(bytes).toString());
  expect(texts).toEqual(['all']);
});
