import {
  defaultOfSysctl,
  type Found,
  parseIp,
  type Resource,
  resourceType,
  type SysctlAttrs,
  z,
} from '@pipewright/plugin';

/**
 * `net.ipv4.ip_forward` → `net/ipv4/ip_forward`, below /proc/sys, and back. As in sysctl(8) a slash between dots is a dot of
 * a device's name: `net.ipv4.conf.eth0/30.forwarding`.
 */
export const sysctlPath = (name: string): string => name.replaceAll(/[./]/g, (it) => (it === '.' ? '/' : '.'));

// Prints those that exist, one a line. Names are of our own grammar, and arguments besides.
const READ = 'for it do [ ! -r "/proc/sys/$it" ] || printf \'%s=%s\\n\' "$it" "$(cat "/proc/sys/$it")"; done';

const sameWords = (text: unknown): string => String(text).trim().split(/\s+/).join(' ');

/** As the kernel reads a number (strtoul of base 0) and prints an IPv6 address, in full or not. */
function meantBy(word: string): string {
  if (/^0[0-7]+$/.test(word)) return String(Number.parseInt(word, 8));
  if (/^(0x[0-9a-f]+|-?[0-9]+)$/i.test(word)) return String(BigInt(word));
  return parseIp(word)?.address ?? word;
}

const isSame = (wanted: unknown, found: unknown): boolean => {
  const [one, other] = [wanted, found].map((it) => sameWords(it).split(' ').map(meantBy).join(' '));
  return one === other;
};

/** Names to ask for, with what tells how they were. */
const asked = (wanted: readonly Resource<SysctlAttrs>[]): readonly string[] => [
  ...new Set(wanted.flatMap(({ attrs: { name } }) => [name, defaultOfSysctl(name) ?? name])),
];

/** One of a device goes with that: who asks knows which. */
function found(
  { attrs: { name }, within }: Resource<SysctlAttrs>,
  values: ReadonlyMap<string, string>,
): readonly Found<SysctlAttrs>[] {
  const [value, initial] = [values.get(name), values.get(defaultOfSysctl(name) ?? '')];
  if (value === undefined) return [];
  const facts = initial === undefined ? {} : { facts: { default: sameWords(initial) } };
  return [{ attrs: { name, value: sameWords(value) }, ...(within ? { within } : {}), ...facts }];
}

const pairOf = (line: string): readonly (readonly [string, string])[] => {
  const [path, value] = [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)];
  return path === '' ? [] : [[sysctlPath(path), value]];
};

/** A kernel parameter of a namespace. It is never made nor removed, and nothing marks it: the ledger says whose it is. */
export const sysctl = resourceType<SysctlAttrs>({
  type: 'sysctl',
  get attrs() {
    return z.object({
      // No `..`, no part that begins with a dot: the name becomes a path.
      name: z
        .string()
        .regex(/^net(\.[A-Za-z0-9_-][A-Za-z0-9_:@/-]*)+$/, 'a kernel parameter below net: net.ipv4.ip_forward'),
      value: z.string(),
    });
  },
  classes: { name: 'fixed' },
  lasting: true,
  name: ({ name }) => name,
  queries: [],
  parse: () => [],
  point: (wanted) => {
    const foundIn = (values: ReadonlyMap<string, string>) => wanted.flatMap((it) => found(it, values));
    const names = asked(wanted);
    const fileOf = (name: string): string => `/proc/sys/${sysctlPath(name)}`;
    return {
      files: names.map(fileOf),
      argv: ['sh', '-c', READ, 'sh', ...names.map(sysctlPath)],
      parse: (stdout) => foundIn(new Map(stdout.split('\n').flatMap(pairOf))),
      direct: ({ text }) => {
        return foundIn(
          new Map(
            names.flatMap((name) => {
              const value = text(fileOf(name));
              return value === undefined ? [] : [[name, value] as const];
            }),
          ),
        );
      },
    };
  },
  byItself: (it) => {
    const value = it.facts?.['default'];
    return value === undefined ? undefined : { ...it, attrs: { ...it.attrs, value } };
  },
  write: ({ after, on }) => (after ? [{ op: 'sysctl', on, name: after.attrs.name, value: after.attrs.value }] : []),
  // The kernel prints several numbers with tabs between them.
  equal: (field, wanted, found) => field === 'value' && isSame(wanted, found),
});
