import { exec, type ExecOp, type Placement, type Resource } from '@pipewright/plugin';

/** What the two lists of xfrm print, an entry each: from a line that begins with `src` to before the next. */
export const entriesOf = (printed: string): readonly string[] =>
  printed.split(/^(?=src )/m).filter((it) => it.startsWith('src '));

/** Nothing where it cannot be read: what it takes is tried before anything is changed. */
export const lister = (list: 'state' | 'policy'): readonly string[] => [
  'sh',
  '-c',
  `ip xfrm ${list} 2> /dev/null || :`,
];

/** The words are no arguments, which all users of a host can see: there are keys among them. */
export const xfrm = (on: Placement, ...words: readonly string[]): ExecOp => ({
  ...exec(on, 'ip', '-batch', '-'),
  stdin: `xfrm ${words.join(' ')}\n`,
});

/** Those that are asked for by name, and others with the mark of one of these. */
export const concerning = <A extends { readonly reqid?: number }>(
  found: readonly A[],
  wanted: readonly Resource<A & Record<string, unknown>>[],
  nameOf: (attrs: A) => string,
): readonly A[] => {
  const names = new Set(wanted.map(({ attrs }) => nameOf(attrs)));
  const marks = new Set(wanted.map(({ attrs }) => attrs.reqid));
  return found.filter((it) => names.has(nameOf(it)) || marks.has(it.reqid));
};
