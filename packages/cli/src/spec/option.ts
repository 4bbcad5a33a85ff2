/** An option of a command: everything that parser, help and reference must know. `V` is the type of its value. */
export interface OptionSpec<V = unknown> {
  readonly type: 'flag' | 'text' | 'list';
  readonly alias?: string;
  /** What stands for its value in help: `FILE`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly summary: string;
  /** Types the value only. */
  readonly of?: V;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type Values<O extends OptionSpecs> = { readonly [K in keyof O]: O[K] extends OptionSpec<infer V> ? V : never };

type Extras = Pick<OptionSpec, 'alias' | 'choices'>;

export const flag = (summary: string, extras: Pick<OptionSpec, 'alias'> = {}): OptionSpec<boolean> => ({
  type: 'flag',
  summary,
  ...extras,
});

export const text = (value: string, summary: string, extras: Extras = {}): OptionSpec<string | undefined> => ({
  type: 'text',
  value,
  summary,
  ...extras,
});

export const list = (value: string, summary: string, extras: Extras = {}): OptionSpec<readonly string[]> => ({
  type: 'list',
  value,
  summary,
  ...extras,
});
