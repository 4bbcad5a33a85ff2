import { inspect } from 'node:util';
import { type Diagnostic, type Fault, PipewrightError, type Position } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Paint } from './paint.js';
import { block, columns, printable } from './text.js';

/** Reads the text of an input that a message points into; undefined where there is none. */
export type ReadText = (file: string) => string | undefined;

interface Telling {
  readonly paint: Paint;
  /** Causes and stack too. */
  readonly verbose: boolean;
  readonly read: ReadText;
}

/** What a program throws that is none of ours is our mistake. A plugin may have its own copy of the class. */
export function asFailure(error: unknown): PipewrightError {
  if (error instanceof PipewrightError) return error;
  if (isFault(error)) return new PipewrightError(error, { cause: error });
  if (isNowhere(error)) return new PipewrightError(errors.nowhere(), { cause: error });
  return new PipewrightError(errors.internal(error instanceof Error ? error.message : String(error)), { cause: error });
}

/** Whatever it was that asked where we are: a shell may well stand in a folder that somebody has removed. */
const isNowhere = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'uv_cwd';

const isFault = (error: unknown): error is Fault =>
  typeof error === 'object' && error !== null && ['code', 'message', 'fix', 'exit'].every((key) => key in error);

/** Of more, the first are told: they fill some screens already, and the rest is often the same. */
const MOST_TOLD = 20;

/** For people: what is wrong, with its place, then what could not be undone. */
export function failureText(failure: PipewrightError, telling: Telling): string {
  const { paint, verbose } = telling;
  const all = failure.diagnostics.length > 1 ? failure.diagnostics : [];
  const told = verbose ? all : all.slice(0, MOST_TOLD);
  const untold = all.length - told.length;
  return [
    ...told.map((it) => diagnosticText('error', it, telling)),
    ...(untold > 0 ? [paint('dim', `… and ${String(untold)} more, which --verbose shows`)] : []),
    faultText('error', failure, all.length > 0 ? undefined : failure.at, hiding(failure.diagnostics[0], telling)),
    ...failure.suppressed.map((it) => faultText('also', it, undefined, telling)),
    ...(verbose ? causes(failure, paint) : []),
  ].join('\n');
}

export const warningText = (it: Diagnostic, telling: Telling): string => diagnosticText('warning', it, telling);

const diagnosticText = (word: 'error' | 'warning', it: Diagnostic, telling: Telling): string =>
  faultText(word, it, it.at, hiding(it, telling));

const hiding = (it: Diagnostic | undefined, telling: Telling): Telling =>
  it?.secret ? { ...telling, read: () => undefined } : telling;

function faultText(
  word: 'error' | 'also' | 'warning',
  it: Fault,
  at: Position | undefined,
  { paint, read }: Telling,
): string {
  const label = paint(word === 'warning' ? 'yellow' : 'red', `${word}:`);
  return [
    `${label} ${block(it.message, '  ')} ${paint('dim', `[${it.code}]`)}`,
    ...(at ? [`  at ${printable(placeText(at))}`, ...frame(at, read, paint)] : []),
    `  ${paint('cyan', 'fix:')} ${block(it.fix, '       ')}`,
  ].join('\n');
}

const placeText = ({ file, line, column }: Position): string =>
  line === 0 ? file : `${file}:${String(line)}:${String(column)}`;

const FRAME_WIDTH = 100;

/** The line meant, a caret under the column; of a long line the part around it. */
export function frame(at: Position, read: ReadText, paint: Paint): readonly string[] {
  const line = read(at.file)?.split(/\r?\n/)[at.line - 1];
  if (line === undefined || line.trim() === '') return [];
  const from = Math.max(0, at.column - 1 - Math.floor(FRAME_WIDTH * 0.7));
  const shown = printable(line.slice(from, from + FRAME_WIDTH).replaceAll('\t', ' '));
  const before = columns(printable(line.slice(from, at.column - 1).replaceAll('\t', ' ')));
  const number = String(at.line);
  const gutter = (text: string): string => paint('dim', `     ${text} |`);
  return [
    `${gutter(number)} ${shown}`,
    `${gutter(' '.repeat(number.length))} ${' '.repeat(before)}${paint('red', '^')}`,
  ];
}

function causes(failure: PipewrightError, paint: Paint): readonly string[] {
  const chain: string[] = [];
  for (
    let cause: unknown = failure.cause;
    cause !== undefined;
    cause = cause instanceof Error ? cause.cause : undefined
  )
    chain.push(`  cause: ${block(cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause), '    ')}`);
  return [...chain, paint('dim', `  ${block(failure.stack ?? '', '    ')}`)];
}

/** What --json prints on failure. */
export function failureJson(it: PipewrightError): unknown {
  return {
    error: {
      ...faultJson(it),
      ...(it.at ? { at: it.at } : {}),
      ...(it.diagnostics.length > 0 ? { diagnostics: it.diagnostics.map(diagnosticJson) } : {}),
      ...(it.suppressed.length > 0 ? { suppressed: it.suppressed.map(faultJson) } : {}),
      ...(it.byHost.size > 0
        ? { hosts: Object.fromEntries([...it.byHost].map(([name, one]) => [name, faultJson(one)])) }
        : {}),
    },
  };
}

export const faultJson = ({ code, message, fix }: Fault): object => ({ code, message, fix });

const diagnosticJson = (it: Diagnostic): object => ({
  severity: it.severity,
  ...faultJson(it),
  path: it.path,
  ...(it.at ? { at: it.at } : {}),
});
