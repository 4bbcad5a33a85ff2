const SIZE = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i;
const POWERS = ['', 'k', 'm', 'g', 't'];

/** Bytes of `512m`, `1.5g`, `64MiB`, or of a number of bytes, each unit 1,024 of the one before, as `docker run` counts; undefined where it is no size. */
export function parseSize(given: string | number): number | undefined {
  const [, number = '', unit = ''] = SIZE.exec(String(given)) ?? [];
  const bytes = Math.round(Number(number) * 1024 ** POWERS.indexOf(unit.toLowerCase()));
  return number !== '' && bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
