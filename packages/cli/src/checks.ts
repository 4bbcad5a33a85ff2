import type { CommandResult, Commands, DeviceKind } from '@pipewright/plugin';

/** One thing tried out. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Without it nothing works. */
  readonly essential: boolean;
  /** What was found: a version, or the words of what failed. */
  readonly detail: string;
  /** The Debian package that brings it. */
  readonly package?: string;
  readonly fix?: string;
}

interface Program {
  readonly name: string;
  readonly argv: readonly string[];
  readonly package: string;
  readonly essential: boolean;
}

const PROGRAMS: readonly Program[] = [
  { name: 'ip', argv: ['ip', '-V'], package: 'iproute2', essential: true },
  { name: 'nsenter', argv: ['nsenter', '--version'], package: 'util-linux', essential: true },
  { name: 'unshare', argv: ['unshare', '--version'], package: 'util-linux', essential: true },
  { name: 'sh', argv: ['sh', '-c', 'echo found'], package: 'dash', essential: true },
  { name: 'ping', argv: ['ping', '-V'], package: 'iputils-ping', essential: false },
];

const PROBE = 'pw-probe';

/** Everything is tried by doing it, each in a network namespace of its own that goes with the command. */
export async function checkHost(commands: Commands, kinds: readonly DeviceKind[]): Promise<readonly Check[]> {
  const names = [...new Set(kinds.map((it) => it.kind))].sort();
  return [
    rootCheck(process.getuid?.() === 0),
    ...(await Promise.all(PROGRAMS.map(async (it) => programCheck(it, await commands.run(it.argv))))),
    namespaceCheck(await commands.run(['unshare', '--net', 'true'])),
    ...deviceChecks(
      await Promise.all(names.map(async (kind) => deviceCheck(kind, await commands.run(tryDevice(kind))))),
    ),
  ];
}

const tryDevice = (kind: string): readonly string[] => [
  'unshare',
  '--net',
  'ip',
  'link',
  'add',
  'name',
  PROBE,
  'type',
  kind,
];

const rootCheck = (ok: boolean): Check => ({
  name: 'root',
  ok,
  essential: true,
  detail: ok ? 'yes' : 'no',
  ...(ok ? {} : { fix: 'run pipewright with sudo' }),
});

export function programCheck(
  { name, package: pack, essential }: Program,
  { code, stdout, stderr }: CommandResult,
): Check {
  const ok = code === 0;
  const detail = ok ? firstLine(stdout || stderr) : firstLine(stderr) || `ends with ${String(code)}`;
  return { name, ok, essential, detail, ...(ok ? {} : { package: pack }) };
}

const namespaceCheck = ({ code, stderr }: CommandResult): Check => ({
  name: 'network namespaces',
  ok: code === 0,
  essential: true,
  detail: code === 0 ? 'can be made' : firstLine(stderr),
  ...(code === 0 ? {} : { fix: 'run as root, outside a restricted container, on a kernel with CONFIG_NET_NS' }),
});

/** Each kind is one way to connect nodes; one at least must work. */
export const deviceChecks = (checks: readonly Check[]): readonly Check[] =>
  checks.some((it) => it.ok) ? checks : checks.map((it) => ({ ...it, essential: true }));

/** A kind that wants options is known too: iproute2 or the kernel then asks for them. */
export function deviceCheck(kind: string, { code, stderr }: CommandResult): Check {
  const ok = code === 0 || !/unknown device type|not supported|not permitted|not found|cannot|unshare/i.test(stderr);
  return {
    name: `devices of kind ${kind}`,
    ok,
    essential: false,
    detail: code === 0 ? 'can be made' : ok ? 'known to the kernel' : firstLine(stderr),
    ...(ok ? {} : { fix: `load the kernel module: modprobe ${kind}` }),
  };
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
