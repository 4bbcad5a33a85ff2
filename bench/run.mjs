// Ratios of whole processes, measured in one run: absolute times differ from machine to machine, these hardly do.
//   npm run bench [-- NODES]        (root; everything is made in a network namespace of its own)
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SANDBOX = 'PIPEWRIGHT_BENCH_SANDBOX';

if (process.env[SANDBOX] === undefined) {
  const set =
    'mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/netns && ip link set dev lo up && exec "$@"';
  const words = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', set, 'sh'];
  const { status } = spawnSync('unshare', [...words, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [SANDBOX]: '1', NO_COLOR: '1' },
  });
  process.exit(status ?? 1);
}

const nodes = Number(process.argv[2] ?? 50);
const cli = [process.execPath, `${root}packages/cli/bin/pipewright.cjs`];
const topology = JSON.stringify({
  name: 'bench',
  networks: { lan: { kind: 'bridge', subnet: '10.200.0.0/16', address: '10.200.0.1/16' } },
  nodes: Object.fromEntries(Array.from({ length: nodes }, (_, i) => [`n${i}`, { networks: ['lan'] }])),
});

/** The same by hand: one `ip` process an operation, as most scripts do it. */
const byHand = {
  up: [
    'ip link add name br0 type bridge; ip addr add 10.200.0.1/16 dev br0; ip link set dev br0 up',
    `for i in $(seq 0 ${nodes - 1}); do`,
    '  ip netns add bench-n$i; ip -n bench-n$i link set dev lo up',
    '  ip link add name h$i type veth peer name eth0 netns bench-n$i; ip link set dev h$i master br0; ip link set dev h$i up',
    `  ip -n bench-n$i addr add 10.200.$(((i + 2) / 256)).$(((i + 2) % 256))/16 dev eth0; ip -n bench-n$i link set dev eth0 up`,
    '  ip -n bench-n$i route add default via 10.200.0.1; done',
  ].join('\n'),
  down: `for i in $(seq 0 ${nodes - 1}); do ip link del dev h$i; ip netns del bench-n$i; done; ip link del dev br0`,
};

function timed(argv, input) {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { input, encoding: 'utf8' });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return ms;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const sample = (times, run) => median(Array.from({ length: times }, run));

/** Addresses and default routes of all nodes: what both ways must end in. */
function endState() {
  const names = readdirSync('/run/netns')
    .filter((it) => it.startsWith('bench-'))
    .sort();
  return names.map((name) => {
    const say = (...words) => spawnSync('ip', ['-n', name, '-o', ...words], { encoding: 'utf8' }).stdout;
    const [, address] = /inet (\S+)/.exec(say('-4', 'addr', 'show', 'dev', 'eth0')) ?? [];
    return `${name} ${address} ${/^default via \S+/.exec(say('route'))?.[0]}`;
  });
}

const pipewright = (...words) => timed([...cli, ...words, '-f', '-', '--yes', '--quiet'], topology);
const shell = (script) => timed(['sh', '-ec', script]);

const node = sample(9, () => timed([process.execPath, '-e', '0']));
const version = sample(9, () => timed([...cli, '--version']));
const help = sample(5, () => timed([...cli, '--help']));

const handUp = shell(byHand.up);
const wanted = endState();
const handDown = shell(byHand.down);
const up = pipewright('up');
const same = JSON.stringify(endState()) === JSON.stringify(wanted);
const again = sample(3, () => pipewright('up'));
const down = pipewright('down');
if (!same || endState().length > 0) throw new Error('the two ways do not end in the same state');

const rows = [
  ['--version / node -e 0', version, node],
  ['--help / node -e 0', help, node],
  [`up, ${nodes} nodes on a bridge / one ip process an operation`, up, handUp],
  [`up again, nothing to do, ${nodes} nodes / node -e 0`, again, node],
  [`down, ${nodes} nodes / one ip process an operation`, down, handDown],
];
const width = Math.max(...rows.map(([what]) => what.length));
for (const [what, ours, other] of rows)
  console.log(
    `${what.padEnd(width)}  ${(ours / other).toFixed(2).padStart(6)}  (${ours.toFixed(0)} / ${other.toFixed(0)} ms)`,
  );
