import { delimiter } from 'node:path';

/** Where an administrator's programs are. Not on every PATH: cron has none of it, nor has what `su` starts. */
export const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'] as const;

/** For us and for all that we start. */
export function widenPath(): void {
  const [own = '', wide] = [process.env['PATH'], widePath(process.env['PATH'] ?? '')];
  if (wide !== own) process.env['PATH'] = wide;
}

/** A PATH with these too, after its own. */
export function widePath(path: string): string {
  const own = path.split(delimiter).filter((it) => it !== ''); // an empty one is the working folder, whoever's it is
  return [...own, ...SYSTEM_FOLDERS.filter((it) => !own.includes(it))].join(delimiter);
}
