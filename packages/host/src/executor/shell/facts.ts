import { access, constants, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Commands, fail, type HostFacts, type Observed } from '@pipewright/plugin';
import { errors } from '../../errors.js';

const TOOLS = ['ip', 'nsenter', 'unshare', 'ping', 'tc', 'nft'];

/** What the host is, its devices aside. Throws where a program is missing that nothing works without. */
export async function readFacts(commands: Commands): Promise<Omit<HostFacts, 'devices'>> {
  const [version, machineId, found] = await Promise.all([
    ipVersion(commands),
    readMachineId(),
    Promise.all(TOOLS.map(isOnPath)),
  ]);
  const tools = Object.fromEntries(
    TOOLS.filter((_, index) => found[index]).map((tool) => [tool, tool === 'ip' ? version : '']),
  );
  return { machineId, kernel: release(), tools };
}

async function ipVersion(commands: Commands): Promise<string> {
  const { code, stdout } = await commands.run(['ip', '-V']);
  if (code !== 0) fail(errors.noTool('ip', 'iproute2'));
  return /iproute2-([^\s,]+)/.exec(stdout)?.[1] ?? stdout.trim();
}

/** Without a machine-id (containers) names hash the boot: they last as long as what they name. */
async function readMachineId(): Promise<string> {
  const files = ['/etc/machine-id', '/var/lib/dbus/machine-id', '/proc/sys/kernel/random/boot_id'];
  const texts = await Promise.all(files.map(async (file) => readFile(file, 'utf8').catch(() => '')));
  return texts.map((text) => text.trim()).find((text) => text !== '') ?? '';
}

async function isOnPath(tool: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const ends = await Promise.allSettled(folders.map(async (folder) => access(join(folder, tool), constants.X_OK)));
  return ends.some((end) => end.status === 'fulfilled');
}

export const devicesOf = (all: readonly Observed[]): HostFacts['devices'] =>
  all
    .filter((it) => it.type === 'device' && it.on.node === undefined)
    .map(({ attrs: { name, kind, mac, mtu } }) => ({
      name: String(name),
      kind: String(kind),
      ...(typeof mac === 'string' ? { mac } : {}),
      ...(typeof mtu === 'number' ? { mtu } : {}),
    }));
