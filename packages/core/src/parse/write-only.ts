import { type Path, z } from '@pipewright/plugin';

/** Whether a schema says that what stands at `path` is for writing only (JSON Schema, `writeOnly`): a secret. */
export function isWriteOnly(schema: z.core.$ZodType, path: Path): boolean {
  if (path.length === 0 && z.globalRegistry.get(schema)?.['writeOnly'] === true) return true;
  const inner = innerOf(schema);
  if (inner) return isWriteOnly(inner, path);
  const [step, ...rest] = path;
  const next = schema instanceof z.ZodObject && typeof step === 'string' ? (schema.shape as Shape)[step] : undefined;
  return next !== undefined && isWriteOnly(next, rest);
}

type Shape = Readonly<Record<string, z.core.$ZodType | undefined>>;

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.in;
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
    ? schema.unwrap()
    : undefined;
}
