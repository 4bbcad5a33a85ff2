export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Of a file that was cut short, too. */
export const NO_JSON = 'it is no JSON';

/** Undefined for what is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
