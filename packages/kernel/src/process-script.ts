import { type ProcessOp, sha256 } from '@pipewright/plugin';

/** Its value is the mark of the helper that has it in its environment, and of that one's children. */
const VARIABLE = 'PIPEWRIGHT_PROCESS';

/** Where helpers have their folders, below the folder of our state. */
export const HELPERS = 'processes';

const FOLDER = `\${PIPEWRIGHT_STATE_DIR:-/run/pipewright}/${HELPERS}`;

/** A line that tells of a process that lives. */
export const ALIVE = new RegExp(`^/proc/(\\d+)/environ:${VARIABLE}=(.+)$`);

/** Of what one has said, the last lines that say something. */
const LAST_LINES = 3;
const LAST_WORDS = `grep -a . | uniq | tail -n ${LAST_LINES}`;

/** The end of a log that they are looked for in: bytes. */
const LOG_END = 2000;

/** What was started, with what is known of it; of one that is gone, its log and what that says last; and then which of it lives. */
export const READ_PROCESSES = `cd "${FOLDER}" 2> /dev/null && for it in *; do
  [ -f "$it/record" ] || continue
  printf 'record '; cat "$it/record"; echo
  [ ! -s "$it/pid" ] || sed 's/^/pid /' "$it/pid"
  [ ! -e "$it/ready" ] || { echo 'ready -'; sed 's/^/ready /' "$it/ready"; }
  pid= environ=
  { read -r pid < "$it/pid"; read -r environ < "/proc/$pid/environ"; } 2> /dev/null
  [ -z "$pid" ] || [ -n "$environ" ] || {
    echo "log $PWD/$it/log"
    tail -c ${LOG_END} "$it/log" 2> /dev/null | ${LAST_WORDS} | sed 's/^/said /'
  }
done
grep -zsHa '^${VARIABLE}=' /proc/[0-9]*/environ | tr '\\0' '\\n'`;

/** What reads the files of this machine, without a process. */
export interface FileView {
  /** Undefined where there is none that we may read. */
  readonly text: (path: string) => string | undefined;
  /** So many bytes from the end of a file that may be long; empty where there is none. */
  readonly end: (path: string, bytes: number) => string;
  readonly names: (folder: string) => readonly string[];
  /** Where helpers have their folders. */
  readonly helpers: string;
}

/** The same answer, in process. */
export function readProcesses({ text, end, names, helpers }: FileView): string {
  const records = names(helpers).flatMap((name) => {
    const [record, pid = '', ready] = ['record', 'pid', 'ready'].map((file) => text(`${helpers}/${name}/${file}`));
    if (record === undefined) return [];
    const facts = ready?.split('\n').filter((line) => line !== '') ?? [];
    const main = pid.trim();
    const log = `${helpers}/${name}/log`;
    const isGone = main !== '' && !text(`/proc/${main}/environ`);
    return [
      `record ${record}`,
      ...(main === '' ? [] : [`pid ${main}`]),
      ...(ready === undefined ? [] : ['-', ...facts]).map((line) => `ready ${line}`),
      ...(isGone ? [`log ${log}`, ...lastLines(end(log, LOG_END)).map((line) => `said ${line}`)] : []),
    ];
  });
  const alive = names('/proc').flatMap((pid) => {
    const environ = /^\d+$/.test(pid) ? text(`/proc/${pid}/environ`) : undefined;
    const marks = environ?.includes(`${VARIABLE}=`) ? environ.split('\0') : [];
    return marks.filter((it) => it.startsWith(`${VARIABLE}=`)).map((it) => `/proc/${pid}/environ:${it}`);
  });
  return [...records, ...alive].join('\n');
}

const lastLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line, index, all) => line !== '' && line !== all[index - 1])
    .slice(-LAST_LINES);

// TERM first, and three seconds later KILL.
const END = `pids() { grep -lzsFxa -e "${VARIABLE}=$mark" /proc/[0-9]*/environ | tr -dc '0-9\\n'; }
end() {
  for signal in TERM KILL; do
    tries=60
    kill -$signal $(pids) 2> /dev/null || :
    while [ -n "$(pids)" ]; do
      [ $tries -gt 0 ] || continue 2
      tries=$((tries - 1)); sleep 0.05
    done
    return 0
  done
  echo 'it does not end' >&2; return 1
}`;

// Words of a command that are paths in its folder, which we are in.
const EXPAND = `for word do
  shift
  case $word in ./*) word=$PWD/\${word#./} ;; esac
  set -- "$@" "$word"
done`;

/**
 * Words: mark, folder, record, file of the namespace, tenths of a second to wait, what is wrong if that is in vain, `once`,
 * `undo`, number of files; name and text of each; the command. A namespace that is found by a process is joined with that
 * one's pid namespace, where it has one of its own: the kernel ends the helper with the container then.
 */
const START = `set -u; umask 077
stop=; trap 'stop=1 otherwise=interrupted' TERM
mark=$1 dir="${FOLDER}/$2" record=$3 beside=$4 tenths=$5 otherwise=$6 once=$7 undo=$8 files=$9; shift 9
${END}
# While a program takes the place of another, it has no environment.
alive() {
  for turn in 1 2 3; do
    if grep -qzsFxa -e "${VARIABLE}=$mark" "/proc/$(cat pid)/environ"; then return 0; fi
    sleep 0.03
  done
  return 1
}
end && rm -rf "$dir" && mkdir -p "$dir" && cd "$dir" || exit
while [ "$files" -gt 0 ]; do
  printf %s "$2" > "$1" && chmod 700 "$1" || exit
  shift 2; files=$((files - 1))
done
printf %s "$record" > record || exit
${EXPAND}
join= run='"$@" < /dev/null >> log 2>&1 & echo $! > pid'
case $beside in /proc/[0-9]*/ns/net)
  [ "$(readlink "$beside")" = "$(readlink /proc/self/ns/net)" ] || { echo 'its container is gone' >&2; exit 1; }
  join="nsenter --pid=\${beside%net}pid --no-fork"
  # A container ends when all that was in its pid namespace is reaped, and not every init reaps: its parent stays for it.
  run="trap : TERM; $run"'; while kill -0 $! 2> /dev/null; do wait $!; done' ;;
esac
${VARIABLE}=$mark setsid $join sh -c "$run" sh "$@" < /dev/null > /dev/null 2>> log &
tries=100
while [ ! -s pid ] && [ $tries -gt 0 ]; do sleep 0.02; tries=$((tries - 1)); done
if [ "$tenths" = 0 ]; then sleep 0.1; alive && exit; otherwise='it has ended at once'; fi
while [ "$tenths" -gt 0 ] && [ -z "$stop" ] && [ ! -e ready ] && alive; do sleep 0.1; tenths=$((tenths - 1)); done
[ "$tenths" = 0 ] || [ -n "$stop" ] || otherwise='it has ended before it was ready'
[ -e ready ] || [ -n "$undo" ] || {
  said=$(${LAST_WORDS} < log | paste -sd '|' | sed 's/|/; /g')
  echo "$otherwise\${said:+: $said}" >&2
  end; cd /; rm -rf "$dir"; rmdir "\${dir%/*}" 2> /dev/null; exit 1
}
[ -z "$once" ] || end`;

/** Words: mark, folder, file of the namespace; the command for afterwards. */
const STOP = `set -u
mark=$1 dir="${FOLDER}/$2" beside=$3; shift 3
${END}
end || exit
if [ $# -gt 0 ] && [ -e "$beside" ] && cd "$dir" 2> /dev/null; then
  ${EXPAND}
  nsenter --net="$beside" timeout 5 "$@" > /dev/null 2>&1 < /dev/null || :
fi
cd /; rm -rf "$dir"; rmdir "\${dir%/*}" 2> /dev/null || :`;

export interface ProcessContext {
  /** The file of the namespace it runs in; undefined for the host's own, and for one that is gone. */
  readonly file: string | undefined;
  /** One that cannot become ready runs on all the same. */
  readonly undo: boolean;
}

/** The namespace that the host's helpers are in. */
const OWN = '/proc/self/ns/net';

const tenthsOf = (ms: number): string => String(Math.ceil(ms / 100));

/** The program that starts or ends a helper; that which starts one runs in its network namespace. */
export function renderProcess({ verb, attrs, within }: ProcessOp, { file, undo }: ProcessContext): readonly string[] {
  const { mark, argv, files = {}, ready, once, afterwards = [], state } = attrs;
  const common = [mark, folderOf(mark)];
  if (verb === 'stop') {
    const beside = attrs.node === undefined ? OWN : (file ?? '');
    return ['sh', '-c', STOP, 'sh', ...common, beside, ...afterwards];
  }
  const waits = state === 'waiting' ? undefined : ready;
  return [
    ...['sh', '-c', START, 'sh', ...common, JSON.stringify({ attrs, within }), file ?? ''],
    ...[tenthsOf(waits?.withinMs ?? 0), waits?.otherwise ?? '', once ? 'once' : '', undo ? 'undo' : ''],
    ...[String(Object.keys(files).length), ...Object.entries(files).flat()],
    ...argv,
  ];
}

/** Unlike a mark it has no slash in it, and is never too long. */
const folderOf = (mark: string): string => Buffer.from(sha256(mark)).toString('hex').slice(0, 16);
