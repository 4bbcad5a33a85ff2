import { type Commands, fail, parseIp } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Flow } from './flow.js';
import { parseTrace, type TraceStep } from './trace.js';

/** What the one who sent a probe saw: who is there may answer, say that nobody listens, or be silent. */
export type Answer = 'answered' | 'refused' | 'silent' | 'unreachable';

export interface Probed {
  readonly answer: Answer;
  readonly steps: readonly TraceStep[];
}

/**
 * One connection, or some datagrams, of which one may be lost, and what comes back within a moment. Prints a word. What is not
 * reached is tried once more: whoever looked for the neighbour in vain just before is told so without another question.
 */
const PROBE = `
const [protocol, address, port] = process.argv.slice(1);
const end = (word) => { console.log(word); process.exit(0); };
let tries = 2, timer;
const again = (send) => { clearTimeout(timer); timer = setTimeout(() => end('silent'), 1500); send(); };
const failing = (send) => ({ code }) => {
  if (code === 'ECONNREFUSED') end('refused');
  (tries -= 1) > 0 ? again(send) : end('unreachable');
};
if (protocol === 'udp') {
  const socket = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const send = () => socket.send('');
  socket.on('error', failing(send)).on('message', () => end('answered'));
  socket.connect(+port, address, () => { again(send); setInterval(send, 300); });
} else {
  const connect = () => require('node:net').connect({ host: address, port: +port }).on('error', failing(connect)).on('connect', () => end('answered'));
  again(connect);
}`;

/**
 * Has the packets of a flow, and the answers to them, traced while a command sends some: a table of ours in each family sets
 * the mark for that (nft(8), meta nftrace). Words: the rules, the command. Prints what the command does, then the trace. That
 * somebody listens to traces shows among the kernel's sockets: NFNLGRP_NFTRACE of NETLINK_NETFILTER. All goes again, however it
 * ends.
 */
const TRACE = `
rules=$1; shift
away() { for it in inet bridge; do nft delete table $it pipewright_trace 2> /dev/null; done; }
dir=$(mktemp -d) || exit
end() { away; [ -z "\${monitor-}" ] || kill $monitor; rm -rf "$dir"; }
trap end EXIT; trap 'exit 1' INT TERM HUP
away
printf '%s' "$rules" | cat | nft -f - || exit 1
nft monitor trace > "$dir/trace" 2> /dev/null & monitor=$!
tries=200
until grep -Eq '^[^ ]+ +12 +[0-9]+ +[0-9a-f]{5}[13579bdf]' /proc/net/netlink; do
  [ $((tries -= 1)) -gt 0 ] && kill -0 $monitor || exit 1
  sleep 0.02
done
"$@"
sleep 0.1
cat "$dir/trace"`;

const FIRST = -450; // before what is raw (-300): nobody has judged it yet

/** Where neighbours do not find each other no packet is sent: who asks for the address, and the answer. */
const discoveryOf = ({ family, address }: Flow): readonly string[] =>
  family === 4
    ? [`arp daddr ip ${address} meta nftrace set 1`, `arp saddr ip ${address} meta nftrace set 1`]
    : [
        // The target behind 8 bytes of header (RFC 4861, 4.3): older versions of nft have no word for it.
        `icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } @th,64,128 0x${hexOf(address)} meta nftrace set 1`,
      ];

const hexOf = (address: string): string => (parseIp(address)?.value ?? 0n).toString(16).padStart(32, '0');

const rulesOf = (flow: Flow): string => {
  const { family, address, port, protocol } = flow;
  const ip = family === 4 ? 'ip' : 'ip6';
  const mark = [
    `${ip} daddr ${address} ${protocol} dport ${port} meta nftrace set 1`,
    `${ip} saddr ${address} ${protocol} sport ${port} meta nftrace set 1`,
  ].join('\n');
  const chain = (hook: string, ...more: readonly string[]): string =>
    `chain ${hook} {\ntype filter hook ${hook} priority ${FIRST}; policy accept;\n${[mark, ...more].join('\n')}\n}`;
  return [
    `table bridge pipewright_trace {\n${chain('prerouting', ...discoveryOf(flow))}\n}`,
    `table inet pipewright_trace {\n${chain('prerouting')}\n${chain('output')}\n}`,
    '',
  ].join('\n');
};

/** `within`: the words that run a command in the network namespace of the sender. */
export async function probe(
  flow: Flow,
  within: (argv: readonly string[]) => readonly string[],
  commands: Commands,
): Promise<Probed> {
  const argv = within([process.execPath, '-e', PROBE, flow.protocol, flow.address, String(flow.port)]);
  const { code, stdout, stderr } = await commands.run(['sh', '-c', TRACE, 'sh', rulesOf(flow), ...argv]);
  if (code !== 0) fail(errors.flowUntraced(stderr.trim()));
  const [answer = '', ...lines] = stdout.split('\n');
  return { answer: answerOf(answer), steps: parseTrace(lines.join('\n')) };
}

const answerOf = (word: string): Answer =>
  (['answered', 'refused', 'unreachable'] as const).find((it) => it === word) ?? 'silent';
