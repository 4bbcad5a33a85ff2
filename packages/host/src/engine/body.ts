/**
 * The value of an answer. What an engine tells bit by bit (of a pull, say) is JSON a line, under the same type as JSON:
 * the lines' values then. Throws where it is no JSON though its type says so. Podman gives that of a pull no type.
 */
export function parseBody(text: string, type = ''): unknown {
  if (type === '' && text.startsWith('{')) return parseLines(text, 1) ?? text;
  if (!/^application\/(\S+\+)?json\b/i.test(type) || text.trim() === '') return text;
  return parseLines(text) ?? (JSON.parse(text) as unknown);
}

/** Undefined where they are not values of their own. */
function parseLines(text: string, fewest = 2): readonly unknown[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < fewest) return undefined;
  try {
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    return undefined;
  }
}
