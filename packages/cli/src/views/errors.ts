import { defineError } from '@pipewright/plugin';
import { printable } from '../output/text.js';

/** What can be wrong with where a result is to go. */
export const errors = {
  unwritableFile: defineError(
    'PW_UNWRITABLE_FILE',
    (file: string, words: string) => ({
      message: `The file ${printable(file)} cannot be written: ${printable(words)}.`,
      fix: 'Give another path with -o, or the right to write this one.',
    }),
    2,
  ),
};
