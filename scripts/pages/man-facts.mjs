/** What a manual says beside the table of commands. */

export const DESCRIPTION = [
  'Connects containers and network namespaces to networks and to each other, as one file says. It shows first what it would change, puts everything back if a change fails, and repairs what was broken by hand.',
  'The topology is the file given with -f, else the nearest pipewright.yaml.',
];

export const FILES = [
  [
    'pipewright.yaml',
    'the topology; looked for in the working directory and above it, also as .yml, .json, .ts, .mts, .mjs, .js, .pipewrightrc, and under the key pipewright of package.json',
  ],
  ['/run/pipewright', 'what was applied of each topology, and what commands had begun; goes with a reboot'],
  ['/var/lib/pipewright', 'the addresses that were allotted, so that nobody moves after a reboot'],
  [
    '/var/cache/pipewright',
    'compiled code of the program, for root; for others $XDG_CACHE_HOME/pipewright, or ~/.cache/pipewright',
  ],
];

export const ENVIRONMENT = [
  ['PIPEWRIGHT_STATE_DIR', 'a folder in place of both /run/pipewright and /var/lib/pipewright'],
  [
    'PIPEWRIGHT_CACHE_DIR',
    'a folder in place of that of compiled code, ours and not for others to write in; none where it is empty',
  ],
  ['PIPEWRIGHT_EXECUTOR', 'netlink or shell: how the kernel is talked to; chosen by itself where it is not set'],
  ['NO_COLOR, FORCE_COLOR', 'without colours; with colours, also where the output is no terminal'],
];

export const EXITS = [
  ['0', 'done'],
  ['1', 'failed, and everything is as it was before'],
  ['2', 'the input is wrong; nothing was touched'],
  ['3', 'something is not as declared (--check)'],
  ['4', 'the host lacks something; pipewright doctor says what'],
  ['5', 'failed, and something could not be undone; pipewright recover goes on'],
  ['130', 'interrupted, and everything is as it was before'],
];
