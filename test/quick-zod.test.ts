// The program has zod with changes (scripts/quick-zod.mjs): whatever a schema is, what it makes of a value is the same.
import { z as plain } from '@pipewright/plugin';
import { build, type Plugin } from 'esbuild';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

type Zod = typeof plain;
type Make = (z: Zod) => plain.ZodType;

const folder = mkdtempSync(join(tmpdir(), 'pipewright-'));
let quick: Zod;

beforeAll(async () => {
  const { quickZod } = (await import(new URL('../scripts/quick-zod.mjs', import.meta.url).href)) as {
    readonly quickZod: Plugin;
  };
  const outfile = join(folder, 'zod.mjs');
  const contents = "export * from 'zod'; import * as z from 'zod'; z.config({ jitless: true });";
  const stdin = { contents, resolveDir: join(import.meta.dirname, '../packages/plugin') };
  await build({ stdin, outfile, bundle: true, format: 'esm', platform: 'node', plugins: [quickZod] });
  quick = (await import(outfile)) as Zod;
});
afterAll(() => rmSync(folder, { recursive: true }));

const KEYS = ['a', 'b', 'c', 'toString'];

const leaf = fc.constantFrom<Make>(
  (z) => z.string(),
  (z) => z.string().regex(/^x/, 'an x'),
  (z) => z.int().min(1),
  (z) => z.boolean(),
  (z) => z.enum(['x', 'y']),
  (z) => z.literal([1, 'x']),
  (z) => z.undefined(),
  (z) => z.unknown(),
  (z) => z.custom((it) => it !== 1),
  (z) => z.record(z.string(), z.string()),
  (z) => z.tuple([z.string(), z.int().optional()]),
);

const around = (make: fc.Arbitrary<Make>): fc.Arbitrary<Make> =>
  fc
    .tuple(
      make,
      fc.constantFrom<(z: Zod, it: plain.ZodType) => plain.ZodType>(
        (_, it) => it.optional(),
        (_, it) => it.nullable(),
        (_, it) => it.readonly(),
        (_, it) => it.default('x'),
        (_, it) => it.prefault('x'),
        (_, it) => it.catch('x'),
        (_, it) => it.transform((value) => [value]),
        (_, it) => it.refine((value) => value !== 'y', 'no y'),
        (_, it) => it.describe('something'),
        (z, it) => z.array(it).min(1),
        (z, it) => z.preprocess((value) => value ?? 'x', it),
        (z, it) => z.lazy(() => it),
        (z, it) => z.nonoptional(it),
      ),
    )
    .map(
      ([inner, wrap]) =>
        (z) =>
          wrap(z, inner(z)),
    );

/** Mostly: where one key is missing, what became of the others does not show. */
const optional = (make: fc.Arbitrary<Make>): fc.Arbitrary<Make> =>
  fc.tuple(make, fc.integer({ min: 0, max: 9 })).map(
    ([inner, die]) =>
      (z) =>
        die > 0 ? inner(z).optional() : inner(z),
  );

const { object } = fc.letrec<{ schema: Make; object: Make }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    around(tie('schema')),
    around(around(tie('schema'))),
    fc.tuple(tie('schema'), tie('schema')).map(
      ([one, other]) =>
        (z: Zod) =>
          z.union([one(z), other(z)]),
    ),
    tie('object'),
  ),
  object: fc
    .tuple(
      fc.dictionary(fc.constantFrom(...KEYS), optional(tie('schema')), { minKeys: 1 }),
      fc.constantFrom('object' as const, 'strictObject' as const, 'looseObject' as const),
      fc.boolean(),
    )
    .map(([shape, how, extended]) => (z) => {
      const made = Object.fromEntries(Object.entries(shape).map(([key, make]) => [key, make(z)]));
      return extended ? z[how]({}).extend(made) : z[how](made);
    }),
}));

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(undefined, null, 'x', 'y', 'z', 0, 1, true),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value')),
  ),
}));

const outcome = (made: plain.ZodType, given: unknown): unknown => {
  try {
    const { success, data, error } = made.safeParse(given);
    return { success, data, issues: error?.issues };
  } catch (error) {
    return { thrown: String(error) };
  }
};

test('a schema makes the same of each value', () => {
  fc.assert(
    fc.property(object, fc.array(value, { maxLength: 4 }), (make, values) => {
      const [one, other] = [make(quick), make(plain)];
      for (const it of [{}, ...values]) expect(outcome(one, it)).toStrictEqual(outcome(other, it));
    }),
    { numRuns: 500 },
  );
});
