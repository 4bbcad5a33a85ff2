import { defineError } from '@pipewright/plugin';

const FOLDER = '${PIPEWRIGHT_FOLDER}';

export const errors = {
  relativePath: defineError('PW_PROCESSES_RELATIVE', (process: string, word: string) => ({
    message: `${process} starts in a folder of its own, where there is no ${JSON.stringify(word)}.`,
    fix: `Write an absolute path; \`${FOLDER}\` is the folder of the topology file: ${JSON.stringify(`${FOLDER}/${word.replace(/^\.\//, '')}`)}.`,
  })),
};
