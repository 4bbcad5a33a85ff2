import type { Program } from '../../ssh/framed.js';
import { MACHINE_ID_FILES } from '../survey/facts.js';
import { NAMED } from '../survey/locate.js';
import { hex } from './relay-lines.js';

// What another host is asked besides its kernel: a program, and what the relay is told, which prints the same.

/** Who we are there, and which machine it is. */
export const GREETING: Program = {
  argv: [
    ...['sh', '-c'],
    'read -r boot < /proc/sys/kernel/random/boot_id; echo "$(id -u) $boot $(stat -Lc %i /proc/self/ns/net)"',
  ],
  relay: 'greeting',
};

/** Which process the shell is. */
export const SELF: Program = { argv: ['pw_self'], own: true, relay: 'self' };

/** A line with the name of each and the number of its bytes, then the bytes. */
export const notesIn = (folder: string): Program => ({
  argv: [
    ...['sh', '-c'],
    'cd "$1" 2> /dev/null || exit 0; for it in *.jsonl; do if [ -f "$it" ]; then echo "$(wc -c < "$it") $it"; cat -- "$it"; fi; done',
    ...['sh', folder],
  ],
  relay: `notes ${hex(folder)}`,
});

const KEEP = `
umask 077
mkdir -p "\${1%/*}"
cat > "$1.new"
sync "$1.new" 2> /dev/null || sync
mv "$1.new" "$1"`;

/** By the time that this is done it is in its place, and a crash of the host does not take it back. */
export const keep = (file: string, text: string): Program => ({
  argv: ['sh', '-euc', KEEP, 'sh', file],
  input: text,
  relay: `keep ${hex(file)}`,
});

export const forget = (file: string): Program => ({
  argv: ['rm', '-f', '--', file],
  relay: `forget ${hex(file)}`,
});

const LOOK = `
tools=$1
shift
echo "own $(stat -Lc %d:%i /proc/self/ns/net)"
echo "user $(id -u)"
read -r it < /proc/sys/kernel/osrelease && echo "kernel $it"
for it in ${MACHINE_ID_FILES.join(' ')}; do
  id=
  read -r id 2> /dev/null < "$it"
  if [ -n "$id" ]; then echo "machine $id"; break; fi
done
for it in $tools; do if command -v "$it" > /dev/null; then echo "tool $it"; fi; done
for it; do if [ -e "$it" ]; then echo "path $it"; fi; done
if cd ${NAMED} 2> /dev/null; then stat -Lc 'name %d:%i %n' -- * 2> /dev/null; fi
true`;

/** A line for each thing that is found: its word, then what is found of it. */
export function lookAt(tools: readonly string[], paths: readonly string[]): Program {
  const words = { tool: tools, path: paths, id: MACHINE_ID_FILES, names: [NAMED] };
  const relayed = Object.entries(words).flatMap(([word, all]) => all.map((it) => `${word}:${hex(it)}`));
  return { argv: ['sh', '-c', LOOK, 'sh', tools.join(' '), ...paths], relay: ['machine', ...relayed].join(' ') };
}

/** Nothing, where it is not there. */
export const textOf = (file: string): Program => ({ argv: ['cat', '--', file], relay: `text ${hex(file)}` });

export const identityOf = (path: string): Program => ({
  argv: ['stat', '-Lc', '%d:%i', '--', path],
  relay: `identity ${hex(path)}`,
});
