import type { CommandResult, Commands, DeviceKind } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';

const PROBE = 'pw-probe';
const LOWER = 'pw-lower';

/** Each kind is tried by making one, in a network namespace of its own that goes with the command. */
export async function checkDevices(
  commands: Commands,
  kinds: readonly DeviceKind[],
  needed: ReadonlySet<string>,
): Promise<readonly Check[]> {
  const plain = await Promise.all(kinds.map(async (it) => ({ it, result: await commands.run(tryPlain(it)) })));
  const lower = plain.find(({ it, result }) => result.code === 0 && !it.tuntap)?.it.kind;
  const tried = await Promise.all(
    plain.map(async ({ it, result }) =>
      result.code === 0 || lower === undefined || isRefused(result)
        ? { it, result }
        : { it, result: await commands.run(tryOn(lower, it)) },
    ),
  );
  return deviceChecks(tried.map(({ it, result }) => deviceCheck(it.kind, result, needed.has(it.kind))));
}

const tryPlain = ({ kind, tuntap }: DeviceKind): readonly string[] => [
  ...['unshare', '--net', 'ip'],
  ...(tuntap ? ['tuntap', 'add', 'dev', PROBE, 'mode', 'tap'] : ['link', 'add', 'name', PROBE, 'type', kind]),
];

/** The first word is the kind of the lower device, the rest what is made on it. */
const ON_ANOTHER = `ip link add name ${LOWER} type "$1" && shift && ip link add link ${LOWER} name ${PROBE} type "$@"`;

/** Some are made on another device, or want a number. */
const tryOn = (lower: string, kind: DeviceKind): readonly string[] => [
  ...['unshare', '--net', 'sh', '-c', ON_ANOTHER, 'sh', lower, kind.kind],
  ...numbersOf(kind),
];

/** What a device has for good and takes a number: an id, a key, a port. */
export const numbersOf = ({ attributes }: DeviceKind): readonly string[] =>
  Object.values(attributes)
    .filter((it) => it.class === 'fixed' && it.schema.safeParse(1).success)
    .flatMap(({ word, write }) => [word, write?.(1) ?? '1']);

/** Each kind is one way to connect nodes; one at least must work. */
export const deviceChecks = (checks: readonly Check[]): readonly Check[] =>
  checks.some((it) => it.ok) ? checks : checks.map((it) => ({ ...it, essential: true }));

const isRefused = ({ stderr }: CommandResult): boolean =>
  /unknown device type|not supported|not permitted|not found|cannot|unshare/i.test(stderr);

/** A kind that wants more options than we know is there too: iproute2 or the kernel then asks for them. */
export function deviceCheck(kind: string, result: CommandResult, needed: boolean): Check {
  const made = result.code === 0;
  const ok = made || !isRefused(result);
  return {
    name: `devices of kind ${kind}`,
    ok,
    essential: needed,
    detail: made ? 'can be made' : ok ? 'known to the kernel' : firstLine(result.stderr),
    ...(ok
      ? {}
      : {
          fix: `install its module: modprobe rtnl-link-${kind} says what is missing; Debian has it in linux-image-amd64, Ubuntu in linux-modules-extra-$(uname -r)`,
        }),
  };
}
