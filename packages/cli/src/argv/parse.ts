import type { CommandSpec } from '../spec/command.js';
import type { Asked } from './asked.js';
import { parseAny } from './parse-any.js';
import { parsePlain } from './parse-plain.js';

/** Throws for a command line that means nothing. To load yargs takes longer than most commands: it is asked last. */
export const parseCommandLine = async (argv: readonly string[], commands: readonly CommandSpec[]): Promise<Asked> =>
  parsePlain(argv, commands) ?? parseAny(argv, commands);
