/** Rows of an answer of `ip -j`, typed as the reader knows them. Old versions print `{}` for what they filter out. */
export const rowsOf = <T extends object>(answer: unknown): readonly Partial<T>[] =>
  (Array.isArray(answer) ? answer : []).filter((row): row is Partial<T> => typeof row === 'object' && row !== null);

/** With `-N` numbers come as text. */
export const numberOf = (text: string | number | undefined, otherwise: number): number =>
  text === undefined ? otherwise : Number(text);

/** `-N`: numbers for tables, protocols and groups, which the machine may have named. `-d`: kinds and protocols too. */
export const ip = (...words: readonly string[]): { readonly argv: readonly string[] } => ({
  argv: ['ip', '-j', '-d', '-N', ...words],
});

/** Without this folder `ip netns list` does not even answer that there are none. */
export const NAMED_NAMESPACES = '/run/netns';
