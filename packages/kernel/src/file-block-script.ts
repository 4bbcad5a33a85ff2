import type { FileBlockOp } from '@pipewright/plugin';

const HEAD = 'f=$1 t=$2; b="# BEGIN pipewright:$t" e="# END pipewright:$t"';
// The text without the block, to the last line break.
const REST = 'rest=$(sed "/^$b\\( .*\\)\\{0,1\\}\\$/,/^$e\\$/d" "$f"; echo x); rest=${rest%x}';
const OLD = 'old=$(sed -n "/^$b\\( .*\\)\\{0,1\\}\\$/{p;q;}" "$f")';
const HASH = '$(printf %s "$rest" | sha256sum | cut -c 1-16)';

const WRITE = `${HEAD} from=$3; shift 3
if [ -e "$f" ]; then
  ${OLD}; ${REST}
  [ -n "$old" ] || old=$b
  [ -z "$(printf %s "$rest" | tail -c 1)" ] || { rest="$rest
"; old="$old joined"; }
else
  umask 022 # what runs in a node as somebody else reads it too
  mkdir -p "\${f%/*}"
  rest=$([ -z "$from" ] || cat "$from"; echo x); rest=\${rest%x}
  old="$b made ${HASH}\${from:+ from $from}"
fi
{ printf %s "$rest"; printf '%s\\n' "$old" "$@" "$e"; } > "$f"`;

const REMOVE = `${HEAD}
[ -e "$f" ] || exit 0
${OLD}; ${REST}
last=$(tail -n 1 "$f")
case $old in
  *" made ${HASH}"*) rm "$f"; d=\${f%/*}
    while case $d in /etc/netns* | /run/pipewright*) rmdir "$d" 2> /dev/null ;; *) false ;; esac; do d=\${d%/*}; done ;;
  *" joined") [ "$last" != "$e" ] || rest=\${rest%?}; printf %s "$rest" > "$f" ;;
  *) printf %s "$rest" > "$f" ;;
esac`;

/** The words that do by hand, with no rivals about, what the op does; the file is that of the first argument. */
export const renderFileBlock = ({ topology, lines, copyOf = '' }: FileBlockOp): readonly [string, readonly string[]] =>
  lines === undefined ? [REMOVE, [topology]] : [WRITE, [topology, copyOf, ...lines]];
