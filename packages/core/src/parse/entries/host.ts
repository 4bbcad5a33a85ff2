import { type HostTarget, ip, LOCAL_HOST, sshDestination, z } from '@pipewright/plugin';
import type { Topology } from '../../topology.js';
import type { Complaints } from '../complaints.js';
import { check } from '../diagnose.js';
import { errors } from '../errors.js';
import { entriesOf, placeOf } from './entry.js';
import { checkName } from './name.js';

const underlay = ip
  .optional()
  .meta({ description: 'its address in the network that joins the hosts: what fabrics send to' });

const WEIGHT = 'a whole number from 0 to 10000';

const weight = z
  .int({ error: () => WEIGHT })
  .min(0, WEIGHT)
  .max(10_000, WEIGHT)
  .optional()
  .meta({
    description:
      'its part of the nodes that do not say where they are: its share where they are spread, the number it has room for where they are packed; 0: none',
  });

/** What is said of another machine. */
const farKeys = z.strictObject({ ssh: sshDestination, underlay, weight });

/** What is said of ours. */
const localKeys = z.strictObject({ underlay, weight });

export const farHostKeys = (): readonly string[] => Object.keys(farKeys.shape);

/** For editors: only `local` does without `ssh`. */
export const hostKeys = z.union([farKeys, localKeys]);

export const placement = z
  .enum(['spread', 'pack'])
  .meta({ description: 'how nodes that do not say where they are are put on the hosts under `hosts`' });

export type ParsedHosts = Pick<Topology, 'hosts' | 'underlays' | 'placement' | 'takers'>;

export function parseHosts(complaints: Complaints): ParsedHosts {
  const hosts: HostTarget[] = [];
  const underlays = new Map<string, string>();
  const takers = new Map<string, number | undefined>();
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
    const { underlay: address, weight: its } = ours ?? theirs ?? {};
    if (address !== undefined) underlays.set(name, address);
    takers.set(name, its);
  }
  return { hosts, underlays, takers, placement: parsePlacement(takers.size, complaints) };
}

function parsePlacement(hosts: number, complaints: Complaints): Topology['placement'] {
  const path = ['placement'];
  const written = complaints.source.valueAt(path) ?? undefined;
  if (written === undefined) return undefined;
  if (hosts === 0) complaints.addAtKey(errors.placementNowhere(), path);
  return check(placement, written, { path, name: '`placement`', complaints });
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
