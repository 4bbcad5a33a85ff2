import type { Diagnostic } from '@pipewright/plugin';
import { warningText } from './output/failure.js';
import type { Output } from './output/output.js';
import { readInput } from './output/read-input.js';

/** What may not be meant, told beside the result. */
export function sayWarnings(warnings: readonly Diagnostic[], output: Output): void {
  for (const it of warnings)
    output.say(warningText(it, { paint: output.paintTalk, verbose: output.manner.verbose, read: readInput }));
}
