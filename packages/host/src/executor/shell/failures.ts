/** What a tool complained of; `line` counts from 1 and is absent where it did not say which. */
export interface Complaint {
  readonly line?: number;
  readonly message: string;
}

const FRAME = /^Command failed .*:(\d+)$/;

/** What a program said that failed, without the line that iproute2's batches end with. */
export const saidBy = (stderr: string, code: number): string =>
  stderr
    .split('\n')
    .filter((it) => !FRAME.test(it.trim()))
    .join('\n')
    .trim() || `exit code ${code}`;

/** `RTNETLINK answers: File exists⏎Command failed -:3` → its line and the words before it. */
export function complaintsOf(stderr: string, code: number): readonly Complaint[] {
  const complaints: Complaint[] = [];
  let words: string[] = [];
  for (const text of stderr.split('\n').map((it) => it.trim())) {
    const [, line] = FRAME.exec(text) ?? [];
    if (line !== undefined) {
      complaints.push({ line: Number(line), message: tidy(words) });
      words = [];
    } else if (text !== '') words.push(text);
  }
  // `ip` ends at once, and names no line, where it does not understand a word.
  const unnamed = code !== 0 && (words.length > 0 || complaints.length === 0);
  return unnamed ? [...complaints, { message: tidy(words) || `exit code ${code}` }] : complaints;
}

/** The kernel's words, without iproute2's frame and the list of words it would know. */
const tidy = (words: readonly string[]): string =>
  words
    .slice(
      0,
      Math.max(
        1,
        words.findIndex((it) => it.startsWith('Usage:')),
      ) || undefined,
    )
    .map((it) => it.replace(/^(RTNETLINK answers|Error): /, ''))
    .join('; ');
