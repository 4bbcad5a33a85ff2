import { spawnSync } from 'node:child_process';

/** Milliseconds that a program takes; throws, with what it said, unless it ends well. */
export function timed(argv, { input, env } = {}) {
  const start = process.hrtime.bigint();
  const { status, error, stdout, stderr } = spawnSync(argv[0], argv.slice(1), {
    input: input ?? '',
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}\n${error ?? ''}${stdout}${stderr}`);
  return ms;
}

/** What a program prints. */
export function printed(argv, input = '') {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}\n${stderr}`);
  return stdout;
}

/**
 * Each of `runs` so many times, in turns and each time another one first, so that what else the machine does hits all
 * alike. Gives all results by name.
 */
export async function inTurns(times, runs) {
  const names = Object.keys(runs);
  const found = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < times; round++)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      found[name].push(await runs[name]());
    }
  return found;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
