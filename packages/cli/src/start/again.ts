import { closeSync, openSync, statSync } from 'node:fs';
import {
  type Inputs,
  type KeptRecord,
  Look,
  recordIn,
  recordsFolder,
  type Said,
  shortSyscalls,
  type ShortSyscalls,
  stateFolder,
} from '@pipewright/host/recall';
import { PrivateFolder } from './private-folder.js';

declare const __VERSION__: string;

// The program takes these from here: it is one recording.
export { begin, current } from '@pipewright/host/recall';

/** Records of other command lines are forgotten when there are more. */
const MOST_RECORDS = 16;

/** What the command is asked with, the environment aside. */
export function inputsOf(argv: readonly string[], program: string): Omit<Inputs, 'variables'> {
  const { size, mtimeMs, ctimeMs } = statSync(program);
  const state = [__VERSION__, process.version, process.arch, program, size, mtimeMs, ctimeMs].join(' ');
  return { program: state, argv, folder: process.cwd() };
}

/**
 * What an earlier `up` with the same words said that found nothing to do, if all that it asked is answered as it was
 * then; undefined: somebody has to look who can tell what that means.
 */
export function saidBefore(argv: readonly string[], program: string): readonly Said[] | undefined {
  try {
    const inputs = inputsOf(argv, program);
    if (process.getuid?.() !== 0 || process.geteuid?.() !== 0) return undefined;
    const file = new PrivateFolder(recordsFolder()).read(nameOf(inputs), Buffer.alloc(0));
    const record = file && recordIn(file);
    if (!record || !isAsked(record.head.inputs, inputs)) return undefined;
    const sys = shortSyscalls();
    return sys && alone(sys, () => (isSame(sys, record) ? record.head.said : undefined));
  } catch {
    return undefined;
  }
}

export function keepRecord(inputs: Omit<Inputs, 'variables'>, record: readonly Buffer[]): void {
  const folder = new PrivateFolder(recordsFolder());
  folder.keepAtMost(MOST_RECORDS);
  folder.write(nameOf(inputs), ...record);
}

function isAsked({ variables, ...asked }: Inputs, inputs: Omit<Inputs, 'variables'>): boolean {
  return (
    JSON.stringify(asked) === JSON.stringify(inputs) &&
    variables.every(([name, value]) => (process.env[name] ?? null) === value)
  );
}

function isSame(sys: ShortSyscalls, record: KeptRecord): boolean {
  const look = new Look(sys, record);
  try {
    return look.isSame();
  } finally {
    look.close();
  }
}

/** While no other command changes anything; undefined where one does. */
function alone<T>(sys: ShortSyscalls, work: () => T): T | undefined {
  const lock = openSync(`${stateFolder()}/lock`, 'r');
  try {
    return sys.lock(lock) ? work() : undefined;
  } finally {
    closeSync(lock);
  }
}

/** Of a file: what is in it tells whose it is. */
function nameOf({ argv, folder }: Omit<Inputs, 'variables'>): string {
  const words = [folder, ...argv].join('\0');
  let [some, other] = [0x811c9dc5, 0];
  for (let at = 0; at < words.length; at++) {
    some = Math.imul(some ^ words.charCodeAt(at), 0x01000193);
    other = (Math.imul(other, 31) + words.charCodeAt(at)) | 0;
  }
  return [some, other].map((it) => (it >>> 0).toString(16)).join('-');
}
