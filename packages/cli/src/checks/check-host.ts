import type { KnownEngine } from '@pipewright/host';
import type { Commands, DeviceKind, Engines, HostTarget, ProgramNeed, ResourceType } from '@pipewright/plugin';
import { checkBridgeFilter } from './bridge-filter.js';
import { type Check, ifTried } from './check.js';
import { checkDevices } from './devices.js';
import { checkEngines } from './engines.js';
import { checkManagers } from './managers.js';
import type { Needs } from './needs.js';
import { checkPrograms } from './programs.js';
import { checkLibrary, checkRights } from './rights.js';
import { checkTrials } from './trials.js';

/** What a host is checked with, and for. */
export interface Examination {
  readonly commands: Commands;
  readonly engines: Engines;
  readonly known: readonly KnownEngine[];
  readonly deviceKinds: readonly DeviceKind[];
  readonly programs: readonly ProgramNeed[];
  readonly types: readonly ResourceType[];
  readonly needs: Needs;
  /** Absent: the machine that we run on. */
  readonly far?: HostTarget | undefined;
}

/** Everything is tried by doing it, where that leaves nothing behind. */
export async function checkHost(it: Examination): Promise<readonly Check[]> {
  const { commands, engines, known, deviceKinds, programs, types, needs, far } = it;
  const [rights, found, devices, trials, asked, filter, managers] = await Promise.all([
    checkRights(commands, far),
    checkPrograms(commands, programs, far !== undefined),
    checkDevices(commands, deviceKinds, needs),
    checkTrials(commands, types, needs.resources),
    checkEngines(known, engines, needs.nodeKinds),
    checkBridgeFilter(commands),
    checkManagers(needs, commands),
  ]);
  const own = far ? [{ name: 'ssh', ok: true, essential: true, detail: far.ssh }] : [];
  const library = far ? [] : [await checkLibrary()];
  return [
    ...own,
    ...rights,
    ...library,
    ...found,
    ...[...devices, ...trials].map(ifTried),
    ...asked,
    filter,
    ...managers,
  ];
}
