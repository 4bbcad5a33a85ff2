import { type Diagnostic, PipewrightError } from '@pipewright/plugin';
import { errors } from './errors.js';
import { locateAll, type Source } from './parse/index.js';

/** Throws all errors among the diagnostics at once, each with its place in the text; otherwise hands `value` on. */
export function complain<T>(source: Source, value: T | undefined, diagnostics: readonly Diagnostic[]): T {
  const mistakes = once(locateAll(onceMissed(diagnostics), source).filter((it) => it.severity === 'error'));
  const [first] = mistakes;
  if (first === undefined && value !== undefined) return value;
  const fault = first && mistakes.length === 1 ? first : errors.badInput(mistakes.length, source.file);
  throw new PipewrightError(fault, { at: first?.at, diagnostics: mistakes });
}

/** What is wrong with a network is found again on each host that it is on. */
const once = (mistakes: readonly Diagnostic[]): readonly Diagnostic[] => [
  ...new Map(mistakes.map((it) => [[it.code, it.message, ...it.path].join(' '), it])).values(),
];

/** Of a device that is missing, its driver knows better what it is for than whoever finds none to adopt. */
function onceMissed(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const isByDriver = ({ code }: Diagnostic): boolean => code !== errors.adoptMissing.code;
  const said = new Set(diagnostics.flatMap((it) => (isByDriver(it) ? (it.missing ?? []) : [])));
  return diagnostics.filter((it) => isByDriver(it) || !said.has(it.missing ?? ''));
}
