import type { CommandResult, Commands } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';

interface Program {
  readonly name: string;
  readonly argv: readonly string[];
  readonly package: string;
  readonly essential: boolean;
}

const ANY_CLIENT =
  'for it in udhcpc busybox dhclient dhcpcd; do command -v $it && exit; done; echo none of udhcpc, dhclient, dhcpcd >&2; exit 1';

const PROGRAMS: readonly Program[] = [
  { name: 'ip', argv: ['ip', '-V'], package: 'iproute2', essential: true },
  { name: 'nsenter', argv: ['nsenter', '--version'], package: 'util-linux', essential: true },
  { name: 'unshare', argv: ['unshare', '--version'], package: 'util-linux', essential: true },
  { name: 'sh', argv: ['sh', '-c', 'echo found'], package: 'dash', essential: true },
  { name: 'ping', argv: ['ping', '-V'], package: 'iputils-ping', essential: false },
  { name: 'DHCP client', argv: ['sh', '-c', ANY_CLIENT], package: 'udhcpc', essential: false },
];

export const checkPrograms = async (commands: Commands): Promise<readonly Check[]> =>
  Promise.all(PROGRAMS.map(async (it) => programCheck(it, await commands.run(it.argv))));

export function programCheck(
  { name, package: pack, essential }: Program,
  { code, stdout, stderr }: CommandResult,
): Check {
  const ok = code === 0;
  const detail = ok ? firstLine(stdout || stderr) : firstLine(stderr) || `ends with ${String(code)}`;
  return { name, ok, essential, detail, ...(ok ? {} : { package: pack }) };
}
