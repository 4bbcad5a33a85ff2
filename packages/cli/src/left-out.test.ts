import { type ExitCode, type Fault, PipewrightError } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { HostOutcomes, leavingNoneOut } from './left-out.js';

const fault = (code: string, exit: ExitCode = 1): Fault => ({ code, message: `${code}.`, fix: 'Mend it.', exit });

const failed = (hosts: Readonly<Record<string, Fault>>, exit: ExitCode = 1) =>
  new PipewrightError(fault('PW_WHOLE', exit), { byHost: new Map(Object.entries(hosts)) });

const outcomes = () => new HostOutcomes(new Set(['h1', 'h2', 'h3']), new Set(['local', 'h1', 'h2', 'h3', 'h4']));

test('hosts that a failure is of are left out, as long as another is left', () => {
  const its = outcomes();
  expect(its.exit).toBe(0);
  expect(its.take(failed({ h1: fault('PW_ONE') }))).toBe(true);
  expect([...its.leftOut]).toEqual(['h1']);
  expect(its.lines('as declared')).toEqual(['  h1: PW_ONE.', '  h2: as declared', '  h3: as declared']);
  expect(its.json()).toMatchObject({ h1: { outcome: 'left out', error: { code: 'PW_ONE' } }, h2: { outcome: 'done' } });
  expect(its.exit).toBe(1);
  expect(its.take(failed({ h2: fault('PW_TWO') }, 5))).toBe(true);
  expect(its.exit).toBe(5);
  expect(its.take(failed({ h3: fault('PW_THREE') }))).toBe(false);
  expect([...its.leftOut]).toEqual(['h1', 'h2']);
});

test('what is of no host, or of one that was left out already, ends all', () => {
  const its = outcomes();
  expect(its.take(failed({}))).toBe(false);
  expect(its.take(failed({ h1: fault('PW_ONE') }))).toBe(true);
  expect(its.take(failed({ h1: fault('PW_ONE') }))).toBe(false);
});

test('a host without nodes now is told of, and one that the file names no more is not left out', () => {
  const its = outcomes();
  expect(its.take(failed({ h4: fault('PW_OLD') }))).toBe(true);
  expect(its.lines('as declared')).toContain('  h4: PW_OLD.');
  expect(its.take(failed({ h9: fault('PW_GONE') }))).toBe(false);
});

test('where none is left out, a failure says how to, as long as all was put back and others would be left', async () => {
  const fixOf = async (hosts: Readonly<Record<string, Fault>>, exit?: ExitCode): Promise<string> =>
    leavingNoneOut('down', outcomes(), () => Promise.reject(failed(hosts, exit))).then(
      () => '',
      (error: unknown) => (error as PipewrightError).fix,
    );
  const one = fault('PW_ONE');
  expect(await fixOf({ h1: one })).toBe('Mend it. Or leave out h1: `pipewright down --keep-going`.');
  expect(await fixOf({ h1: one, h2: one, h3: one })).toBe('Mend it.');
  expect(await fixOf({ h1: one }, 5)).toBe('Mend it.');
  expect(await fixOf({})).toBe('Mend it.');
});
