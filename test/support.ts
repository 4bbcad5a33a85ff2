import { once } from 'node:events';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import { onSandbox, type Sandbox, type Snapshot, WORK_FOLDER } from '@pipewright/testkit';
import { expect, type TestContext } from 'vitest';

/** Takes a sandbox its perl. */
export const NO_PERL = 'if command -v perl > /dev/null; then mount --bind /dev/null "$(command -v perl)"; fi';

/**
 * A test of a topology that is up: `body` says what is special about it; that nothing is left to do, and that `down`
 * leaves no trace, is true of every one.
 */
export function whileUp(
  topology: string,
  body: (host: Sandbox) => Promise<void>,
): (context: TestContext) => Promise<void> {
  return onSandbox(async (host) => {
    await host.write('pipewright.yaml', topology);
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    await body(host);
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  });
}

/** On a host that lines of shell have made what it is: so it is again in the end. */
export const leavingAsItWas = (
  lines: string,
  body: (host: Sandbox) => Promise<void>,
): ((context: TestContext) => Promise<void>) =>
  onSandbox(async (host) => {
    await host.sh(lines);
    const before = await host.snapshot();
    await body(host);
    expect(await host.snapshot()).toEqual(before);
  });

/** An `up` that is killed while the topology's command `sleep 1000` runs. */
export async function upKilledInCommand(host: Sandbox): Promise<void> {
  const running = host.run([...host.cli, 'up', '--yes']);
  await host.sh("until pgrep -f '[s]leep 1000'; do sleep 0.05; done; pkill -KILL -f '[p]ipewright.* up --yes'");
  expect((await running).code).not.toBe(0);
}

/** Addresses of a device without its link-local one: `10.0.0.2/24`. */
export async function addresses(host: Sandbox, node: string | undefined, device: string): Promise<readonly string[]> {
  const [shown] = await host.ip(node, 'address', 'show', 'dev', device);
  const found = (shown?.['addr_info'] ?? []) as readonly { readonly local: string; readonly prefixlen: number }[];
  const all = found.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  return all.filter((address) => !address.startsWith('fe80:'));
}

/** The kernel's number of a device: another one means another device. */
export async function ifindex(host: Sandbox, node: string | undefined, device: string): Promise<unknown> {
  const [shown] = await host.ip(node, 'link', 'show', 'dev', device);
  return shown?.['ifindex'];
}

/** Has a server of the test's own listen at a socket in the sandbox; returns what ends it, which its end does too. */
export async function listenIn(host: Sandbox, socket: string, server: Server): Promise<() => void> {
  server.listen(host.path(socket));
  await once(server, 'listening');
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  host.afterwards(async () => {
    end();
  });
  return end;
}

/** Has a sandbox be without these programs, whatever its PATH: their folders show links to all others. */
export const takeAway = (host: Sandbox, ...programs: readonly string[]): Promise<string> =>
  host.sh(
    `for folder in /usr/sbin /usr/bin; do
  mkdir -p kept$folder shown$folder
  mount --bind $folder kept$folder
  ln -s "$PWD"/kept$folder/* shown$folder
  for it in ${programs.join(' ')}; do rm -f shown$folder/$it; done
  mount --bind shown$folder $folder
done`,
  );

/** Words that start the CLI as somebody who is not root, from a copy: the checkout may be where only root can read. */
export async function cliOfNobody(host: Sandbox): Promise<readonly string[]> {
  const [node = '', bin = ''] = host.cli;
  await host.run(['cp', '-r', join(dirname(bin), '../dist'), WORK_FOLDER]);
  return ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--', node, 'dist/start.cjs'];
}

/** `create a/eth0`, sorted: a plan in short. */
export const inShort = (changes: readonly { readonly action: string; readonly id: string }[]): readonly string[] =>
  changes.map(({ action, id }) => `${action} ${id}`).sort();

/** Two nodes on one bridge, with a part of the test's own below `nodes:`. */
export const pair = (more = ''): string => `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  a: { networks: [lan] }
  b: { networks: [lan] }
${more}`;

/** Lost packets of a fast ping that goes on while `body` runs. */
export async function lostPackets(host: Sandbox, from: string, to: string, body: () => Promise<void>): Promise<number> {
  const script = `ping -n -q -i 0.01 ${to} & until [ -e stop ]; do sleep 0.02; done; kill -INT $!; wait $!`;
  const pinging = host.run(['sh', '-c', script], { namespace: await host.namespaceOf(from) });
  await host.sh('sleep 0.35');
  await body().finally(() => host.write('stop', ''));
  const { stdout } = await pinging;
  const [, sent = '0', received = '0'] = /(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [];
  if (Number(sent) < 20) throw new Error(`no ping: ${stdout}`);
  return Number(sent) - Number(received);
}

/** A node on each of two hosts, in one network; `more` is of the second. */
export const twoHosts = (name: string, more = ''): string => `
name: ${name}
hosts:
  h1: { ssh: root@h1, underlay: 198.51.100.1 }
  h2: { ssh: root@h2, underlay: 198.51.100.2 }
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  n1: { host: h1, networks: [lan] }
  n2: { host: h2, networks: [lan]${more} }
`;

export const snapshots = (all: readonly Sandbox[]): Promise<readonly Snapshot[]> =>
  Promise.all(all.map((it) => it.snapshot()));
