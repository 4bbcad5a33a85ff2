import { isScalar, Schema } from 'yaml';

const core = new Schema({ schema: 'core' });

/** What YAML 1.2 makes of a plain scalar: `1400` a number, `true` a boolean, nothing null, the rest text. */
export function plainScalar(text: string): string | number | boolean | null {
  for (const tag of core.tags) {
    if (tag.default !== true || tag.collection !== undefined || !tag.test?.test(text)) continue;
    const read: unknown = tag.resolve(text, () => undefined, {});
    const value = isScalar(read) ? read.value : read;
    return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : text;
  }
  return text;
}
