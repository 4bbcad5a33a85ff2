/** What a shell takes for the name of a variable (POSIX 2.10.1). */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Lines that a shell reads with `.`: each value in quotes that nothing in it ends. Names that no shell takes are left out. */
export const envFile = (env: readonly (readonly [name: string, value: string])[]): readonly string[] =>
  env.filter(([name]) => NAME.test(name)).flatMap(([name, value]) => `export ${name}=${quoted(value)}`.split('\n'));

/** No line of a value can be mistaken for the end of the block that it stands in. */
const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`).replaceAll('\n', "\n''")}'`;
