import { createReadStream, readFileSync, statSync } from 'node:fs';
import { fail } from '@pipewright/plugin';
import { errors } from './errors.js';

/** A topology of a million nodes is shorter; what never ends is longer. */
const MOST_MIB = 256;

/** The text of a file, or of a pipe by its path. */
export async function wholeText(path: string, file: string): Promise<string> {
  const it = statSync(path);
  if (it.isCharacterDevice() || it.isBlockDevice()) fail(errors.deviceForFile(file));
  if (it.isFIFO() || it.isSocket()) return streamText(createReadStream(path), file);
  if (it.size > MOST_MIB * 2 ** 20) fail(errors.inputTooLong(file, MOST_MIB));
  return readFileSync(path, 'utf8');
}

export async function streamText(stream: AsyncIterable<unknown>, file: string, most = MOST_MIB): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream) {
    const bytes = piece as Buffer;
    length += bytes.length;
    if (length > most * 2 ** 20) fail(errors.inputTooLong(file, most));
    pieces.push(bytes);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}
