import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where programs are looked for, whatever the test's own PATH lacks. */
export const PATH = [
  ...new Set([...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin']),
].join(':');

export const pathOf = (tool: string): string | undefined =>
  PATH.split(':')
    .map((folder) => resolve(folder, tool))
    .find((path) => existsSync(path));
