import { defineError } from '@pipewright/plugin';
import { printable } from '../output/text.js';

/** What can be wrong with where a result is to go. */
export const errors = {
  unknownPicture: defineError('PW_UNKNOWN_PICTURE', (file: string, endings: readonly string[]) => ({
    message: `By its name, ${printable(file)} is of no language that is drawn in: ${endings.join(', ')}.`,
    fix: 'Give a name that ends so, or --format; Graphviz makes others: `pipewright graph | dot -Tpng > shop.png`.',
  })),
  unwritableFile: defineError(
    'PW_UNWRITABLE_FILE',
    (file: string, words: string) => ({
      message: `The file ${printable(file)} cannot be written: ${printable(words)}.`,
      fix: 'Give another path with -o, or the right to write this one.',
    }),
    2,
  ),
};
