/** A tool's words end where ours go on. */
export const withoutStop = (words: string): string => words.trim().replace(/\.+$/, '');

export const wordsOf = (error: unknown): string => withoutStop(error instanceof Error ? error.message : String(error));
