import { type Compiled, isDiagnostic, type Resource, type z } from '@pipewright/plugin';
import { show } from '../parse/show.js';
import { pluginOf } from '../registry/plugins.js';
import type { Registries } from '../registry/registry.js';

export type Kinds = Pick<Registries, 'types' | 'deviceKinds'>;

/** TypeScript checked what the plugins that are built in give; others' only the schemas of the types can. */
export function checkAttributes(driver: object, compiled: Compiled, kinds: Kinds): Compiled {
  const plugin = pluginOf(driver);
  if (plugin !== undefined)
    for (const it of compiled) {
      const words = isDiagnostic(it) ? undefined : misfit(it, kinds);
      if (words !== undefined) throw new TypeError(`${words} (plugin "${plugin}")`);
    }
  return compiled;
}

function misfit({ type, id, attrs }: Resource, { types, deviceKinds }: Kinds): string | undefined {
  const kind = type === 'device' ? deviceKinds.get(String(attrs['kind'])) : undefined;
  const own = Object.entries(kind?.attributes ?? {}).filter(([field]) => attrs[field] !== undefined);
  const [issue] = [
    ...issuesOf(types.need(type).attrs, attrs),
    ...own.flatMap(([field, { schema }]) => issuesOf(schema, attrs[field], field)),
  ];
  if (!issue) return undefined;
  const { path, message } = issue;
  return `it gave a resource ${type} "${id}" whose ${path.join('.')} is ${show(valueAt(attrs, path))}: ${message}`;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const issuesOf = (schema: z.ZodType, value: unknown, ...below: readonly string[]): readonly Issue[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => ({ path: [...below, ...path], message }));

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((it, step) => (it as Readonly<Record<PropertyKey, unknown>> | undefined)?.[step], value);
