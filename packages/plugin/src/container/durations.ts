const DURATION = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d{1,3})?)s)?(?:(\d+)ms)?$/;

/** Milliseconds of `1m30s`, `500ms`, or of a number of seconds; undefined where it is no duration, or none that lasts. */
export function parseDuration(given: string | number): number | undefined {
  const [, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] =
    typeof given === 'number' ? ['', 0, 0, given] : (DURATION.exec(given) ?? []);
  const whole = (Number(hours) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
  const all = whole + Number(milliseconds);
  return all >= 1 ? all : undefined;
}
