import { topologyName } from '@pipewright/plugin';
import type { Complaints } from '../complaints.js';
import { errors } from '../errors.js';
import type { Path } from '@pipewright/plugin';

/** What no entry may be called, though the grammar has nothing against it: later stages keep records by name. */
const isReserved = (name: string): boolean => name in Object.prototype;

/** Checks the name of an entry, which is its key. */
export function checkName(what: 'host' | 'network' | 'node' | 'group', path: Path, complaints: Complaints): void {
  const fault = nameFault(what, String(path.at(-1)));
  if (fault) complaints.addAtKey(fault, path);
}

export function nameFault(what: string, name: string): ReturnType<typeof errors.badName> | undefined {
  if (isReserved(name)) return errors.badName(what, name, 'a word that JavaScript does not use itself');
  const issue = topologyName.safeParse(name).error?.issues[0];
  return issue && errors.badName(what, name, issue.message);
}
