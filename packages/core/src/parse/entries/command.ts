import { splitWords, z } from '@pipewright/plugin';

const line = z
  .string()
  .refine((text) => (splitWords(text)?.length ?? 0) > 0, { error: () => 'a command whose quotes are closed' })
  .meta({ description: 'a command, split into words at blanks outside quotes; no shell reads it' });

export const commands = z.array(z.union([line, z.array(z.string()).min(1)]));

export const argvOf = (command: string | readonly string[]): readonly string[] =>
  typeof command === 'string' ? (splitWords(command) ?? []) : command;
