/** The word, with a number where others have it: `red-2`. */
export function freeName(word: string, taken: ReadonlySet<string>): string {
  let name = word;
  for (let number = 2; taken.has(name); number++) name = `${word}-${String(number)}`;
  return name;
}
