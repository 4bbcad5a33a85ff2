import { isDeepStrictEqual } from 'node:util';
import { onSandbox, type Sandbox, type Snapshot } from '@pipewright/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAMAGES, topologies, WORLD } from './random-topologies.js';

const SEED = Number(process.env['SEED'] ?? 1);
const ROUNDS = Number(process.env['ROUNDS'] ?? 3);

/** From 0 to below 1. */
const fraction = fc.integer({ min: 0, max: 999 }).map((it) => it / 1000);

const rounds = fc.record({
  from: topologies,
  to: topologies,
  /** A nic is attached in between. */
  attached: fc.boolean(),
  /** When `up` is killed, of the time that it takes. */
  moment: fraction,
  /** What is done by hand, and which of the devices to. */
  damages: fc.array(fc.tuple(fc.constantFrom(...Object.keys(DAMAGES)), fraction), { minLength: 1, maxLength: 2 }),
});

type Round = typeof rounds extends fc.Arbitrary<infer T> ? T : never;

test(
  `of any topology, up makes the same of whatever was there (SEED=${SEED} ROUNDS=${ROUNDS})`,
  onSandbox(async (host) => {
    await host.sh(WORLD);
    const before = await look(host);
    // What is attached beside it stays as it is, whatever becomes of the topology.
    await host.pipewright('attach', 'netns:red', '--network', 'br8', '--nic', 'beside', '--address', '10.80.0.2/24');
    for (const [index, round] of fc.sample(rounds, { seed: SEED, numRuns: ROUNDS }).entries()) {
      try {
        await play(host, round);
      } catch (cause) {
        throw new Error(`round ${index} of SEED=${SEED}: ${JSON.stringify(round)}`, { cause });
      }
    }
    await host.pipewright('detach', 'netns:red');
    expect(await look(host)).toEqual(before);
  }),
  Math.max(300_000, ROUNDS * 60_000),
);

/** All that is there, but how what is told nothing queues: that depends on whether it was ever up. */
async function look(host: Sandbox): Promise<Snapshot> {
  const snapshot = await host.snapshot();
  const told = (it: unknown): unknown => {
    if (Array.isArray(it)) return it.filter((one) => !isUntold(one)).map(told);
    if (typeof it !== 'object' || it === null) return it;
    const kept = Object.entries(it).filter(([key]) => !BY_HISTORY.has(key));
    return Object.fromEntries(kept.map(([key, value]) => [key, told(value)]));
  };
  return told(snapshot) as Snapshot;
}

/** A port that is down keeps what its bridge once was. */
const BY_HISTORY = new Set(['qdisc', 'bridge_id', 'root_id', 'designated_bridge', 'designated_root']);

const isUntold = (it: unknown): boolean =>
  typeof it === 'object' && it !== null && 'root' in it && 'kind' in it && !/^(pfifo|tbf)$/.test(String(it.kind));

const up = (name: string): readonly string[] => ['up', '-f', name, '--yes', '--quiet'];

async function play(host: Sandbox, { from, to, attached, moment, damages }: Round): Promise<void> {
  await host.write('from.yaml', JSON.stringify(from));
  await host.write('to.yaml', JSON.stringify(to));
  const empty = await look(host);

  const begun = Date.now();
  await host.pipewright(...up('to.yaml'));
  const took = Date.now() - begun;
  const wanted = await look(host);
  expect(await host.plan('to.yaml'), 'of what is up nothing is planned').toEqual([]);
  await host.pipewright('down', 't', '--yes', '--quiet');
  expect(await look(host), 'down leaves nothing').toEqual(empty);

  await host.pipewright(...up('from.yaml'));
  if (attached)
    await host.pipewright('attach', 'a', '-n', 't', '--network', 'lan', '--nic', 'more', '--address', '10.0.0.99/24');
  const was = await look(host);
  await killed(host, up('to.yaml'), moment * took);
  await host.pipewright('recover');
  const now = await look(host);
  if (!isDeepStrictEqual(now, wanted)) expect(now, 'recover undoes or completes').toEqual(was);

  await host.pipewright(...up('to.yaml'));
  expect(await look(host), 'up comes to the same from elsewhere').toEqual(wanted);
  expect(await host.plan('to.yaml'), 'from elsewhere, too').toEqual([]);

  await host.pipewright(...up('to.yaml')); // keeps how it found all as declared
  await damage(host, damages);
  const damaged = await look(host);
  const { code } = await host.tryPipewright('status', '-f', 'to.yaml', '--check');
  if (code === 0) expect(damaged, 'status tells of damage').toEqual(wanted);
  else expect({ code, isDamaged: !isDeepStrictEqual(damaged, wanted) }).toEqual({ code: 3, isDamaged: true });
  await host.pipewright(...up('to.yaml'));
  expect(await look(host), 'up repairs').toEqual(wanted);
  expect(await host.plan('to.yaml'), 'of what is repaired nothing is planned').toEqual([]);

  await host.pipewright('down', 't', '--yes', '--quiet');
  expect(await look(host), 'down leaves nothing of it').toEqual(empty);
}

/** Runs the CLI for so many milliseconds at most. */
async function killed(host: Sandbox, args: readonly string[], milliseconds: number): Promise<void> {
  await host.run(['timeout', '--signal=KILL', String(milliseconds / 1000), ...host.cli, ...args]);
}

async function damage(host: Sandbox, damages: Round['damages']): Promise<void> {
  for (const [what, which] of damages) {
    const ours = await host.sh(OURS);
    const isNarrow = /\$dev/.test(DAMAGES[what as keyof typeof DAMAGES]);
    const all = ours.split('\n').filter((it) => (isNarrow ? it !== '' : it.startsWith('t-')));
    const [place = 'host', device = ''] = all[Math.floor(which * all.length)]?.split(' ') ?? [];
    if (device === '') continue;
    const script = `dev=${device}\n${DAMAGES[what as keyof typeof DAMAGES]}`;
    await host.run(['sh', '-c', script], place === 'host' ? {} : { namespace: place });
  }
}

/** Our devices, each behind its namespace. */
const OURS = `
ip -o link show | sed -n "s/^[0-9]*: \\([^:@]*\\).*alias pipewright:t:.*/host \\1/p"
for it in $(ls /run/netns); do ip netns exec $it ip -o link show | sed -n "s/^[0-9]*: \\([^:@]*\\).*alias pipewright:t:.*/$it \\1/p"; done
`;
