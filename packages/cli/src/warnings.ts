import type { Diagnostic, Fault } from '@pipewright/plugin';
import { warningText } from './output/failure.js';
import type { Output } from './output/output.js';
import { readInput } from './output/read-input.js';
import { printable } from './output/text.js';

/** What may not be meant, told beside the result. */
export function sayWarnings(warnings: readonly Diagnostic[], output: Output): void {
  for (const it of warnings)
    output.say(warningText(it, { paint: output.paintTalk, verbose: output.manner.verbose, read: readInput }));
}

/** What could not be looked at, told beside what could. */
export function saySilent(faults: Iterable<Fault>, output: Output): void {
  for (const { message } of faults) output.say(`${output.paintTalk('yellow', '!')} ${printable(message)}`);
}
