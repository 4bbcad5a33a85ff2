import { exec, type ExecOp, type Found, type QdiscAttrs, type Resource, resourceType, z } from '@pipewright/plugin';
import { nameOf } from './iproute2.js';

/**
 * What tc shows is not what it was given: rates are rounded, defaults filled in. So what a device has is compared with what
 * one that was never used has after the same lines: `lo` of a namespace of its own, with the MTU and the queue of the other.
 * Lines that it does not take, as they name a third device, are not compared: there anything will do.
 *
 * Arguments: of each device NUMBER NAME, and two batches for tc: what shows all of it, and what makes `lo` so and shows that.
 * Printed of one whose queueing somebody chose: `= NUMBER has` and all that is shown, `= NUMBER wanted` and all of `lo`. That
 * takes five processes, as every one counts where hundreds of nodes are looked at.
 */
const READ = `
is_chosen() {
  while read -r kind _ handle _; do [ "$kind" = qdisc ] && [ "$handle" != 0: ] && return; done << END
$1
END
  return 1
}
look() {
  has=$(tc -batch - 2> /dev/null << END
$3
END
)
  is_chosen "$has" || return 0
  link=$(ip -o link show dev "$2")
  mtu=\${link#* mtu } queue=\${link#* qlen }
  printf '= %s has\\n%s\\n= %s wanted\\n' "$1" "$has" "$1"
  unshare --net sh -c 'ip link set dev lo mtu "$1" txqueuelen "$2" up && exec tc -batch -' sh "\${mtu%% *}" "\${queue%%[!0-9]*}" 2> /dev/null << END
$4
END
}
while [ "$#" -gt 3 ]; do look "$@"; shift 4; done
exit 0`;

type Wanted = Resource<QdiscAttrs>;

const onDevice = (commands: readonly string[], device: string): readonly string[] =>
  commands.map((it) => it.replace(/^\S+ \S+ /, `$&dev ${device} `));

/** The last ones are refused where nothing comes in by an ingress; then there is nothing to show of it either. */
const shows = (device: string): readonly string[] => [
  ...['qdisc', 'class', 'filter'].map((it) => `${it} show dev ${device}`),
  ...['ingress', 'egress'].map((it) => `filter show dev ${device} ${it}`),
];

const argvOf = (all: readonly Wanted[]): readonly string[] => [
  ...['sh', '-c', READ, 'sh'],
  ...all.flatMap(({ attrs: { dev, commands } }, index) => [
    ...[String(index), nameOf(dev)],
    ...[shows(nameOf(dev)), [...onDevice(commands, 'lo'), ...shows('lo')]].map((it) => it.join('\n')),
  ]),
];

/** Without the device, what counts on, handles that the kernel chose, and the queueing that it gives every device. */
const essence = (shown: readonly string[]): readonly string[] =>
  shown
    .filter((line) => line !== '' && !/^qdisc \S+ 0: /.test(line))
    .map((line) =>
      line
        .replace(/ dev \S+/, '')
        .replaceAll(/ (refcnt|direct_packets_stat|index|ref|bind) \d+/g, '')
        .replaceAll(/ [89a-f][0-9a-f]{3}:/g, ' *:')
        .trimEnd(),
    )
    .sort();

/** By `NUMBER has` and `NUMBER wanted`. */
function sectionsOf(stdout: string): ReadonlyMap<string, readonly string[]> {
  const parts = stdout.split(/^= /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [title = '', ...lines] = part.split('\n');
      return [title, essence(lines)] as const;
    }),
  );
}

/**
 * `commands` is what was asked for where that is what the device has, and else what tc shows. What cannot be compared may
 * be a mistake: where the device has what was asked for before, it has that.
 */
function read(stdout: string, all: readonly Wanted[]): readonly Found<QdiscAttrs>[] {
  const sections = sectionsOf(stdout);
  const found = new Map<string, Found<QdiscAttrs>>();
  const proven = new Set<string>();
  for (const [index, { key, attrs, within = [] }] of all.entries()) {
    const [has, wanted = []] = ['has', 'wanted'].map((it) => sections.get(`${String(index)} ${it}`));
    if (!has) continue;
    const isSame = has.join('\n') === wanted.join('\n');
    if (isSame) proven.add(key);
    if (isSame || (wanted.length === 0 && !proven.has(key))) found.set(key, { attrs, within });
    else if (!found.has(key)) found.set(key, { attrs: { ...attrs, commands: has }, within });
  }
  return [...found.values()];
}

/** `qdisc tbf *: root rate 10Mbit` as it may be given again; what cannot be is left for tc to refuse. */
const given = (line: string): string => line.replace(/^qdisc (\S+) \S+ root\b/, 'qdisc add root $1');

function addition({ on, attrs: { dev, commands } }: Wanted): ExecOp {
  const lines = onDevice(commands.map(given), nameOf(dev));
  return { ...exec(on, 'tc', '-batch', '-'), stdin: [...lines, ''].join('\n') };
}

const INGRESS = /^qdisc .*\b(ingress|clsact)\b/;

/** What hangs below a root goes with it. */
function removals({ on, attrs: { dev, commands } }: Wanted): readonly ExecOp[] {
  const roots = new Set(
    commands.flatMap((it) =>
      it.startsWith('qdisc ') ? [INGRESS.exec(it)?.[1] ?? (/\broot\b/.test(it) ? 'root' : '')] : [],
    ),
  );
  return [...roots].flatMap((it) => (it === '' ? [] : [exec(on, 'tc', 'qdisc', 'del', 'dev', nameOf(dev), it)]));
}

/** Queueing of a device, in tc's words. It goes with its device and carries no mark: ours is what we declared. */
export const qdisc = resourceType<QdiscAttrs>({
  type: 'qdisc',
  get attrs() {
    return z.object({ dev: z.object({ ref: z.string() }), commands: z.array(z.string()).readonly() });
  },
  classes: { dev: 'fixed' },
  name: ({ dev }) => nameOf(dev),
  queries: [],
  parse: () => [],
  point: (wanted, all = wanted) => ({ argv: argvOf(all), parse: (stdout) => read(stdout, all) }),
  write: ({ before, after }) => [...(before ? removals(before) : []), ...(after ? [addition(after)] : [])],
});
