import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { FileAllotments, FileJournal, FileLedger, NodeFileSystem, SystemClock } from '@pipewright/host';
import { afterEach, beforeEach, vi } from 'vitest';
import { allotmentsSuite } from './allotments.js';
import { clockSuite } from './clock.js';
import { fileSystemSuite } from './file-system.js';
import { journalSuite } from './journal.js';
import { ledgerSuite } from './ledger.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/pipewright-`);
  vi.stubEnv('PIPEWRIGHT_STATE_DIR', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

clockSuite(() => ({ clock: new SystemClock() }));

fileSystemSuite(() => ({ files: new NodeFileSystem(), folder }));

ledgerSuite(() => new FileLedger(new NodeFileSystem()));

journalSuite(() => {
  let now = 0;
  const clock = { now: () => (now += 1), sleep: () => Promise.resolve() };
  return new FileJournal(new NodeFileSystem(), clock, {});
});

allotmentsSuite(() => new FileAllotments(new NodeFileSystem()));
