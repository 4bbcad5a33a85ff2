import { type HostTarget, ip, LOCAL_HOST, sshDestination, z } from '@pipewright/plugin';
import type { Complaints } from '../complaints.js';
import { check } from '../diagnose.js';
import { errors } from '../errors.js';
import { entriesOf, placeOf } from './entry.js';
import { checkName } from './name.js';

const underlay = ip
  .optional()
  .meta({ description: 'its address in the network that joins the hosts: what fabrics send to' });

/** What is said of another machine. */
const farKeys = z.strictObject({ ssh: sshDestination, underlay });

/** What is said of ours. */
const localKeys = z.strictObject({ underlay });

/** For editors: only `local` does without `ssh`. */
export const hostKeys = z.union([farKeys, localKeys]);

export interface ParsedHosts {
  readonly hosts: readonly HostTarget[];
  readonly underlays: ReadonlyMap<string, string>;
}

export function parseHosts(complaints: Complaints): ParsedHosts {
  const hosts: HostTarget[] = [];
  const underlays = new Map<string, string>();
  for (const [name, tree] of entriesOf('hosts', complaints)) {
    const path = ['hosts', name];
    checkName('host', path, complaints);
    const isLocal = name === LOCAL_HOST;
    if (isLocal && 'ssh' in tree) {
      complaints.addAtKey(errors.localHost(), [...path, 'ssh']);
      continue;
    }
    const place = placeOf('host', name, path, complaints);
    const ours = isLocal ? check(localKeys, tree, place) : undefined;
    const theirs = isLocal ? undefined : check(farKeys, tree, place);
    if (theirs) hosts.push({ name, ssh: theirs.ssh });
    const { underlay: address } = ours ?? theirs ?? {};
    if (address !== undefined) underlays.set(name, address);
  }
  return { hosts, underlays };
}

/** The hosts of a topology as it was applied once: what was wrong with it then was told then. */
export function hostsIn(tree: unknown): readonly HostTarget[] {
  const hosts = isRecord(tree) ? tree['hosts'] : undefined;
  return Object.entries(isRecord(hosts) ? hosts : {}).flatMap(([name, entry]) => {
    const keys = farKeys.safeParse(entry);
    return keys.success ? [{ name, ssh: keys.data.ssh }] : [];
  });
}

const isRecord = (it: unknown): it is Readonly<Record<string, unknown>> => typeof it === 'object' && it !== null;
