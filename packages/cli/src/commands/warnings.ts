import type { Draft } from '@pipewright/core';
import { warningText } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { readInput } from '../output/read-input.js';

/** What may not be meant, told beside the result. */
export function sayWarnings(draft: Draft | undefined, output: Output): void {
  for (const it of draft?.warnings ?? []) output.say(warningText(it, { paint: output.paintTalk, verbose: output.manner.verbose, read: readInput }));
}
