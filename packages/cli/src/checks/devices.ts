import type { CommandResult, Commands, DeviceKind } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';
import type { Needs } from './needs.js';

const PROBE = 'pw-probe';
const LOWER = 'pw-lower';

/** Each kind is tried by making one, in a network namespace of its own that goes with the command. */
export async function checkDevices(
  commands: Commands,
  kinds: readonly DeviceKind[],
  needs: Pick<Needs, 'deviceKinds' | 'deviceOptions'>,
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
  const known = plain.flatMap(({ it, result }) => (result.code === 0 ? [it] : []));
  return [
    ...deviceChecks(tried.map(({ it, result }) => deviceCheck(it.kind, result, needs.deviceKinds.has(it.kind)))),
    ...(await checkOptions(commands, known, needs.deviceOptions)),
  ];
}

/** What not every kernel that has the kind was built with. */
async function checkOptions(
  commands: Commands,
  kinds: readonly DeviceKind[],
  needed: ReadonlySet<string>,
): Promise<readonly Check[]> {
  const options = kinds.flatMap((it) =>
    Object.entries(it.attributes).flatMap(([field, { word, initial, config }]) =>
      config === undefined
        ? []
        : [{ it, config, id: `${it.kind} ${field}`, words: [word, initial === true ? '0' : '1'] }],
    ),
  );
  return Promise.all(
    options.map(async ({ it, config, id, words }): Promise<Check> => {
      const { code, stderr } = await commands.run([...tryPlain(it), ...words]);
      return {
        name: `${words[0]} of kind ${it.kind}`,
        ok: code === 0,
        essential: needed.has(id),
        detail: code === 0 ? 'can be set' : firstLine(stderr),
        ...(code === 0 ? {} : { fix: `use a kernel that was built with ${config}=y` }),
      };
    }),
  );
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
