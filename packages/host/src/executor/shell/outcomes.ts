import type { CommandResult, Op, OpFailure, RunOptions } from '@pipewright/plugin';
import type { Program } from '../../ssh/framed.js';
import { inNamespace } from '../survey/answers.js';
import { isSo } from '../undone.js';
import { complaintsOf, saidBy } from './failures.js';
import type { LinesJob, ProgramJob } from './jobs.js';

/** What carries a job out. */
export function programOf(job: LinesJob | ProgramJob, { undo }: RunOptions): Program {
  if (job.type === 'program') return { argv: job.argv, ...(job.stdin === undefined ? {} : { input: job.stdin }) };
  const argv = ['ip', ...job.options, ...(undo ? ['-force'] : []), '-batch', '-'];
  return { argv: inNamespace(job.path, argv), input: job.lines.map(({ line }) => `${line.join(' ')}\n`).join('') };
}

/** The ops of a job that failed, by what carried it out. */
export function failuresOf(
  job: LinesJob | ProgramJob,
  { code, stderr }: CommandResult,
  options: RunOptions,
): readonly OpFailure[] {
  if (code === 0) return [];
  const failures =
    job.type === 'program'
      ? [{ op: job.op, message: wordsOf(job.op, stderr, code) }]
      : complaintsOf(stderr, code).flatMap(({ line = 1, message }) => {
          const op = job.lines[line - 1]?.op;
          return op ? [{ op, message }] : [];
        });
  return failures.filter(({ op, message }) => !isSo(op, message, options));
}

/** A namespace is made by `ip`, too. */
const wordsOf = ({ op }: Op, stderr: string, code: number): string =>
  (op === 'namespace' ? complaintsOf(stderr, code)[0]?.message : undefined) ?? saidBy(stderr, code);

/**
 * In undoing: it broke off, nobody knows where. Undoing does no harm twice, so that each line is done by itself then and
 * nothing is left out.
 */
export const brokeOff = (job: LinesJob, { code, stderr }: CommandResult, { undo }: RunOptions): boolean =>
  undo && code !== 0 && job.lines.length > 1 && complaintsOf(stderr, code).some(({ line }) => line === undefined);

/** It ended at the removal of a device that was gone: what is left of it; undefined where it ended otherwise, or in undoing. */
export function leftOf(job: LinesJob, result: CommandResult, options: RunOptions): LinesJob | undefined {
  if (options.undo || result.code === 0 || failuresOf(job, result, options).length > 0) return undefined;
  const [{ line = 1 } = {}] = complaintsOf(result.stderr, result.code);
  return { ...job, lines: job.lines.slice(line) };
}

export const lineByLine = (job: LinesJob): readonly LinesJob[] => job.lines.map((line) => ({ ...job, lines: [line] }));
