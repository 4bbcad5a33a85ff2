import type { KnownEngine } from '@pipewright/host';
import type { Commands, DeviceKind, Engines, ProgramNeed } from '@pipewright/plugin';
import { checkBridgeFilter } from './bridge-filter.js';
import type { Check } from './check.js';
import { checkDevices } from './devices.js';
import { checkEngines } from './engines.js';
import { checkManagers } from './managers.js';
import type { Needs } from './needs.js';
import { checkPrograms } from './programs.js';
import { checkRights } from './rights.js';

/** What a host is checked with, and for. */
export interface Examination {
  readonly commands: Commands;
  readonly engines: Engines;
  readonly known: readonly KnownEngine[];
  readonly deviceKinds: readonly DeviceKind[];
  readonly programs: readonly ProgramNeed[];
  readonly needs: Needs;
}

/** Everything is tried by doing it, where that leaves nothing behind. */
export async function checkHost(it: Examination): Promise<readonly Check[]> {
  const { commands, engines, known, deviceKinds, programs, needs } = it;
  const checks = await Promise.all([
    checkRights(commands),
    checkPrograms(commands, programs),
    checkDevices(commands, deviceKinds, needs.deviceKinds),
    checkEngines(known, engines, needs.nodeKinds),
  ]);
  return [...checks.flat(), await checkBridgeFilter(commands), ...checkManagers(needs)];
}
