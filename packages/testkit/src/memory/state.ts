import { FileJournal, FileLedger } from '@pipewright/host';
import type { Clock, FileSystem, Journal, Ledger } from '@pipewright/plugin';
import { ManualClock } from './clock.js';

/** The real journal and ledger on any files. */
export const stateOn = (
  files: FileSystem,
  clock: Clock = new ManualClock(),
): { readonly journal: Journal; readonly ledger: Ledger } => ({
  journal: new FileJournal(files, clock, {}),
  ledger: new FileLedger(files),
});
