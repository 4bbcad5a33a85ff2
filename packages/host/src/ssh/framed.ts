import type { CommandResult } from '@pipewright/plugin';
import { quoted } from '../script.js';

/** A program for a shell to run. */
export interface Program {
  readonly argv: readonly string[];
  readonly input?: string;
  /** A function of the shell itself. */
  readonly own?: true;
  /** What its relay is told, where it has one: it does the same, or says that the program has to be run. */
  readonly relay?: string;
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
  const lines = sequences.flatMap(({ programs, all }) =>
    programs.map((it, index) => {
      const [words, text] = wordsOf(it, nonce);
      const then = all || index === programs.length - 1 ? '' : ' &&';
      return `{ ${words}; pw_end ${number++} "$?"; }${then}\n${text}`;
    }),
  );
  return [
    `pw_end() { printf '\\n%s %s %s\\n' ${nonce} "$1" "$2"; printf '\\n%s %s\\n' ${nonce} "$1" >&2; return "$2"; }\n`,
    `pw_main() { pw_end begin 0\n`,
    ...lines,
    'pw_end end 0; }\n',
    'pw_main\n',
  ].join('');
}

/**
 * With the text that it reads, to stand behind its line. Nothing of ours reads what the shell itself reads, and nothing
 * that lives on holds its lock (9), what tells that it lives (8), or its ways to the relay (5, 6).
 */
function wordsOf({ argv, input, own, relay }: Program, nonce: string): readonly [words: string, text: string] {
  const program = own ? argv.map(quoted).join(' ') : `${commandOf(argv)} 5>&- 6<&- 8>&- 9>&-`;
  const from = input === undefined ? '' : ' 7<&0'; // for the relay to read, as the shell reads its answers by 0
  const words =
    relay === undefined
      ? program
      : `if pw_relayed ${quoted(relay)}${from}; then pw_end_with "$pw_said"; else ${program}; fi`;
  if (input === undefined) return [`${words} < /dev/null`, ''];
  // What the shell hands over itself takes no process; it ends in a newline there.
  if (input.endsWith('\n')) return [`${words} << '${nonce}'`, `${input}${nonce}\n`];
  return [`printf %s ${quoted(input)} | ${program}`, '']; // the relay would see what the shell itself reads
}

/** A script needs no shell of its own, unless it asks which process that is, or is of: to start one costs more than most of them do. */
function commandOf(argv: readonly string[]): string {
  const [shell, option, script, , ...words] = argv;
  if (shell !== 'sh' || option !== '-c' || script === undefined || /\$\$|PPID/.test(script))
    return argv.map(quoted).join(' ');
  return `(set -- ${words.map(quoted).join(' ')}; eval ${quoted(script)})`;
}

export interface Streams {
  readonly stdout: string;
  readonly stderr: string;
}

/** What each stream says when all that a script prints has come. */
export const endsOf = (nonce: string): Streams => ({ stdout: `\n${nonce} end 0\n`, stderr: `\n${nonce} end\n` });

/** What its output says when it begins. */
export const beginningOf = (nonce: string): string => `\n${nonce} begin 0\n`;

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
