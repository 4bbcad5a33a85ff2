import type { CommandResult } from '@pipewright/plugin';
import { quoted } from '../script.js';

/** A program for a shell to run. */
export interface Program {
  readonly argv: readonly string[];
  readonly input?: string;
  /** A function of the shell itself. */
  readonly own?: true;
}

/** Programs in order; what comes after one that fails is not run, unless `all` are to be. */
export interface Sequence {
  readonly programs: readonly Program[];
  readonly all?: true;
}

/**
 * Sequences as one script. After each program both of its streams say, on a line that no program can know, which it was
 * and how it ended. The shell runs nothing before it has read all: a script that was cut off on its way does nothing.
 */
export function framedScript(sequences: readonly Sequence[], nonce: string): string {
  let number = 0;
  const lines = sequences.flatMap(({ programs, all }) => {
    const framed = programs.map((it) => `{ ${wordsOf(it)}; pw_end ${number++} "$?"; }`);
    return all ? framed : [[...framed].join(' &&\n')];
  });
  return [
    `pw_end() { printf '\\n%s %s %s\\n' ${nonce} "$1" "$2"; printf '\\n%s %s\\n' ${nonce} "$1" >&2; return "$2"; }`,
    `pw_main() { pw_end begin 0`,
    ...lines,
    'pw_end end 0; }',
    'pw_main',
    '',
  ].join('\n');
}

/** Nothing of ours reads what the shell itself reads, and nothing that lives on holds its lock (9), or what tells that it lives (8). */
const wordsOf = ({ argv, input, own }: Program): string => {
  const words = `${argv.map(quoted).join(' ')}${own ? '' : ' 8>&- 9>&-'}`;
  return input === undefined ? `${words} < /dev/null` : `printf %s ${quoted(input)} | ${words}`;
};

export interface Streams {
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether all that a script prints has come. */
export const isWhole = ({ stdout, stderr }: Streams, nonce: string): boolean =>
  stdout.endsWith(`\n${nonce} end 0\n`) && stderr.endsWith(`\n${nonce} end\n`);

/** What each program did, in the sequences as they were given; undefined for what was not run. */
export function framedResults(
  sequences: readonly Sequence[],
  { stdout, stderr }: Streams,
  nonce: string,
): readonly (readonly (CommandResult | undefined)[])[] {
  const printed = piecesOf(stdout, nonce);
  const complained = piecesOf(stderr, nonce);
  let number = 0;
  return sequences.map(({ programs }) =>
    programs.map(() => {
      const key = String(number++);
      const out = printed.get(key);
      return out && { code: out.code, stdout: out.text, stderr: complained.get(key)?.text ?? '' };
    }),
  );
}

interface Piece {
  readonly text: string;
  readonly code: number;
}

function piecesOf(stream: string, nonce: string): ReadonlyMap<string, Piece> {
  const pieces = new Map<string, Piece>();
  let text = '';
  for (const part of stream.split(`\n${nonce} `)) {
    const line = /^(\w+)(?: (\d+))?\n/.exec(part);
    if (!line) continue; // what a login shell says before anything runs
    const [whole, key = '', code = '0'] = line;
    pieces.set(key, { text, code: Number(code) });
    text = part.slice(whole.length);
  }
  return pieces;
}
