import { z } from 'zod';

const DURATION = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d{1,3})?)s)?(?:(\d+)ms)?$/;

/** Milliseconds of `1m30s`, `500ms`, or of a number of seconds; undefined where it is no duration, or none that lasts. */
export function parseDuration(given: string | number): number | undefined {
  const [, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] =
    typeof given === 'number' ? ['', 0, 0, given] : (DURATION.exec(given) ?? []);
  const whole = (Number(hours) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
  const all = whole + Number(milliseconds);
  return all >= 1 ? all : undefined;
}

/** A duration in a file; what comes of it is as it is written. */
export const duration = z.union([z.string(), z.number()]).refine((it) => parseDuration(it) !== undefined, {
  error: 'a duration (`30s`, `1m30s`, `500ms`), or a number of seconds',
});

/** A duration of whole seconds within bounds, as a number or as `1m30s`; what comes of it is the number. */
export const seconds = (least: number, most: number) => {
  const error = `whole seconds from ${String(least)} to ${String(most)}, as \`90\` or \`1m30s\``;
  return z
    .union([z.int().min(least, error).max(most, error), z.string()], error)
    .transform(secondsOf)
    .refine((it) => Number.isInteger(it) && it >= least && it <= most, error);
};

const secondsOf = (given: string | number): number =>
  typeof given === 'number' ? given : given === '0s' ? 0 : (parseDuration(given) ?? Number.NaN) / 1000;
