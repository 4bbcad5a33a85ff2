import { z } from 'zod';
import { splitWords } from './words.js';

/** A command in a file, of at least so many words: a list of them, or a line that is split into them. */
export const command = (fewest = 1) =>
  z.union([
    z
      .string()
      .refine((line) => (splitWords(line)?.length ?? -1) >= fewest, {
        error: () => 'a command whose quotes are closed',
      })
      .meta({ description: 'a command, split into words at blanks outside quotes; no shell reads it' }),
    z.array(z.string()).min(1),
  ]);

/** Its words, whichever way it is written. */
export const argvOf = (given: string | readonly string[]): readonly string[] =>
  typeof given === 'string' ? (splitWords(given) ?? []) : given;
