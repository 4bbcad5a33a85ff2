import { allotmentsSuite } from '../suites/allotments.js';
import { clockSuite } from '../suites/clock.js';
import { fileSystemSuite } from '../suites/file-system.js';
import { journalSuite } from '../suites/journal.js';
import { ledgerSuite } from '../suites/ledger.js';
import { MemoryAllotments } from './allotments.js';
import { ManualClock } from './clock.js';
import { MemoryFileSystem } from './file-system.js';
import { MemoryJournal } from './journal.js';
import { MemoryLedger } from './ledger.js';

clockSuite(() => {
  const clock = new ManualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

fileSystemSuite(() => ({ files: new MemoryFileSystem(), folder: '/folder' }));

ledgerSuite(() => new MemoryLedger());

journalSuite(() => new MemoryJournal());

allotmentsSuite(() => new MemoryAllotments());
