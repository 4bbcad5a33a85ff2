/**
 * The value of an answer. What an engine tells bit by bit (of a pull, say) is JSON a line, under the same type as JSON:
 * the lines' values then. Throws where it is no JSON though its type says so.
 */
export function parseBody(text: string, type = ''): unknown {
  if (!/^application\/(\S+\+)?json\b/i.test(type) || text.trim() === '') return text;
  return parseLines(text) ?? (JSON.parse(text) as unknown);
}

/** Undefined where they are not values of their own. */
function parseLines(text: string): readonly unknown[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2) return undefined;
  try {
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    return undefined;
  }
}
