/** The same text for the same, whatever the order of its keys. */
export const canonicalText = (it: unknown): string =>
  JSON.stringify(it, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
