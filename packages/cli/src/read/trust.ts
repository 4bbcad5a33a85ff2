import { stat } from 'node:fs/promises';
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
export async function isRoots(path: string): Promise<boolean> {
  const owned = await Promise.all([stat(path), stat(dirname(path))]);
  return owned.every(onlyRootChanges);
}

export const asRoot = (): boolean => process.geteuid?.() === 0;
