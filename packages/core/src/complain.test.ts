import type { Diagnostic, PipewrightError } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { complain } from './complain.js';
import { parseSource } from './parse/index.js';

const text = 'name: t\nnetworks:\n  lan: {}\n  wan: {}\n';

const wrong = (network: string): Diagnostic => ({
  code: 'PW_WRONG',
  message: 'This is wrong.',
  fix: 'Mend it.',
  exit: 2,
  severity: 'error',
  path: ['networks', network],
});

const complaint = (...diagnostics: readonly Diagnostic[]) => {
  try {
    complain(parseSource(text, { file: 't.yaml', env: {} }), undefined, diagnostics);
  } catch (error) {
    return error as PipewrightError;
  }
  return undefined;
};

test('what is found wrong with a network on each of its hosts is told once', () => {
  expect(complaint(wrong('lan'), wrong('lan'))).toMatchObject({ code: 'PW_WRONG', diagnostics: [{ at: { line: 3 } }] });
  expect(complaint(wrong('lan'), wrong('wan'))?.diagnostics.map(({ at }) => at?.line)).toEqual([3, 4]);
});
