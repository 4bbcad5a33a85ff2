/** Runs words in the place of itself, and meanwhile asks whether they serve; `ready` tells the rest of us where the log is. */
export const RUN_SCRIPT = `#!/bin/sh
# Written by pipewright. Runs a program of a node; what it says is in the log beside this file.
{
  if [ -e probe ]; then
    until ./probe; do sleep 0.1; done
  else
    sleep 0.3
  fi > probed 2>&1
  echo "log=$PWD/log" > ready
} &
exec "$@"
`;

export const probeScript = (words: readonly string[]): string =>
  `#!/bin/sh\nexec ${words.map((it) => `'${it.replaceAll("'", "'\\''")}'`).join(' ')}\n`;
