import type { FileBlockOp } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { runFileBlock } from './file-block-op.js';

test('what went wrong names the file, and not the way that was taken to it', () => {
  const path = `/etc/${'x'.repeat(300)}`;
  const op: FileBlockOp = { op: 'file-block', on: { host: 'local' }, path, topology: 't', copyOf: '', lines: [] };
  expect(runFileBlock(op, () => ({}))).toMatch(new RegExp(`^ENAMETOOLONG: .* '${path}'$`));
});
