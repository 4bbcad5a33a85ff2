import { defineError } from '@pipewright/plugin';
import { printable } from '../output/text.js';

/** What can be wrong with what a shell is to be told. */
export const errors = {
  unknownShell: defineError('PW_UNKNOWN_SHELL', (shell: string, known: readonly string[]) => ({
    message: `There is no completion for "${printable(shell)}".`,
    fix: `Give one of ${known.join(', ')}.`,
  })),
};
