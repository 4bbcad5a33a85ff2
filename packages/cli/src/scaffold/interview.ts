import type { Readable, Writable } from 'node:stream';
import { fail } from '@pipewright/plugin';
import { printable } from '../output/text.js';
import { errors } from './errors.js';
import type { Field } from './fields.js';

/** Asks until the answer can be; no answer is `otherwise`. */
export type Ask = <T>(field: Field<T>, otherwise: string) => Promise<T>;

interface Streams {
  readonly input: Readable;
  readonly output: Writable;
}

/** Questions one after the other. Lines that were typed ahead count; ^C, or the end of the input, ends it all. */
export async function interview<T>(
  questions: (ask: Ask) => Promise<T>,
  streams: Streams = { input: process.stdin, output: process.stderr },
): Promise<T> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface(streams);
  const typed = lines[Symbol.asyncIterator]();
  let ended = false;
  lines.once('close', () => (ended = true));
  lines.once('SIGINT', () => lines.close()); // the terminal is ours meanwhile: ^C is a key, no signal
  const ask: Ask = async (field, otherwise) => {
    for (;;) {
      const question = `${field.question} [${printable(otherwise)}]: `;
      // Lines may be left of an input that is at its end; a prompt of it is an error from Node 22 on.
      if (ended) streams.output.write(question);
      else {
        lines.setPrompt(question);
        lines.prompt();
      }
      const line = await typed.next();
      if (line.done === true) fail(errors.notAnswered());
      const read = field.read(line.value.trim() || otherwise);
      if (read !== undefined) return read;
      streams.output.write(`  Give ${field.allowed}.\n`);
    }
  };
  try {
    return await questions(ask);
  } finally {
    lines.close();
  }
}
