/** A word, part of a word in quotes, or the blanks between words. */
const PIECE = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy;

/** Splits a line into words as a shell does, with quotes and backslashes and nothing else; undefined where they do not match up. */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const piece of line.matchAll(PIECE)) {
    end = piece.index + piece[0].length;
    const text = piece[1] ?? piece[2]?.replaceAll(/\\(["\\$`])/g, '$1') ?? piece[3] ?? piece[4];
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (end !== line.length) return undefined;
  return word === undefined ? words : [...words, word];
}
