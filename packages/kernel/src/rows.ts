import type { NetlinkDump, ReadQuery } from '@pipewright/plugin';

/** Rows of an answer of `ip -j`, typed as the reader knows them. Old versions print `{}` for what they filter out. */
export const rowsOf = <T extends object>(answer: unknown): readonly Partial<T>[] =>
  (Array.isArray(answer) ? answer : []).filter((row): row is Partial<T> => typeof row === 'object' && row !== null);

/** With `-N` numbers come as text. */
export const numberOf = (text: string | number | undefined, otherwise: number): number =>
  text === undefined ? otherwise : Number(text);

/** One question, to iproute2 and to the kernel. `-N`: numbers for tables, protocols and groups, which the machine may have named. `-d`: kinds and protocols too. */
export const ip = (dump: NetlinkDump, ...words: readonly string[]): ReadQuery => ({
  argv: ['ip', '-j', '-d', '-N', ...words],
  dump,
});

/** Without this folder `ip netns list` does not even answer that there are none. */
export const NAMED_NAMESPACES = '/run/netns';
