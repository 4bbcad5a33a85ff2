import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileBlockOp } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { withBlock } from './file-block.js';
import { renderFileBlock } from './file-block-script.js';

const OP = { op: 'file-block', on: { host: 'local' }, path: '/etc/hosts', topology: 't', copyOf: '' } as const;

function runOn(file: string, op: FileBlockOp): string {
  const [script, words] = renderFileBlock(op);
  execFileSync('sh', ['-euc', script, 'sh', file, ...words]);
  return readFileSync(file, 'utf8');
}

function inFile(text: string, check: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'pw-block-'));
  const file = join(folder, 'hosts');
  try {
    writeFileSync(file, text);
    check(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const BLOCK = withBlock('', 't', ['10.0.0.9\tdb']);

test.each(['', '::1 a\n', '::1 a', '::1 a\r\n\n', '::1 a\n::1 b'])('by hand it comes and goes in %j the same', (text) =>
  inFile(text, (file) => {
    const lines = ['10.0.0.2\tdb'];
    expect(runOn(file, { ...OP, lines })).toBe(withBlock(text, 't', lines));
    expect(runOn(file, OP)).toBe(text);
  }),
);

test('by hand as well one is left of a block and its copies, and none when it goes', () =>
  inFile(`::1 a\n${BLOCK}${BLOCK}`, (file) => {
    const lines = ['10.0.0.2\tdb'];
    expect(runOn(file, { ...OP, lines })).toBe(withBlock('::1 a\n', 't', lines));
    writeFileSync(file, `${BLOCK}::1 a\n${BLOCK}`);
    expect(runOn(file, OP)).toBe('::1 a\n');
  }));
