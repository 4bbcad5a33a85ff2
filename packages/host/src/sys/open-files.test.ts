import { expect, test } from 'vitest';
import { needOpenFiles } from './open-files.js';

const limits = (soft: string): string => `Limit                     Soft Limit           Hard Limit           Units
Max processes             94901                94901                processes
Max open files            ${soft.padEnd(20)} 1048576              files
`;

test('as many nodes as may be open are no fault, nor is a limit that nobody tells', () => {
  for (const text of [limits('1040'), limits('unlimited'), '', undefined])
    expect(() => needOpenFiles(500, text)).not.toThrow();
});

test('of more it is said what limit they need', () => {
  expect(() => needOpenFiles(501, limits('1040'))).toThrow(
    expect.objectContaining({
      code: 'PW_FEW_OPEN_FILES',
      exit: 4,
      message: '501 nodes need 1042 open files, and this command may have 1040.',
    }) as Error,
  );
});
