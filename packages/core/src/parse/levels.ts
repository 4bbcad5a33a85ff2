/** What in a topology has keys of its own, by the words for it. */
export interface Level {
  readonly word: string;
  readonly keys: readonly string[];
}

/** What becomes of a key that is none where it stands, but is one of something else. */
export function ofAnotherLevel(key: string, levels: readonly Level[]): string | undefined {
  const words = levels.filter(({ keys }) => keys.includes(key)).map(({ word }) => word);
  const last = words.pop();
  if (last === undefined) return undefined;
  const all = words.length === 0 ? last : `${words.join(', ')} or ${last}`;
  return `It is a key of ${all}: write it there, or remove it.`;
}
