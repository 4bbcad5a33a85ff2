import { clockSuite } from '../suites/clock.js';
import { fileSystemSuite } from '../suites/file-system.js';
import { ledgerSuite } from '../suites/ledger.js';
import { ManualClock } from './clock.js';
import { MemoryFileSystem } from './file-system.js';
import { MemoryLedger } from './ledger.js';

clockSuite(() => {
  const clock = new ManualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

fileSystemSuite(() => ({ files: new MemoryFileSystem(), folder: '/folder' }));

ledgerSuite(() => new MemoryLedger());
