import { defineError } from '@pipewright/plugin';

export const errors = {
  unsafeWord: defineError('PW_UNSAFE_WORD', (word: string) => ({
    message: `${JSON.stringify(word)} cannot be given to iproute2: it would be read as something else.`,
    fix: 'Use letters, digits and _ . + : / - only.',
  })),
  badMark: defineError('PW_BAD_MARK', (topology: string, id: string) => ({
    message: `"${id}" of topology "${topology}" cannot be marked as ours.`,
    fix: 'Use letters, digits and _ . + : / - only in names.',
  })),
};
