import type { CommandResult, Commands, ProgramNeed } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';

interface Program {
  readonly name: string;
  readonly argv: readonly string[];
  readonly package: string;
  readonly essential: boolean;
}

const ANY = 'for it; do command -v "$it" && exit; done; echo none of "$@" >&2; exit 1';

const PROGRAMS: readonly Program[] = [
  { name: 'ip', argv: ['ip', '-V'], package: 'iproute2', essential: true },
  { name: 'nsenter', argv: ['nsenter', '--version'], package: 'util-linux', essential: true },
  { name: 'unshare', argv: ['unshare', '--version'], package: 'util-linux', essential: true },
  { name: 'sh', argv: ['sh', '-c', 'echo found'], package: 'dash', essential: true },
  { name: 'ping', argv: ['ping', '-V'], package: 'iputils-ping', essential: false },
];

/** By what one machine has another do its work, and keeps others from it meanwhile. */
const FAR_PROGRAMS: readonly Program[] = (
  [
    ['flock', 'util-linux'],
    ['setsid', 'util-linux'],
    ['stat', 'coreutils'],
    ['mkfifo', 'coreutils'],
    ['timeout', 'coreutils'],
  ] as const
).map(([name, pack]) => ({ name, argv: ['sh', '-c', ANY, 'sh', name], package: pack, essential: true }));

/** Our own, and those that do jobs for features. */
export async function checkPrograms(
  commands: Commands,
  needed: readonly ProgramNeed[],
  isFar: boolean,
): Promise<readonly Check[]> {
  const more = needed.map(({ name, anyOf, package: pack }) => {
    const argv = ['sh', '-c', ANY, 'sh', ...anyOf];
    return { name, argv, package: pack, essential: false };
  });
  const all = [...PROGRAMS, ...(isFar ? FAR_PROGRAMS : []), ...more];
  return Promise.all(all.map(async (it) => programCheck(it, await commands.run(it.argv))));
}

export function programCheck(
  { name, package: pack, essential }: Program,
  { code, stdout, stderr }: CommandResult,
): Check {
  const ok = code === 0;
  const detail = ok ? firstLine(stdout || stderr) : firstLine(stderr) || `ends with ${String(code)}`;
  return { name, ok, essential, detail, ...(ok ? {} : { package: pack }) };
}
