import { type Found, type Resource, resourceType, type SysctlAttrs, z } from '@pipewright/plugin';

/** `net.ipv4.ip_forward` → `net/ipv4/ip_forward`, below /proc/sys. */
export const sysctlPath = (name: string): string => name.replaceAll('.', '/');

// Prints those that exist, one a line. Names are of our own grammar, and arguments besides.
const READ = 'for it do [ ! -r "/proc/sys/$it" ] || printf \'%s=%s\\n\' "$it" "$(cat "/proc/sys/$it")"; done';

const sameWords = (text: unknown): string => String(text).trim().split(/\s+/).join(' ');

function read(line: string): readonly Found<SysctlAttrs>[] {
  const [path, value] = [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)];
  return path === '' ? [] : [{ attrs: { name: path.replaceAll('/', '.'), value: sameWords(value) } }];
}

const valueOf = (name: string, value: string | undefined): readonly Found<SysctlAttrs>[] =>
  value === undefined ? [] : [{ attrs: { name, value: sameWords(value) } }];

/** One of a device goes with that: who asks knows which. */
const placed = (
  found: readonly Found<SysctlAttrs>[],
  wanted: readonly Resource<SysctlAttrs>[],
): readonly Found<SysctlAttrs>[] =>
  found.map((it) => {
    const within = wanted.find(({ attrs }) => attrs.name === it.attrs.name)?.within;
    return within ? { ...it, within } : it;
  });

/** A kernel parameter of a namespace. It is never made nor removed, and nothing marks it: the ledger says whose it is. */
export const sysctl = resourceType<SysctlAttrs>({
  type: 'sysctl',
  get attrs() {
    return z.object({
      // No slash, no `..`: the name becomes a path.
      name: z.string().regex(/^net(\.[A-Za-z0-9_-]+)+$/, 'a kernel parameter below net: net.ipv4.ip_forward'),
      value: z.string(),
    });
  },
  classes: { name: 'fixed' },
  lasting: true,
  name: ({ name }) => name,
  queries: [],
  parse: () => [],
  point: (wanted) => ({
    argv: ['sh', '-c', READ, 'sh', ...wanted.map(({ attrs }) => sysctlPath(attrs.name))],
    parse: (stdout) => placed(stdout.split('\n').flatMap(read), wanted),
    direct: ({ text }) => {
      const textOf = (name: string): string | undefined => text(`/proc/sys/${sysctlPath(name)}`);
      const found = wanted.flatMap(({ attrs: { name } }) => valueOf(name, textOf(name)));
      return placed(found, wanted);
    },
  }),
  write: ({ after, on }) => (after ? [{ op: 'sysctl', on, name: after.attrs.name, value: after.attrs.value }] : []),
  // The kernel prints several numbers with tabs between them.
  equal: (field, wanted, found) => field === 'value' && sameWords(wanted) === sameWords(found),
});
