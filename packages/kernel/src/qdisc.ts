import { exec, type ExecOp, type Found, type QdiscAttrs, type Resource, resourceType, z } from '@pipewright/plugin';
import { nameOf } from './iproute2.js';

/**
 * What tc shows is not what it was given: rates are rounded, defaults filled in. So what a device has is compared with what
 * one that was never used has after the same lines: `lo` of a namespace of its own, with the MTU and the queue of the other.
 * Lines that it does not take, as they name a third device, are not compared: there anything will do. Left out is what counts
 * on, and handles that the kernel chose.
 *
 * Arguments: this text, and NUMBER DEVICE LINES of each. Printed: `NUMBER same`, or `NUMBER has LINE` of all that is shown.
 */
const READ = String.raw`
shown() {
  tc qdisc show dev "$1" 2> /dev/null | grep -v '^qdisc [^ ]* 0: ' > /dev/null || return 0
  {
    tc qdisc show dev "$1" | grep -v '^qdisc [^ ]* 0: '
    tc class show dev "$1"
    for at in "" ingress egress; do tc filter show dev "$1" $at; done
  } 2> /dev/null | sed -E 's/ dev [^ ]+//; s/ (refcnt|direct_packets_stat|index|ref|bind) [0-9]+//g; s/ [89a-f][0-9a-f]{3}:/ *:/g; s/ +$//' | sort
}
new() {
  ip link set dev lo mtu "$1" txqueuelen "$2" up
  printf '%s\n' "$3" | sed -E 's/^([a-z]+ [a-z]+) /\1 dev lo /' | tc -batch - > /dev/null 2>&1 && shown lo
}
look() {
  has=$(shown "$2")
  [ -n "$has" ] || return 0
  link=$(ip -o link show dev "$2")
  mtu=$(printf %s "$link" | sed -E 's/.* mtu ([0-9]+).*/\1/') queue=$(printf %s "$link" | sed -E 's/.* qlen ([0-9]+).*/\1/')
  if wanted=$(unshare --net sh -c "$text" sh "$text" new "$mtu" "$queue" "$3") && [ "$has" != "$wanted" ]
  then printf '%s\n' "$has" | sed "s/^/$1 has /"
  else echo "$1 same"
  fi
}
text=$1
shift
if [ "$1" = new ]; then shift; new "$@"; exit; fi
while [ "$#" -gt 2 ]; do look "$@"; shift 3; done`;

type Wanted = Resource<QdiscAttrs>;

const argvOf = (all: readonly Wanted[]): readonly string[] => [
  ...['sh', '-c', READ, 'sh', READ],
  ...all.flatMap(({ attrs: { dev, commands } }, index) => [String(index), nameOf(dev), commands.join('\n')]),
];

/** `commands` is what was asked for where that is what the device has, and else what tc shows. */
function read(stdout: string, all: readonly Wanted[]): readonly Found<QdiscAttrs>[] {
  const said = stdout.split('\n').map((line) => line.split(' '));
  const found = new Map<string, Found<QdiscAttrs>>();
  for (const [index, { key, attrs, within = [] }] of all.entries()) {
    const own = said.filter(([number]) => number === String(index));
    const isSame = own.some(([, word]) => word === 'same');
    const shown = own.flatMap(([, word, ...line]) => (word === 'has' ? [line.join(' ')] : []));
    if (isSame) found.set(key, { attrs, within });
    else if (shown.length > 0 && !found.has(key)) found.set(key, { attrs: { ...attrs, commands: shown }, within });
  }
  return [...found.values()];
}

/** `qdisc tbf *: root rate 10Mbit` as it may be given again; what cannot be is left for tc to refuse. */
const given = (line: string): string => line.replace(/^qdisc (\S+) \S+ root\b/, 'qdisc add root $1');

function addition({ on, attrs: { dev, commands } }: Wanted): ExecOp {
  const lines = commands.map((it) => given(it).replace(/^\S+ \S+ /, `$&dev ${nameOf(dev)} `));
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
