import { type HostTarget, LOCAL_HOST, sshDestination, z } from '@pipewright/plugin';
import type { Complaints } from '../complaints.js';
import { check } from '../diagnose.js';
import { errors } from '../errors.js';
import { entriesOf, placeOf } from './entry.js';
import { checkName } from './name.js';

/** What is said of another machine. */
export const hostKeys = z.strictObject({ ssh: sshDestination });

export function parseHosts(complaints: Complaints): readonly HostTarget[] {
  return entriesOf('hosts', complaints).flatMap(([name, tree]) => {
    const path = ['hosts', name];
    checkName('host', path, complaints);
    if (name === LOCAL_HOST) complaints.addAtKey(errors.localHost(), path);
    const keys = check(hostKeys, tree, placeOf('host', name, path, complaints));
    return keys ? [{ name, ssh: keys.ssh }] : [];
  });
}

/** The hosts of a topology as it was applied once: what was wrong with it then was told then. */
export function hostsIn(tree: unknown): readonly HostTarget[] {
  const hosts = isRecord(tree) ? tree['hosts'] : undefined;
  return Object.entries(isRecord(hosts) ? hosts : {}).flatMap(([name, entry]) => {
    const keys = hostKeys.safeParse(entry);
    return keys.success ? [{ name, ssh: keys.data.ssh }] : [];
  });
}

const isRecord = (it: unknown): it is Readonly<Record<string, unknown>> => typeof it === 'object' && it !== null;
