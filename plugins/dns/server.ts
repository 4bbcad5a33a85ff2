import type { ProcessSpec } from '@pipewright/plugin';
import type { Names } from './names.js';

/** dnsmasq says that it has started once it has its sockets; what it says is the log. */
const SCRIPT = `#!/bin/sh
# Written by pipewright. Runs dnsmasq, notes beside this file when it serves, and ends with it.
cd "\${0%/*}" || exit
dnsmasq --keep-in-foreground --conf-file="$PWD/conf" 2>&1 | while IFS= read -r line; do
  printf '%s\\n' "$line"
  case $line in *': started, version'*) echo "serves=$1" > ready.new && mv ready.new ready ;; esac
done
`;

/** Seconds that it is given to start. */
const PATIENCE_MS = 10_000;

/** A resolver at these addresses of the host. */
export const server = (
  addresses: readonly string[],
  names: Names,
  forward: boolean | readonly string[],
): Pick<ProcessSpec, 'argv' | 'files' | 'ready'> => ({
  argv: ['./script', addresses.join(' ')],
  files: { script: SCRIPT, conf: configuration(addresses, names, forward) },
  ready: { withinMs: PATIENCE_MS, otherwise: 'dnsmasq does not serve: its log says why' },
});

/** See dnsmasq(8). Nothing of the host's own configuration is read. */
const configuration = (addresses: readonly string[], names: Names, forward: boolean | readonly string[]): string =>
  [
    // As soon as an address is there, and by no other address.
    'bind-dynamic',
    ...addresses.map((it) => `listen-address=${it}`),
    'log-facility=-',
    'pid-file=',
    'no-hosts',
    // Names without a dot are ours to answer, whether there is such a one or not.
    'domain-needed',
    ...[...names].map(([name, all]) => `host-record=${[name, ...firstOfEach(all)].join(',')}`),
    ...(forward === true ? [] : ['no-resolv']),
    ...(Array.isArray(forward) ? (forward as readonly string[]).map((it) => `server=${it}`) : []),
    '',
  ].join('\n');

/** It takes one address a family. */
const firstOfEach = (addresses: readonly string[]): readonly string[] =>
  [false, true].flatMap((is6) => addresses.find((it) => it.includes(':') === is6) ?? []);
