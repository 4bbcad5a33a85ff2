import type { OutputStream } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { LogLines } from './log-lines.js';

const piece = (stream: OutputStream, text: string) => [stream, text] as const;

async function linesOf(...pieces: readonly (readonly [OutputStream, string])[]): Promise<readonly string[]> {
  const heard: string[] = [];
  const lines = new LogLines(async (stream, text) => heard.push(`${stream} ${text}`) > 0);
  for (const [stream, text] of pieces) await lines.write(stream, Buffer.from(text, 'latin1'));
  await lines.end();
  return heard;
}

test.each([
  ['two at once', [piece('stdout', 'a\nb\n')], ['stdout a', 'stdout b']],
  ['one in pieces', [piece('stdout', 'a'), piece('stdout', 'b\n')], ['stdout ab']],
  ['one that does not end', [piece('stdout', 'a\nb')], ['stdout a', 'stdout b']],
  ['of two streams', [piece('stdout', 'a'), piece('stderr', 'x\n'), piece('stdout', 'b\n')], ['stderr x', 'stdout ab']],
  ['of a terminal', [piece('stdout', 'a\r\nb\r'), piece('stdout', '\n')], ['stdout a', 'stdout b']],
  ['a letter in two pieces', [piece('stdout', '\xc3'), piece('stdout', '\xa9\n')], ['stdout é']],
  [
    'one that is all too long',
    [piece('stdout', 'x'.repeat(70_000)), piece('stdout', 'y\n')],
    [`stdout ${'x'.repeat(70_000)}`, 'stdout y'],
  ],
  ['an empty one', [piece('stdout', '\n')], ['stdout ']],
])('lines: %s', async (_, pieces, expected) => expect(await linesOf(...pieces)).toEqual(expected));

test('nobody reads on', async () => {
  const heard: string[] = [];
  const lines = new LogLines(async (_, text) => heard.push(text) < 2);
  expect(await lines.write('stdout', Buffer.from('a\nb\nc\n'))).toBe(false);
  expect(heard).toEqual(['a', 'b']);
});
