import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** What Docker calls them, and Node. */
const FILES = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;

export type Certificates = Readonly<Partial<Record<keyof typeof FILES, string>>>;

export const hasCertificates = (folder: string): boolean =>
  Object.values(FILES).some((file) => existsSync(join(folder, file)));

/** Those of a folder; without a `ca` whom the system trusts is trusted. */
export function readCertificates(folder: string): Certificates {
  const there = Object.entries(FILES)
    .map(([name, file]) => [name, join(folder, file)] as const)
    .filter(([, path]) => existsSync(path));
  return Object.fromEntries(there.map(([name, path]) => [name, readCertificate(path)]));
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return fail(errors.engineCertificate(path, String(error)), { cause: error });
  }
}
