/** What is asked, for people: filters are JSON, and encoded. */
export const withoutQuery = (path: string): string => path.replace(/\?.*/s, '');
