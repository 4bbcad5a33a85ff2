import { statSync } from 'node:fs';
import { dirname } from 'node:path';

interface Owned {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** May only root change it? */
export const onlyRootChanges = ({ uid, gid, mode }: Owned): boolean =>
  uid === 0 && (mode & 0o002) === 0 && (gid === 0 || (mode & 0o020) === 0);

/** The folder counts too: who can change it can put another file in the place of this one. */
export const isRoots = (path: string): boolean => [path, dirname(path)].every((it) => onlyRootChanges(statSync(it)));

export const asRoot = (): boolean => process.geteuid?.() === 0;
