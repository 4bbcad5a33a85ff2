import type { CommandSpec } from '../spec/command.js';
import type { Asked } from './asked.js';
import { parseAny } from './parse-any.js';
import { withValuesApart } from './apart.js';
import { withDashes } from './dashes.js';
import { parsePlain } from './parse-plain.js';

/** Throws for a command line that means nothing. To load yargs takes longer than most commands: it is asked last. */
export async function parseCommandLine(argv: readonly string[], commands: readonly CommandSpec[]): Promise<Asked> {
  const words = withValuesApart(withDashes(argv, commands), commands);
  return parsePlain(words, commands) ?? parseAny(words, commands);
}
