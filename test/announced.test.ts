import { onHosts, onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 120_000 });

/** A frame that was sent arrives when the kernel gets to it. */
const SOON = { timeout: 10_000, interval: 20 };

const ADDRESSES = ['--address', '10.0.0.2/24', '--address', 'fd00::2/64'];

/** The same address on a new nic of another MAC address, then on one that gets another, next to one who knows the old. */
async function movesBeside(peersHost: Sandbox, attach: (...argv: readonly string[]) => Promise<unknown>) {
  const known = async (): Promise<string> => peersHost.sh('ip neigh show dev eth1', { namespace: 'peer' });
  await attach('attach', 'peer', '--address', '10.0.0.3/24', '--address', 'fd00::3/64');
  await attach('attach', 'web', ...ADDRESSES, '--mac', '02:00:00:00:00:07');
  for (const to of ['10.0.0.2', 'fd00::2']) await peersHost.sh(`ping -n -c 1 -w 50 ${to}`, { namespace: 'peer' });
  expect(await known()).toMatch(/10\.0\.0\.2 lladdr 02:00:00:00:00:07/);

  await attach('detach', 'web');
  await attach('attach', 'web', ...ADDRESSES, '--mac', '02:00:00:00:00:08');
  await expect.poll(known, SOON).toMatch(/10\.0\.0\.2 lladdr 02:00:00:00:00:08/);
  await expect.poll(known, SOON).toMatch(/fd00::2 lladdr 02:00:00:00:00:08/);

  await attach('attach', 'web', ...ADDRESSES, '--mac', '02:00:00:00:00:09');
  await expect.poll(known, SOON).toMatch(/10\.0\.0\.2 lladdr 02:00:00:00:00:09/);
  await expect.poll(known, SOON).toMatch(/fd00::2 lladdr 02:00:00:00:00:09/);
}

const inBridge = (command: string | undefined): readonly string[] =>
  command === 'attach' ? ['--network', 'br1', '--nic', 'eth1'] : [];

test(
  'who remembers an address at another MAC address hears where it is now',
  onSandbox(async (host) => {
    await host.sh('ip netns add web; ip netns add peer');
    await movesBeside(host, (...argv) => host.pipewright(...argv, ...inBridge(argv[0])));
  }),
);

test(
  'each address of a nic is announced, and none is left among its own neighbours',
  onSandbox(async (host) => {
    await host.sh('ip netns add web; ip netns add peer');
    const attach = (...argv: readonly string[]) => host.pipewright('attach', ...argv, ...inBridge('attach'));
    await attach('peer', '--address', '10.0.0.3/24', '--address', '10.1.0.3/24');
    for (const to of ['10.0.0.2', '10.0.0.4', '10.1.0.2'])
      await host.sh(`ip neigh replace ${to} lladdr 02:00:00:00:00:07 dev eth1 nud stale`, { namespace: 'peer' });
    const addresses = ['10.0.0.2/24', '10.0.0.4/24', '10.1.0.2/24'].flatMap((it) => ['--address', it]);
    for (const mac of ['02:00:00:00:00:08', '02:00:00:00:00:09']) {
      await attach('web', ...addresses, '--mac', mac);
      const known = () => host.sh('ip -o neigh show dev eth1 | cut -d " " -f 1-3 | sort', { namespace: 'peer' });
      await expect
        .poll(known, SOON)
        .toBe(['10.0.0.2', '10.0.0.4', '10.1.0.2'].map((it) => `${it} lladdr ${mac}\n`).join(''));
    }
    await attach('web', '--address', '10.0.0.2/24');
    expect(await host.sh('ip -4 neigh show nud all', { namespace: 'web' })).not.toMatch(
      /10[.][01][.]0[.][24] dev eth1/,
    );
  }),
);

test(
  'who does so on another host hears it, too',
  onHosts(1, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    await h1.sh('ip netns add web; ip netns add peer');
    await movesBeside(h1, (...argv) => here.pipewright(...argv, '--host', 'root@h1', ...inBridge(argv[0])));
  }),
);
