import { PipewrightError, problem } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { asFailure, failureJson, failureText, frame } from './failure.js';
import { plain } from './paint.js';

const text = 'name: shop\nnetworks: { lan: { kind: brigde } }\n';
const telling = { paint: plain, verbose: false, read: () => text };
const fault = (code: string, message: string) => ({ code, message, fix: 'Mend it.', exit: 2 as const });
const at = { file: 'shop.yaml', line: 2, column: 26 };

test('an error with its place, the line and a caret', () => {
  expect(failureText(new PipewrightError(fault('PW_X', 'No "brigde".'), { at }), telling).split('\n')).toEqual([
    'error: No "brigde". [PW_X]',
    '  at shop.yaml:2:26',
    '     2 | networks: { lan: { kind: brigde } }',
    '       |                          ^',
    '  fix: Mend it.',
  ]);
});

test('a word of a command line is a place without a line', () => {
  const word = { file: '--address', line: 0, column: 0 };
  expect(failureText(new PipewrightError(fault('PW_X', 'No.'), { at: word }), telling).split('\n')[1]).toBe(
    '  at --address',
  );
});

test('all diagnostics, then the sum; each once', () => {
  const diagnostics = ['one', 'two'].map((it) => ({ ...problem(fault('PW_Y', it), ['nodes']), at }));
  const said = failureText(new PipewrightError(fault('PW_BAD_INPUT', '2 mistakes'), { at, diagnostics }), telling);
  expect(said.match(/^error: .*/gm)).toEqual([
    'error: one [PW_Y]',
    'error: two [PW_Y]',
    'error: 2 mistakes [PW_BAD_INPUT]',
  ]);
  expect(said.match(/shop\.yaml:2:26/g)).toHaveLength(2);
});

test('of many diagnostics the first, and how many more there are; all when asked for', () => {
  const diagnostics = Array.from({ length: 30 }, (_, i) => problem(fault('PW_Y', `mistake ${String(i)}`), ['nodes']));
  const failure = new PipewrightError(fault('PW_BAD_INPUT', '30 mistakes'), { diagnostics });
  const said = failureText(failure, telling);
  expect(said.match(/^error: .*/gm)).toHaveLength(21);
  expect(said).toMatch(/mistake 19 [^]*^… and 10 more, which --verbose shows\nerror: 30 mistakes/m);
  expect(failureText(failure, { ...telling, verbose: true }).match(/^error: mistake/gm)).toHaveLength(30);
});

test('what could not be undone is listed, and the cause only when asked for', () => {
  const failure = new PipewrightError(fault('PW_A', 'a'), {
    suppressed: [fault('PW_B', 'b')],
    cause: new Error('the tool said'),
  });
  expect(failureText(failure, telling)).toContain('also: b [PW_B]');
  expect(failureText(failure, telling)).not.toContain('the tool said');
  expect(failureText(failure, { ...telling, verbose: true })).toContain('the tool said');
});

test('words of others cannot draw', () => {
  expect(failureText(new PipewrightError(fault('PW_A', 'said \u001b[2J\nerror: forged')), telling)).toContain(
    'error: said \\x1b[2J\n  error: forged',
  );
});

describe('frame', () => {
  const caretUnder = (line: string, column: number): string | undefined => {
    const [code = '', caret = ''] = frame({ file: 'f', line: 1, column }, () => line, plain);
    return code[caret.indexOf('^')];
  };
  test('tabs and wide letters do not move the caret', () => expect(caretUnder('\t\tx', 3)).toBe('x'));
  test('of a long line the part around the place', () =>
    expect(caretUnder(`${'a'.repeat(5000)}X${'b'.repeat(5000)}`, 5001)).toBe('X'));
  test('none where the input is no file', () => expect(frame(at, () => undefined, plain)).toEqual([]));
});

test('as JSON, with only what there is', () => {
  expect(failureJson(new PipewrightError(fault('PW_A', 'a')))).toEqual({
    error: { code: 'PW_A', message: 'a', fix: 'Mend it.' },
  });
  const whole = new PipewrightError(fault('PW_A', 'a'), {
    at,
    suppressed: [fault('PW_B', 'b')],
    diagnostics: [problem(fault('PW_C', 'c'), ['nodes'])],
  });
  expect(failureJson(whole)).toEqual({
    error: {
      code: 'PW_A',
      message: 'a',
      fix: 'Mend it.',
      at,
      diagnostics: [{ severity: 'error', code: 'PW_C', message: 'c', fix: 'Mend it.', path: ['nodes'] }],
      suppressed: [{ code: 'PW_B', message: 'b', fix: 'Mend it.' }],
    },
  });
});

test('what is thrown by mistake is an error of ours; a fault of another copy of the class is not', () => {
  expect(asFailure(new TypeError('x is not a function'))).toMatchObject({ code: 'PW_INTERNAL', exit: 1 });
  expect(asFailure('text')).toMatchObject({ code: 'PW_INTERNAL' });
  const nowhere = Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), { syscall: 'uv_cwd' });
  expect(asFailure(nowhere)).toMatchObject({ code: 'PW_NOWHERE', exit: 2 });
  expect(asFailure(Object.assign(new Error('theirs'), { code: 'PW_THEIRS', fix: 'f', exit: 2 }))).toMatchObject({
    code: 'PW_THEIRS',
    exit: 2,
  });
});
